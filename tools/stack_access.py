"""What a person, a test or the demo does with a running local stack: AWS clients, users, tokens, logs."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast, overload

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tools.local_engine import REGION, ROOT_CREDENTIALS, LocalStackError

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

ABSENT: Final = "ABSENT"

_NO_NOISE: Final = ("START ", "END ", "REPORT ")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a function wrote; ``time`` in milliseconds since the epoch."""

    time: int
    function: str
    message: str


class StackAccess:
    """The stack ``stack`` behind ``endpoint``, with the rights of the account's root user."""

    def __init__(self, endpoint: str, stack: str) -> None:
        self.endpoint = endpoint
        self.stack = stack
        self._session = boto3.Session(
            aws_access_key_id=ROOT_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ROOT_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )
        self._clients: dict[str, Any] = {}

    @overload
    def client(self, service: Literal["cloudformation"]) -> "CloudFormationClient": ...
    @overload
    def client(self, service: Literal["cognito-idp"]) -> "CognitoIdentityProviderClient": ...
    @overload
    def client(self, service: Literal["dynamodb"]) -> "DynamoDBClient": ...
    @overload
    def client(self, service: Literal["iam"]) -> "IAMClient": ...
    @overload
    def client(self, service: Literal["kms"]) -> "KMSClient": ...
    @overload
    def client(self, service: Literal["lambda"]) -> "LambdaClient": ...
    @overload
    def client(self, service: Literal["logs"]) -> "CloudWatchLogsClient": ...
    @overload
    def client(self, service: Literal["s3"]) -> "S3Client": ...
    @overload
    def client(self, service: Literal["secretsmanager"]) -> "SecretsManagerClient": ...
    @overload
    def client(self, service: Literal["sqs"]) -> "SQSClient": ...
    @overload
    def client(self, service: Literal["stepfunctions"]) -> "SFNClient": ...
    def client(self, service: str) -> Any:
        """A boto3 client, made once. Without host prefixes (``sync-states.…``): nobody resolves them here."""
        if service not in self._clients:
            config = Config(
                inject_host_prefix=False, s3={"addressing_style": "path"}, max_pool_connections=64
            )
            make = cast("Any", self._session.client)
            self._clients[service] = make(service, endpoint_url=self.endpoint, config=config)
        return self._clients[service]

    def sockets(self, address: str) -> "ApiGatewayManagementApiClient":
        """The connections of the WebSocket API that clients open at this address (``ws://…``)."""
        return self._session.client("apigatewaymanagementapi", endpoint_url=address.replace("ws", "http", 1))

    def status(self) -> str:
        """Status of the stack as CloudFormation names it, :data:`ABSENT` where there is none."""
        try:
            stacks = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            return ABSENT
        return stacks[0]["StackStatus"]

    def outputs(self) -> dict[str, str]:
        """Outputs of the stack as CloudFormation has them."""
        stacks = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}

    def failures(self) -> list[str]:
        """Why resources of the last deployment failed, first cause first."""
        events = self.client("cloudformation").describe_stack_events(StackName=self.stack)["StackEvents"]
        return [
            f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
            for event in reversed(events)
            if event["ResourceStatus"].endswith("_FAILED") and "ResourceStatusReason" in event
        ]

    def create_user(self, email: str, password: str, *, groups: Sequence[str] = ()) -> None:
        """A confirmed user who may sign in at once; one who is there already gets the password and groups."""
        cognito = self.client("cognito-idp")
        pool = self.outputs()["UserPoolId"]
        attributes = {"email": email, "email_verified": "true"}
        with contextlib.suppress(cognito.exceptions.UsernameExistsException):
            cognito.admin_create_user(
                UserPoolId=pool,
                Username=email,
                MessageAction="SUPPRESS",
                UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
            )
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)

    def id_token(self, email: str, password: str) -> str:
        """Sign in as any client does; the token goes into the Authorization header."""
        answer = self.client("cognito-idp").initiate_auth(
            ClientId=self.outputs()["UserPoolClientId"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        return answer["AuthenticationResult"]["IdToken"]

    def keep_secret(self, name: str, text: str) -> str:
        """Make the secret or give it a new text; its ARN."""
        secrets = self.client("secretsmanager")
        try:
            return secrets.put_secret_value(SecretId=name, SecretString=text)["ARN"]
        except secrets.exceptions.ResourceNotFoundException:
            return secrets.create_secret(Name=name, SecretString=text)["ARN"]

    def functions(self) -> dict[str, str]:
        """Physical names of the stack's functions by logical id."""
        pages = (
            self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.stack)
        )
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == "AWS::Lambda::Function"
        }

    def variables(self, function: str) -> dict[str, str]:
        """Environment variables of a function, given by its logical id."""
        return self._configuration(function).get("Environment", {}).get("Variables", {})

    def logs(self, function: str, *, since: int = 0) -> Iterator[LogLine]:
        """What a function, given by its logical id, has written since a time in milliseconds."""
        for line in self.log_lines(function, since=since):
            if not line.message.startswith(_NO_NOISE):
                yield line

    def log_lines(self, function: str, *, since: int = 0) -> Iterator[LogLine]:
        """Like `logs`, with what the platform itself writes about every invocation."""
        configuration = self._configuration(function)
        group = configuration.get("LoggingConfig", {}).get("LogGroup")
        group = group or f"/aws/lambda/{configuration['FunctionName']}"
        logs = self.client("logs")
        try:
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since):
                for event in page["events"]:
                    yield LogLine(event["timestamp"], function, event["message"].rstrip())
        except logs.exceptions.ResourceNotFoundException:
            return

    def _configuration(self, function: str) -> "FunctionConfigurationResponseTypeDef":
        functions = self.functions()
        if function not in functions:
            raise LocalStackError(f"There is no function {function!r}: name one of {', '.join(functions)}.")
        return self.client("lambda").get_function_configuration(FunctionName=functions[function])
