"""Bring the search index of a stack in line with the records; exit code 1 on a failure.

    python -m tools.reindex [STACK REGION] [--user USER]

Without a name it is the local stack; a deployed one is asked with the credentials of the shell. Every user's
rows are mended, and what was packed of them is made anew.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tools.local_engine import REGION, ROOT_CREDENTIALS, LocalStackError
from tools.local_stack import FOLDER, LocalStack, chosen_port

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient

_COUNTED: Final = ("images", "embedded", "refused", "refreshed", "removed")

_PATIENCE: Final = Config(read_timeout=910, retries={"total_max_attempts": 1})
"""The function may run for 900 seconds, and must not be called a second time meanwhile."""

_BUSY_S: Final = 5.0
_BUSY_ATTEMPTS: Final = 240
"""Twenty minutes: as long as one that runs for a search may take, and some more."""


@dataclass(frozen=True)
class Target:
    """A stack, wherever it is."""

    functions: "LambdaClient"
    dynamodb: "DynamoDBClient"
    outputs: Mapping[str, str]
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def local(cls, stack: LocalStack) -> "Target":
        functions = boto3.client(
            "lambda",
            endpoint_url=stack.engine.endpoint,
            region_name=REGION,
            aws_access_key_id=ROOT_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ROOT_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=_PATIENCE,
        )
        return cls(functions, stack.access.client("dynamodb"), stack.outputs)

    @classmethod
    def deployed(cls, name: str, region: str) -> "Target":
        session = boto3.Session(region_name=region)
        stacks = session.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}
        return cls(session.client("lambda", config=_PATIENCE), session.client("dynamodb"), outputs)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stack", nargs="*", help="name and region of a deployed stack")
    parser.add_argument("--user", action="append", help="only this user's; may be given several times")
    parsed = parser.parse_args(arguments)
    if len(parsed.stack) not in (0, 2):
        parser.error("a deployed stack has a name and a region")
    try:
        target = (
            Target.deployed(*parsed.stack)
            if parsed.stack
            else Target.local(LocalStack(FOLDER, chosen_port()))
        )
        reports = [reindex(target, user) for user in parsed.user or users(target)]
    except (LocalStackError, BotoCoreError, ClientError) as error:
        print(f"gloss: the index was not brought in line: {error}", file=sys.stderr)
        return 1
    return tell(reports)


def tell(reports: Sequence[Mapping[str, Any]]) -> int:
    totals = {name: sum(report[name] for report in reports) for name in _COUNTED}
    print(f"{len(reports)} users, " + ", ".join(f"{count} {name}" for name, count in totals.items()))
    failures = {report["failure"] for report in reports if report["failure"]}
    for failure in sorted(failures):
        print(f"gloss: ended early: {failure}", file=sys.stderr)
    return 1 if failures else 0


def users(target: Target) -> Iterator[str]:
    """Everybody who has an image, or had one."""
    seen: set[str] = set()
    for table in (target.outputs["ImagesTable"], target.outputs["VectorsTable"]):
        for page in target.dynamodb.get_paginator("scan").paginate(
            TableName=table,
            ProjectionExpression="#user",
            ExpressionAttributeNames={"#user": "user"},
        ):
            seen |= {item["user"]["S"] for item in page["Items"]}
    yield from sorted(seen)


def reindex(target: Target, user: str) -> dict[str, Any]:
    """The sum of the deployed function's reports on one library, however many calls it takes."""
    total: dict[str, Any] = dict.fromkeys(_COUNTED, 0)
    before: str | None = None
    while True:
        report = _invoke(target, {"user": user, "before": before, "rebuild": True})
        if "done" not in report:
            raise LocalStackError(f"the function broke off: {report.get('errorMessage', report)}")
        total |= {name: total[name] + report[name] for name in _COUNTED} | {"failure": report["failure"]}
        before = report["before"]
        if report["done"] or report["failure"]:
            return total


def _invoke(target: Target, event: Mapping[str, Any]) -> dict[str, Any]:
    """The function runs once at a time; where a search keeps it busy, its end is waited for."""
    for attempt in range(_BUSY_ATTEMPTS):
        try:
            answer = target.functions.invoke(
                FunctionName=target.outputs["Reindex"], Payload=json.dumps(event).encode()
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code != "TooManyRequestsException" or attempt == _BUSY_ATTEMPTS - 1:
                raise
            target.sleep(_BUSY_S)
            continue
        report: dict[str, Any] = json.loads(answer["Payload"].read())
        return report
    raise AssertionError("the last attempt answers or raises")


if __name__ == "__main__":
    sys.exit(main())
