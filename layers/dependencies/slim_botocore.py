"""Leaves in botocore's data what a client needs to call a service: `slim_botocore.py DATA_FOLDER`.

The folders of services that nobody calls are gone already. What is left loses the text of its documentation
and its examples, and the table of endpoints its other services: a cold start parses all of it. The files stay
where they are; another data path would change the endpoints that presigned URLs name.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any


def without_documentation(value: object) -> object:
    """A part of a model with empty texts as its documentation: botocore asks whether they are there."""
    if isinstance(value, list):
        return [without_documentation(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: "" if name == "documentation" and isinstance(item, str) else without_documentation(item)
        for name, item in value.items()
    }


def slim_models(data: Path) -> set[str]:
    """Strip the service models and their rules; the endpoint names of their services."""
    models = [_strip(file) for file in data.glob("*/*/service-2.json.gz")]
    for file in data.glob("*/*/endpoint-rule-set-1.json.gz"):
        _strip(file)  # what the rules of S3 are indented with is eight times what they say
    for file in data.glob("*/*/examples-1.json*"):
        file.unlink()
    return {model["metadata"]["endpointPrefix"] for model in models}


def _strip(file: Path) -> dict[str, Any]:
    model: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))
    slim = json.dumps(without_documentation(model), separators=(",", ":"))
    file.write_bytes(gzip.compress(slim.encode(), mtime=0))
    return model


def slim_endpoints(file: Path, prefixes: set[str]) -> None:
    table = json.loads(file.read_text())
    for partition in table["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in services if name in prefixes}
    file.write_text(json.dumps(table, separators=(",", ":")))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    slim_endpoints(folder / "endpoints.json", slim_models(folder))
