"""AWS clients, one of each per process, made when first asked for."""

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import botocore.session
from botocore.config import Config
from botocore.handlers import add_expect_header

if TYPE_CHECKING:
    from boto3 import Session
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3vectors import S3VectorsClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient
else:

    class Session:
        """boto3's session as far as we use it: its clients are botocore's, and what it adds (resources,
        transfers of files) is a tenth of a cold start."""

        def __init__(self) -> None:
            self._session = botocore.session.get_session()

        def client(self, service: str, **options: Any) -> Any:  # noqa: ANN401 - boto3's stubs know each
            return self._session.create_client(service, **options)


_QUICK = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})
# An Express execution is waited for; five minutes is the service's limit. Never sent twice by the SDK:
# a repeat would run the machine a second time.
_PATIENT = Config(
    connect_timeout=2, read_timeout=310, retries={"total_max_attempts": 1}, max_pool_connections=50
)

BEDROCK_CONNECT_S: Final = 5

# What is written after a paid answer must not take the time in which the answer is kept.
_PROMPT = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})

# A client that is slow to take an event misses it: its sequence tells, and nobody else waits.
_HASTY = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1}, max_pool_connections=16)


@cache
def session() -> Session:
    """The session that all clients share: endpoint data and credentials are read once."""
    return Session()


@cache
def dynamodb() -> "DynamoDBClient":
    return session().client("dynamodb", config=_QUICK)


@cache
def dynamodb_of_meter() -> "DynamoDBClient":
    """For what stands around a paid call: it gives up within seconds."""
    return session().client("dynamodb", config=_PROMPT)


@cache
def s3() -> "S3Client":
    client = session().client("s3", config=_QUICK.merge(Config(signature_version="s3v4")))
    # "Expect: 100-continue" buys a refusal before the body; ours are small, and it costs each a round trip.
    client.meta.events.unregister("before-call.s3", add_expect_header)
    return client


@cache
def s3vectors() -> "S3VectorsClient":
    return session().client("s3vectors", config=_QUICK)


@cache
def sqs() -> "SQSClient":
    return session().client("sqs", config=_QUICK)


@cache
def stepfunctions() -> "SFNClient":
    return session().client("stepfunctions", config=_PATIENT)


@cache
def kms() -> "KMSClient":
    return session().client("kms", config=_QUICK)


@cache
def functions(answer_s: int) -> "LambdaClient":
    """A client that waits so long for a function; it never calls one twice."""
    patience = Config(connect_timeout=2, read_timeout=answer_s, retries={"total_max_attempts": 1})
    return session().client("lambda", config=patience)


@cache
def secretsmanager() -> "SecretsManagerClient":
    return session().client("secretsmanager", config=_QUICK)


@cache
def bedrock(answer_s: float) -> "BedrockRuntimeClient":
    """A client that waits so long for a model, beside connecting; it never sends a call twice, for each could
    be paid."""
    patience = Config(
        connect_timeout=BEDROCK_CONNECT_S, read_timeout=answer_s, retries={"total_max_attempts": 1}
    )
    return session().client("bedrock-runtime", config=patience)


@cache
def sockets(address: str) -> "ApiGatewayManagementApiClient":
    """The connections of the WebSocket API that is served at ``address``, its stage included."""
    return session().client("apigatewaymanagementapi", endpoint_url=address, config=_HASTY)
