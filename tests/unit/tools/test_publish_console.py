"""The console's files in their bucket."""

from pathlib import Path

import boto3
from moto import mock_aws

from tools.publish_console import configuration, publish

OUTPUTS = {"SocketUrl": "wss://live", "UserPoolId": "pool", "UserPoolClientId": "client", "Other": "x"}


@mock_aws
def test_files_and_configuration_are_put_with_their_types_and_caching(tmp_path: Path) -> None:
    for name in ("index.html", "icon.svg", "assets/index-1.js", ".vite/manifest.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="console")
    assert publish(s3, "console", tmp_path, configuration(OUTPUTS, "us-east-1")) == 3
    listed = {
        item["Key"]: s3.get_object(Bucket="console", Key=item["Key"])
        for item in s3.list_objects_v2(Bucket="console")["Contents"]
    }
    assert {key: (found["ContentType"], found["CacheControl"][:8]) for key, found in listed.items()} == {
        "index.html": ("text/html", "no-cache"),
        "config.json": ("application/json", "no-cache"),
        "icon.svg": ("image/svg+xml", "no-cache"),
        "assets/index-1.js": ("text/javascript", "public, "),
    }
    assert listed["config.json"]["Body"].read() == (
        b'{"socketUrl": "wss://live", "region": "us-east-1", "userPoolId": "pool", "clientId": "client"}'
    )
