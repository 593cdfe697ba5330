"""A function loads only what it uses: heavy modules cost every cold start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.rules.sources import HANDLERS, LIBRARY, ROOT
from tools.template import read_template

HEAVY = (
    "PIL",
    "numpy",
    "pillow_heif",
    "openai",
    "httpx",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.idempotency",
    "pydantic",
)
PIXELS = {"PIL", "numpy", "pillow_heif"}
API = {"aws_lambda_powertools.event_handler", "pydantic"}
ONCE = {"aws_lambda_powertools.utilities.idempotency"}
LEDGER = {"pydantic"}

ALLOWED: dict[str, set[str]] = {
    "inspect_image": PIXELS,
    "describe_image": set(),
    "embed_image": set(),
    "intake": set(),
}
"""By function; what is not named here may have what its kind needs (:func:`allowed`)."""


def allowed(folder: str) -> set[str]:
    """What a function may import of the heavy modules."""
    return ALLOWED.get(folder, API | ONCE if folder.endswith("_api") else LEDGER)


def loaded(statement: str) -> set[str]:
    """The heavy modules in a fresh interpreter that ran a statement."""
    script = f"import json, sys\n{statement}\nprint(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    path = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(LIBRARY)!r}]\n"
    done = subprocess.run([sys.executable, "-c", path + script], capture_output=True, check=True, text=True)
    found: set[str] = set(json.loads(done.stdout.splitlines()[-1]))
    return found


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda path: path.parent.name)
def test_a_function_imports_only_what_it_may(handler: Path) -> None:
    folder = handler.parent.name
    assert loaded(f"import functions.{folder}.handler") - allowed(folder) == set()


def test_what_is_loaded_too_much_is_seen() -> None:
    assert loaded("import gloss.imaging.service") - allowed("intake") >= PIXELS - {"pillow_heif"}


def test_only_functions_with_the_imaging_layer_load_pixels() -> None:
    resources = read_template()["Resources"].values()
    layered = {
        Path(resource["Properties"]["CodeUri"]).name
        for resource in resources
        if {"Ref": "ImagingLayer"} in resource.get("Properties", {}).get("Layers", [])
    }
    assert layered == {folder for folder, modules in ALLOWED.items() if modules & PIXELS}
