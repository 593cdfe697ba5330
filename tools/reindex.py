"""Bring the search index of the local stack in line with the records; exit code 1 on a failure."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tools.local_engine import LocalStackError
from tools.local_stack import FOLDER, LocalStack, chosen_port


def main() -> int:
    """Against the local stack; on AWS the function is invoked by its name, per user (docs/operations.md)."""
    try:
        stack = LocalStack(FOLDER, chosen_port())
        reports = [reindex(stack, user) for user in users(stack)]
    except (LocalStackError, BotoCoreError, ClientError) as error:
        print(f"gloss: the index was not brought in line: {error}", file=sys.stderr)
        return 1
    totals = {name: sum(report[name] for report in reports) for name in _COUNTED}
    print(f"{len(reports)} users, " + ", ".join(f"{count} {name}" for name, count in totals.items()))
    failures = {report["failure"] for report in reports if report["failure"]}
    for failure in sorted(failures):
        print(f"gloss: ended early: {failure}", file=sys.stderr)
    return 1 if failures else 0


_COUNTED = ("images", "embedded", "refreshed", "removed")


def users(stack: LocalStack) -> Iterator[str]:
    """Everybody who has an image, or had one."""
    tables = (stack.outputs["ImagesTable"], stack.outputs["VectorsTable"])
    seen: set[str] = set()
    for table in tables:
        pages = stack.access.client("dynamodb").get_paginator("scan")
        for page in pages.paginate(
            TableName=table,
            ProjectionExpression="#user",
            ExpressionAttributeNames={"#user": "user"},
        ):
            seen |= {item["user"]["S"] for item in page["Items"]}
    yield from sorted(seen)


def reindex(stack: LocalStack, user: str) -> dict[str, Any]:
    """The sum of the deployed function's reports on one library, however many calls it takes."""
    total: dict[str, Any] = dict.fromkeys(_COUNTED, 0)
    before: str | None = None
    while True:
        answer = stack.access.client("lambda").invoke(
            FunctionName=stack.outputs["Reindex"],
            Payload=json.dumps({"user": user, "before": before}).encode(),
        )
        report: dict[str, Any] = json.loads(answer["Payload"].read())
        if "done" not in report:
            raise LocalStackError(f"the function broke off: {report.get('errorMessage', report)}")
        total |= {name: total[name] + report[name] for name in _COUNTED} | {"failure": report["failure"]}
        before = report["before"]
        if report["done"] or report["failure"]:
            return total


if __name__ == "__main__":
    sys.exit(main())
