"""Fill one search engine from the other, with the AWS credentials of the shell.

    PYTHONPATH=layers/gloss/python python -m tools.fill_index --to s3vectors \\
        --table <output VectorsTable> --bucket <output SearchBucket> --index <ARN of the vector index>

To s3vectors: after a deployment with SearchEngine=s3vectors, for the libraries that were there before; its
stream brings whatever changes from then on. Vectors of images that have gone are removed. To dynamodb: rows
that were lost while S3 Vectors has them come back; no row is overwritten, and what was deleted stays deleted.
Users are all that are found, unless some are named. Repeating it is harmless.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from gloss.search.corpora import Corpora
from gloss.search.exact import ExactIndex
from gloss.search.feeding import copy, restore
from gloss.search.manifest import S3Objects
from gloss.search.pack import Pack
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
        wanted = frozenset(parsed.user or ())
        if parsed.to == "s3vectors":
            to_s3vectors(rows, vectors, wanted or frozenset(users(table, parsed.table)), all_users=not wanted)
        else:
            to_dynamodb(vectors, rows, wanted)
    except (BotoCoreError, ClientError) as error:
        print(f"gloss: the index was not filled: {error}", file=sys.stderr)
        return 1
    return 0


def to_s3vectors(rows: ExactIndex, vectors: S3VectorsIndex, wanted: Set[str], *, all_users: bool) -> None:
    """The index is listed once, whoever's vectors are asked for; of ``all_users`` also those without rows."""
    known: defaultdict[str, set[str]] = defaultdict(set)
    for user, image in vectors.images():
        if all_users or user in wanted:
            known[user].add(image)
    for user in sorted({*wanted, *known}):
        copied, removed = copy(rows, vectors, user, known[user])
        print(f"{user}: {copied} images, {removed} left over and removed")


def to_dynamodb(vectors: S3VectorsIndex, rows: ExactIndex, wanted: Set[str]) -> None:
    """Nobody ``wanted`` means everybody."""
    found = ((user, entry) for user, entry in vectors.everything() if not wanted or user in wanted)
    for user, count in sorted(restore(found, rows).items()):
        print(f"{user}: {count} images brought back")


def engines(
    client: "DynamoDBClient", table: str, bucket: str, index: str, *, dimensions: int
) -> tuple[ExactIndex, S3VectorsIndex]:
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
