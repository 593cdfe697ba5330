"""Step DescribeImage of process_image."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gloss.config import DescribeImageSettings, load
from gloss.describe.heuristic import HeuristicDescriber
from gloss.describe.model import Describer
from gloss.observability import step
from gloss.pipeline.words import describe


@cache
def describers() -> dict[str, Describer]:
    return {"heuristic": HeuristicDescriber()}


@cache
def default_provider() -> str:
    return load(DescribeImageSettings).describe_provider


@step
def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    return describe(event, describers(), default_provider())
