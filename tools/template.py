"""Reads ``template.yaml`` as plain data."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

TEMPLATE: Final = Path(__file__).resolve().parents[1] / "template.yaml"


def read_template(text: str | None = None) -> Mapping[str, Any]:
    """The template, or the text of one; short forms (``!Ref x``) come as the long ones (``{"Ref": "x"}``).

    All who read the same text share what is returned: nobody alters it.
    """
    return _parsed(TEMPLATE.read_text() if text is None else text)


@functools.lru_cache(maxsize=4)
def _parsed(text: str) -> Mapping[str, Any]:
    """Parsing takes a tenth of a second, and tests read the template a thousand times."""
    template: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506  # a SafeLoader with !Tags
    return template


class _Loader(yaml.CSafeLoader):
    """A SafeLoader (the quick one, of libyaml) that knows CloudFormation's tags."""


def _long_form(loader: yaml.CSafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise yaml.constructor.ConstructorError(None, None, f"no value after !{tag}", node.start_mark)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _long_form)
