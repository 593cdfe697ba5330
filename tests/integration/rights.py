"""What the deployed functions may do, and taking some of it away for a while."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3

from tools.local_engine import REGION, ROOT_CREDENTIALS
from tools.local_stack import LocalStack

Statement = dict[str, Any]


class Rights:
    """The role of one function, given by its logical id."""

    def __init__(self, stack: LocalStack, function: str) -> None:
        self._stack = stack
        self._iam = stack.access.client("iam")
        lambda_ = stack.access.client("lambda")
        name = stack.access.functions()[function]
        self._arn = lambda_.get_function_configuration(FunctionName=name)["Role"]
        self._role = self._arn.rsplit("/", 1)[1]

    @contextmanager
    def without(self, action: str) -> Iterator[None]:
        """Take away every statement that allows the action."""
        with self._policies(lambda statements: [each for each in statements if action not in _actions(each)]):
            yield

    @contextmanager
    def denied(self, action: str) -> Iterator[None]:
        """Forbid one action; what else its statement allows stays."""
        refusal = {"Effect": "Deny", "Action": action, "Resource": "*"}
        with self._policies(lambda statements: [*statements, refusal]):
            yield

    @contextmanager
    def _policies(self, change: Callable[[list[Statement]], list[Statement]]) -> Iterator[None]:
        names = self._iam.list_role_policies(RoleName=self._role)["PolicyNames"]
        before: dict[str, Any] = {
            name: self._iam.get_role_policy(RoleName=self._role, PolicyName=name)["PolicyDocument"]
            for name in names
        }
        after = {
            name: {**policy, "Statement": change(policy["Statement"])} for name, policy in before.items()
        }
        assert after != before
        self._put(after)
        try:
            yield
        finally:
            self._put(before)

    def _put(self, policies: dict[str, Any]) -> None:
        for name, policy in policies.items():
            self._iam.put_role_policy(RoleName=self._role, PolicyName=name, PolicyDocument=json.dumps(policy))

    def client(self, service: str) -> Any:
        """A client with the function's own credentials."""
        given = self._client("sts", *ROOT_CREDENTIALS.values()).assume_role(
            RoleArn=self._arn, RoleSessionName="tests"
        )["Credentials"]
        return self._client(service, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def _client(self, service: str, key: str, secret: str, token: str | None = None) -> Any:
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self._stack.engine.endpoint,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )


def _actions(statement: Statement) -> list[str]:
    actions: str | list[str] = statement["Action"]
    return [actions] if isinstance(actions, str) else actions
