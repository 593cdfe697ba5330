"""Users, tokens and logs of a local stack, against stubbed AWS clients."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Literal

import pytest
from botocore.stub import ANY, Stubber

from tools.local_engine import LocalStackError
from tools.stack_access import LogLine, StackAccess

Service = Literal["cloudformation", "cognito-idp", "lambda", "logs"]
STACK = {"StackName": "gloss"}


class Stubs:
    """Expected calls and their answers, service by service."""

    def __init__(self, access: StackAccess, opened: ExitStack) -> None:
        self._stubbers: dict[str, Stubber] = {}
        self._access = access
        self._opened = opened

    def _stubber(self, service: Service) -> Stubber:
        if service not in self._stubbers:
            client: Any = self._access.client(service)
            self._stubbers[service] = self._opened.enter_context(Stubber(client))
        return self._stubbers[service]

    def expect(self, service: Service, operation: str, answer: dict[str, Any], **request: Any) -> None:
        self._stubber(service).add_response(operation, answer, request)

    def refuse(self, service: Service, operation: str, code: str, **request: Any) -> None:
        self._stubber(service).add_client_error(operation, code, expected_params=request)

    def outputs(self, status: str = "CREATE_COMPLETE", **outputs: str) -> None:
        listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
        described = {"StackName": "gloss", "StackStatus": status, "CreationTime": 0, "Outputs": listed}
        self.expect("cloudformation", "describe_stacks", {"Stacks": [described]}, **STACK)

    def function(self, logical: str, configuration: dict[str, Any]) -> None:
        resource = {"LogicalResourceId": logical, "PhysicalResourceId": f"gloss-{logical}-1"}
        shared = {"LastUpdatedTimestamp": 0, "ResourceStatus": "CREATE_COMPLETE"}
        resources = [
            {**resource, **shared, "ResourceType": "AWS::Lambda::Function"},
            {**shared, "LogicalResourceId": "Api", "ResourceType": "AWS::ApiGateway::RestApi"},
        ]
        listed = {"StackResourceSummaries": resources}
        self.expect("cloudformation", "list_stack_resources", listed, **STACK)
        name = {"FunctionName": f"gloss-{logical}-1"}
        self.expect("lambda", "get_function_configuration", name | configuration, **name)

    def assert_all_called(self) -> None:
        for stubber in self._stubbers.values():
            stubber.assert_no_pending_responses()


@pytest.fixture(scope="module")
def shared_access() -> StackAccess:
    """Clients are slow to make, so all tests share them."""
    return StackAccess("http://127.0.0.1:4999", "gloss")


@pytest.fixture
def access(shared_access: StackAccess) -> StackAccess:
    return shared_access


@pytest.fixture
def stubs(access: StackAccess) -> Iterator[Stubs]:
    with ExitStack() as opened:
        stubs = Stubs(access, opened)
        yield stubs
        stubs.assert_all_called()


def test_clients_go_to_the_engine_and_are_made_once(access: StackAccess) -> None:
    assert access.client("logs") is access.client("logs")
    assert access.client("logs").meta.endpoint_url == "http://127.0.0.1:4999"


def test_status_and_outputs_are_those_of_the_stack(access: StackAccess, stubs: Stubs) -> None:
    stubs.outputs("UPDATE_COMPLETE")
    stubs.outputs(ImagesTable="images")

    assert access.status() == "UPDATE_COMPLETE"
    assert access.outputs() == {"ImagesTable": "images"}


def test_a_stack_that_is_not_there_is_absent(access: StackAccess, stubs: Stubs) -> None:
    stubs.refuse("cloudformation", "describe_stacks", "ValidationError", **STACK)

    assert access.status() == "ABSENT"


def test_failures_tell_the_first_cause_first(access: StackAccess, stubs: Stubs) -> None:
    event = {"StackId": "1", "EventId": "1", "StackName": "gloss", "Timestamp": 0}
    events = [
        {
            **event,
            "LogicalResourceId": "gloss",
            "ResourceStatus": "CREATE_FAILED",
            "ResourceStatusReason": "rest",
        },
        {
            **event,
            "LogicalResourceId": "Queue",
            "ResourceStatus": "CREATE_FAILED",
            "ResourceStatusReason": "no",
        },
        {**event, "LogicalResourceId": "Table", "ResourceStatus": "CREATE_COMPLETE"},
    ]
    stubs.expect("cloudformation", "describe_stack_events", {"StackEvents": events}, **STACK)

    assert access.failures() == ["Queue: no", "gloss: rest"]


def test_a_user_may_sign_in_at_once_and_is_in_the_groups(access: StackAccess, stubs: Stubs) -> None:
    stubs.outputs(UserPoolId="r_pool")
    user = {"UserPoolId": "r_pool", "Username": "a@example.com"}
    stubs.expect(
        "cognito-idp",
        "admin_create_user",
        {},
        **user,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": "a@example.com"},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    stubs.expect("cognito-idp", "admin_set_user_password", {}, **user, Password="secret", Permanent=True)
    stubs.expect("cognito-idp", "admin_add_user_to_group", {}, **user, GroupName="operators")

    access.create_user("a@example.com", "secret", groups=["operators"])


def test_a_user_who_is_there_gets_the_password(access: StackAccess, stubs: Stubs) -> None:
    stubs.outputs(UserPoolId="r_pool")
    user = {"UserPoolId": "r_pool", "Username": "a@example.com"}
    stubs.refuse(
        "cognito-idp",
        "admin_create_user",
        "UsernameExistsException",
        **user,
        MessageAction=ANY,
        UserAttributes=ANY,
    )
    stubs.expect("cognito-idp", "admin_set_user_password", {}, **user, Password="new", Permanent=True)

    access.create_user("a@example.com", "new")


def test_an_id_token_comes_from_signing_in(access: StackAccess, stubs: Stubs) -> None:
    stubs.outputs(UserPoolClientId="client")
    stubs.expect(
        "cognito-idp",
        "initiate_auth",
        {"AuthenticationResult": {"IdToken": "token"}},
        ClientId="client",
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "a@example.com", "PASSWORD": "secret"},
    )

    assert access.id_token("a@example.com", "secret") == "token"


def test_variables_are_those_of_the_deployed_function(access: StackAccess, stubs: Stubs) -> None:
    stubs.function("Intake", {"Environment": {"Variables": {"IMAGES_TABLE": "images"}}})

    assert access.variables("Intake") == {"IMAGES_TABLE": "images"}


@pytest.mark.parametrize(
    ("configuration", "group"),
    [({"LoggingConfig": {"LogGroup": "/gloss"}}, "/gloss"), ({}, "/aws/lambda/gloss-Intake-1")],
)
def test_logs_leave_out_what_the_platform_wrote(
    access: StackAccess, stubs: Stubs, configuration: dict[str, Any], group: str
) -> None:
    stubs.function("Intake", configuration)
    messages = ["START RequestId: 1", "claimed\n", "END RequestId: 1", "REPORT RequestId: 1"]
    events = [{"timestamp": 5, "message": message} for message in messages]
    stubs.expect("logs", "filter_log_events", {"events": events}, logGroupName=group, startTime=3)

    assert list(access.logs("Intake", since=3)) == [LogLine(5, "Intake", "claimed")]


def test_a_function_that_never_ran_has_no_logs(access: StackAccess, stubs: Stubs) -> None:
    stubs.function("Intake", {})
    stubs.refuse("logs", "filter_log_events", "ResourceNotFoundException", logGroupName=ANY, startTime=0)

    assert list(access.logs("Intake")) == []


def test_a_function_that_is_not_there_is_named(access: StackAccess, stubs: Stubs) -> None:
    stubs.expect("cloudformation", "list_stack_resources", {"StackResourceSummaries": []}, **STACK)

    with pytest.raises(LocalStackError, match="There is no function 'Intake'"):
        list(access.logs("Intake"))
