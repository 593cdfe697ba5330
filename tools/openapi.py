"""docs/openapi.json: the description of the whole API, out of the handlers that serve it.

Every API function describes its own routes (path, query, body and answer are its type hints). What no single
route says is added here: the failure envelope, the token, the idempotency key.
"""

import importlib
import json
import re
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from gloss.errors import GlossError
from gloss.web.problems import STATUS

ROOT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = ROOT / "docs" / "openapi.json"

Document = dict[str, Any]

_INFO: Final[Document] = {
    "title": "Gloss",
    "version": "1",
    "description": "Metadata for image libraries: titles, alt texts, captions, tags, palettes, thumbnails.",
    "license": {"name": "MIT", "identifier": "MIT"},
}
_SERVER: Final[Document] = {
    "url": "https://{api}.execute-api.{region}.amazonaws.com/api",
    "variables": {"api": {"default": "api-id"}, "region": {"default": "eu-central-1"}},
}
_TOKEN: Final[Document] = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": "ID token of the Cognito user pool, as it is.",
}
_IDEMPOTENCY_KEY: Final[Document] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "A repeat with the same key and body is answered like the first request; kept for a day.",
}
_POWERTOOLS_OWN: Final = ("HTTPValidationError", "ResponseValidationError", "ValidationError")
"""Schemas of an answer that never leaves our functions: they answer in our envelope."""


def document() -> Document:
    """All API functions in one document."""
    paths: dict[str, Document] = {}
    schemas: dict[str, Document] = {"Problem": problem()}
    for module in api_modules():
        part = json.loads(module.api.get_openapi_json_schema(title="", version="1"))
        for path, operations in part["paths"].items():
            for method, operation in operations.items():
                _complete(operation, path, method, idempotent=hasattr(module, "idempotent"))
                paths.setdefault(path, {})[method] = operation
        for name, schema in part["components"]["schemas"].items():
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"two functions call different things {name}")
    for name in _POWERTOOLS_OWN:
        schemas.pop(name, None)
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [_SERVER],
        "security": [{"token": []}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"token": _TOKEN}},
    }


def api_modules() -> Iterator[ModuleType]:
    """The handlers of all functions that serve HTTP."""
    for folder in sorted((ROOT / "functions").glob("*_api")):
        yield importlib.import_module(f"functions.{folder.name}.handler")


def problem() -> Document:
    """The failure envelope, with every code that a client may meet."""
    codes = sorted({"INTERNAL", *(kind.code for kind in errors() if not _is_ours(kind))})
    error = {
        "type": "object",
        "required": ["code", "message", "details"],
        "properties": {
            "code": {"type": "string", "enum": codes},
            "message": {"type": "string", "description": "For people; may change."},
            "details": {"type": "object"},
        },
    }
    return {
        "title": "Problem",
        "type": "object",
        "required": ["success", "error"],
        "properties": {"success": {"type": "boolean", "const": False}, "error": error},
    }


def errors() -> Iterator[type[GlossError]]:
    """The exception tree."""
    waiting: list[type[GlossError]] = [GlossError]
    while waiting:
        kind = waiting.pop()
        if kind.__module__ == GlossError.__module__:
            yield kind
            waiting += kind.__subclasses__()


def _is_ours(kind: type[GlossError]) -> bool:
    """Whether it is a fault of ours, whose code no client gets to see."""
    listed = (STATUS[base] for base in kind.__mro__ if base in STATUS)
    return next(listed, HTTPStatus.INTERNAL_SERVER_ERROR) == HTTPStatus.INTERNAL_SERVER_ERROR


def _complete(operation: Document, path: str, method: str, *, idempotent: bool) -> None:
    operation["operationId"] = _operation_id(operation, path, method)
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["responses"].pop("422", None)
    operation["responses"] |= {
        "4XX": {"description": "Refused", "content": refused},
        "5XX": {"description": "Our fault; may be repeated", "content": refused},
    }
    if idempotent and method == "post":
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)


def _operation_id(operation: Document, path: str, method: str) -> str:
    """``images.show`` of the function ``show`` with the tag ``images``; Powertools adds path and method."""
    added = re.sub(r"\W", "_", path) + f"_{method}"
    return f"{operation['tags'][0]}.{operation['operationId'].removesuffix(added)}"


def text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text())
    print(f"wrote {TARGET.relative_to(ROOT)}", file=sys.stderr)
