"""The committed description of the API is the one that the handlers give."""

import re
from typing import Any

import pytest
import yaml

from tools import openapi

DOCUMENT = openapi.document()
OPERATIONS = [
    (path, method, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]


class Template(yaml.SafeLoader):
    """Reads a template without following ``!Ref`` and its like."""


Template.add_multi_constructor("!", lambda *_: None)


def references(node: object) -> set[str]:
    """Every ``$ref`` below a node."""
    if isinstance(node, dict):
        own = {node["$ref"]} if "$ref" in node else set()
        return own.union(*(references(child) for child in node.values()))
    return set().union(*(references(child) for child in node)) if isinstance(node, list) else set()


def test_the_committed_document_is_current() -> None:
    assert openapi.TARGET.read_text() == openapi.text(), "run `make openapi`"


def test_it_holds_every_route_of_the_template_and_no_other() -> None:
    template = (openapi.ROOT / "template.yaml").read_text()
    resources = yaml.load(template, Template)["Resources"].values()  # noqa: S506 - a safe loader, see there
    routes = {
        (event["Properties"]["Path"], event["Properties"]["Method"])
        for resource in resources
        for event in resource.get("Properties", {}).get("Events", {}).values()
        if event["Type"] == "Api"
    }
    assert {(path, method) for path, method, _ in OPERATIONS} == routes


def test_operation_ids_are_unique_and_plain() -> None:
    ids = [operation["operationId"] for *_, operation in OPERATIONS]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+[a-z]", name) for name in ids)


def test_every_reference_leads_somewhere() -> None:
    schemas = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert references(DOCUMENT) <= schemas


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_can_fail_in_our_envelope(path: str, method: str, operation: dict[str, Any]) -> None:
    assert references(operation["responses"]["4XX"]) == {"#/components/schemas/Problem"}
    assert "422" not in operation["responses"]


def test_a_post_that_spends_takes_an_idempotency_key() -> None:
    names = [parameter["name"] for parameter in DOCUMENT["paths"]["/uploads"]["post"]["parameters"]]
    assert "Idempotency-Key" in names


def test_a_code_that_clients_meet_is_listed_and_a_fault_of_ours_is_not() -> None:
    codes = openapi.problem()["properties"]["error"]["properties"]["code"]["enum"]
    assert {"QUOTA_EXCEEDED", "IMAGE_NOT_FOUND", "INTERNAL"} <= set(codes)
    assert "CONFIGURATION_ERROR" not in codes
