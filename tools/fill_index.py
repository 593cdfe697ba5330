"""Fill one search engine from the other, with the AWS credentials of the shell.

    PYTHONPATH=layers/gloss/python python -m tools.fill_index --to s3vectors \\
        --table <output VectorsTable> --bucket <output SearchBucket> --index <ARN of the vector index>

To S3 Vectors: after a deployment with SearchEngine=s3vectors, for the libraries that were there before; its
stream brings whatever changes from then on. To dynamodb: for rows that were lost while S3 Vectors has them.
Users are those of the table, unless some are named. Repeating it is harmless.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from gloss.search.corpora import Corpora
from gloss.search.exact import ExactIndex
from gloss.search.feeding import copy
from gloss.search.model import VectorIndex
from gloss.search.pack import Pack, S3Objects
from gloss.search.s3vectors import S3VectorsIndex
from gloss.search.store import ChangeLog

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--to", choices=["s3vectors", "dynamodb"], required=True)
    for name in ("table", "bucket", "index"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--dimensions", type=int, default=512)
    parser.add_argument("--user", action="append", help="only this user's; may be given several times")
    parsed = parser.parse_args(arguments)
    try:
        table: DynamoDBClient = boto3.client("dynamodb")
        rows, vectors = engines(
            table, parsed.table, parsed.bucket, parsed.index, dimensions=parsed.dimensions
        )
        source, target = (rows, vectors) if parsed.to == "s3vectors" else (vectors, rows)
        for user in parsed.user or users(table, parsed.table):
            print(f"{user}: {copy(source, target, user)} images")
    except (BotoCoreError, ClientError) as error:
        print(f"gloss: the index was not filled: {error}", file=sys.stderr)
        return 1
    return 0


def engines(
    client: "DynamoDBClient", table: str, bucket: str, index: str, *, dimensions: int
) -> tuple[VectorIndex, VectorIndex]:
    """The engines ``dynamodb`` and ``s3vectors``."""
    log = ChangeLog(client, table)
    corpora = Corpora(log, Pack(client, table, S3Objects(boto3.client("s3"), bucket)))
    return (
        ExactIndex(client, table, corpora, log),
        S3VectorsIndex(boto3.client("s3vectors"), index, dimensions),
    )


def users(client: "DynamoDBClient", table: str) -> Iterator[str]:
    """Everybody who has a row in the table."""
    seen: set[str] = set()
    names = {"#user": "user"}
    for page in client.get_paginator("scan").paginate(
        TableName=table, ProjectionExpression="#user", ExpressionAttributeNames=names
    ):
        found = {item["user"]["S"] for item in page["Items"]} - seen
        seen |= found
        yield from sorted(found)


if __name__ == "__main__":
    sys.exit(main())
