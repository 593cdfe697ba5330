"""Puts the built console where CloudFront serves it: ``python -m tools.publish_console STACK REGION``.

Run by `make deploy` with the credentials of the shell. Files whose names carry a hash go first and are kept,
so that a page that somebody has open still finds the parts that it loads later.
"""

import argparse
import json
import mimetypes
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import boto3

from tools.console_server import DIST

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"


def configuration(outputs: Mapping[str, str], region: str) -> dict[str, str]:
    """What the console reads as ``config.json``."""
    return {
        "socketUrl": outputs["SocketUrl"],
        "region": region,
        "userPoolId": outputs["UserPoolId"],
        "clientId": outputs["UserPoolClientId"],
    }


def publish(s3: "S3Client", bucket: str, dist: Path, config: Mapping[str, str]) -> int:
    """Every file of the build, the page that names the others last; how many there were."""
    files = [path for path in sorted(dist.rglob("*")) if path.is_file() and ".vite" not in path.parts]
    for path in sorted(files, key=lambda path: path.name == "index.html"):
        key = path.relative_to(dist).as_posix()
        if key == "index.html":
            _put(s3, bucket, "config.json", json.dumps(config).encode())
        _put(s3, bucket, key, path.read_bytes())
    return len(files)


def _put(s3: "S3Client", bucket: str, key: str, body: bytes) -> None:
    s3.put_object(
        Bucket=bucket,
        Key=key,
        Body=body,
        ContentType=mimetypes.guess_type(key)[0] or "application/octet-stream",
        CacheControl=_FOR_GOOD if key.startswith("assets/") else _ASK_AGAIN,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="publish_console", description=__doc__)
    parser.add_argument("stack")
    parser.add_argument("region")
    parsed = parser.parse_args()
    session = boto3.Session(region_name=parsed.region)
    stacks = session.client("cloudformation").describe_stacks(StackName=parsed.stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}
    count = publish(
        session.client("s3"),
        outputs["ConsoleBucket"],
        DIST,
        configuration(outputs, parsed.region),
    )
    session.client("cloudfront").create_invalidation(
        DistributionId=outputs["ConsoleDistribution"],
        InvalidationBatch={
            "Paths": {"Quantity": 2, "Items": ["/index.html", "/config.json"]},
            "CallerReference": str(time.time_ns()),
        },
    )
    print(f"{count} files published: {outputs['ConsoleUrl']}")


if __name__ == "__main__":
    main()
