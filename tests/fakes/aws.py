"""In-memory S3, SQS and Step Functions with the methods of the boto3 clients that the project calls.

Faults are injected as into :class:`tests.fakes.dynamodb.FakeDynamoDB`.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from functools import wraps
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from tests.fakes.dynamodb import Fault, client_error

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

Answer = dict[str, Any]

COMPLETE: Final[Mapping[str, Any]] = {"kind": "complete", "version": 1}
"""What the machine says by default."""


class _Client:
    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self.lock = threading.RLock()

    def inject(self, *faults: Fault) -> None:
        self.faults += faults

    def strike(self, operation: str, *, after: bool) -> None:
        for fault in self.faults:
            if fault.after == after and fault.strikes(operation):
                raise fault.error


def _operation(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: _Client, *arguments: Any, **request: Any) -> Any:
        with self.lock:
            self.calls[method.__name__] += 1
            self.strike(method.__name__, after=False)
            answer = method(self, *arguments, **request)
            self.strike(method.__name__, after=True)
            return answer

    return call


class FakeS3(_Client):
    """``objects`` by bucket and key; ``headers`` keeps what else was said about each."""

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[tuple[str, str], bytes] = {}
        self.headers: dict[tuple[str, str], Answer] = {}

    @property
    def client(self) -> "S3Client":
        return cast("S3Client", self)

    @_operation
    def get_object(self, *, Bucket: str, Key: str) -> Answer:  # noqa: N803 - boto3's names, also below
        if (Bucket, Key) not in self.objects:
            raise client_error("NoSuchKey")
        return {"Body": BytesIO(self.objects[Bucket, Key])}

    @_operation
    def head_object(self, *, Bucket: str, Key: str) -> Answer:  # noqa: N803
        if (Bucket, Key) not in self.objects:
            raise client_error("404")
        noted = self.headers.get((Bucket, Key), {}).get("Metadata", {})
        return {"ContentLength": len(self.objects[Bucket, Key]), "Metadata": noted}

    @_operation
    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **headers: Any) -> Answer:  # noqa: N803
        self.objects[Bucket, Key] = Body
        self.headers[Bucket, Key] = headers
        return {}

    @_operation
    def delete_object(self, *, Bucket: str, Key: str) -> Answer:  # noqa: N803
        self.objects.pop((Bucket, Key), None)
        return {}

    @_operation
    def delete_objects(self, *, Bucket: str, Delete: Answer) -> Answer:  # noqa: N803
        if not 0 < len(Delete["Objects"]) <= 1000:
            raise client_error("MalformedXML")
        for named in Delete["Objects"]:
            self.objects.pop((Bucket, named["Key"]), None)
        return {}

    @_operation
    def generate_presigned_post(self, **request: Any) -> Answer:
        policy = {"conditions": request["Conditions"], "expires_in": request["ExpiresIn"]}
        fields = {**request["Fields"], "key": request["Key"], "policy": json.dumps(policy)}
        return {"url": f"https://{request['Bucket']}.s3.invalid/", "fields": fields}

    @_operation
    def generate_presigned_url(self, method: str, *, Params: Answer, ExpiresIn: int) -> str:  # noqa: N803
        said = "".join(f"&{name}={value}" for name, value in Params.items() if name not in {"Bucket", "Key"})
        return f"https://{Params['Bucket']}.s3.invalid/{Params['Key']}?{method}&expires={ExpiresIn}{said}"


class FakeSqs(_Client):
    """``messages`` that were sent, as the calls that sent them."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Answer] = []

    @property
    def client(self) -> "SQSClient":
        return cast("SQSClient", self)

    @_operation
    def send_message(self, **request: Any) -> Answer:
        if not 0 <= request.get("DelaySeconds", 0) <= 900:
            raise client_error("InvalidParameterValue")
        self.messages.append(request)
        return {"MessageId": str(len(self.messages))}

    @_operation
    def send_message_batch(self, *, QueueUrl: str, Entries: list[Answer]) -> Answer:  # noqa: N803
        if not 0 < len(Entries) <= 10 or len({entry["Id"] for entry in Entries}) < len(Entries):
            raise client_error("AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
        self.messages += [{"QueueUrl": QueueUrl, **entry} for entry in Entries]
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}


class FakeLambda(_Client):
    """Every function answers with ``answer``; ``invoked`` names those that were called, with ``events``."""

    def __init__(self) -> None:
        super().__init__()
        self.invoked: list[str] = []
        self.events: list[Answer] = []
        self.answer: Answer = {}

    @property
    def client(self) -> "LambdaClient":
        return cast("LambdaClient", self)

    @_operation
    def invoke(
        self,
        *,
        FunctionName: str,  # noqa: N803
        Payload: bytes = b"{}",  # noqa: N803
        InvocationType: str = "RequestResponse",  # noqa: N803
    ) -> Answer:
        self.invoked.append(FunctionName)
        self.events.append(json.loads(Payload))
        return {"Payload": BytesIO(json.dumps(self.answer).encode())}


class FakeStepFunctions(_Client):
    """``runs`` by name with their input; ``work`` gives a run's output, or an answer that is no success.

    ``started`` are the executions that nobody waits for, by name with their input.
    """

    class exceptions:  # noqa: N801 - boto3's name
        class ExecutionAlreadyExists(ClientError):
            pass

    def __init__(self) -> None:
        super().__init__()
        self.runs: dict[str, Answer] = {}
        self.started: dict[str, Answer] = {}
        self.work: Callable[[Answer], Mapping[str, Any]] = lambda _: COMPLETE

    @property
    def client(self) -> "SFNClient":
        return cast("SFNClient", self)

    @_operation
    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> Answer:  # noqa: A002, N803
        if name in self.started:
            raise self.exceptions.ExecutionAlreadyExists(
                {"Error": {"Code": "ExecutionAlreadyExists", "Message": name}}, "StartExecution"
            )
        self.started[name] = json.loads(input)
        return {"executionArn": f"{stateMachineArn}:{name}"}

    @_operation
    def start_sync_execution(self, *, stateMachineArn: str, name: str, input: str) -> Answer:  # noqa: A002, N803
        self.runs[name] = json.loads(input)
        arn = f"{stateMachineArn}:{name}"
        answer = self.work(self.runs[name])
        if "status" in answer:
            return {"executionArn": arn, **answer}
        return {"executionArn": arn, "status": "SUCCEEDED", "output": json.dumps(answer)}
