"""A function loads only what it uses: heavy modules cost every cold start."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.rules.sources import HANDLERS, LIBRARY, ROOT, imported, loaded
from tools.template import read_template

HEAVY = (
    "PIL",
    "numpy",
    "pillow_heif",
    "openai",
    "dropbox",
    "requests",
    "httpx",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.idempotency",
    "pydantic",
    "gloss.pipeline.office",
)
PIXELS = {"PIL", "numpy", "pillow_heif"}
API = {"aws_lambda_powertools.event_handler", "pydantic"}
ONCE = {"aws_lambda_powertools.utilities.idempotency"}
FORMS = {"pydantic"}

ALLOWED: dict[str, set[str]] = {
    "inspect_image": PIXELS,
    "describe_image": set(),
    "embed_image": set(),
    "fetch_inputs": PIXELS,
    "generate_pictures": PIXELS,
    "store_results": PIXELS,
    "search_api": API | {"numpy"},
    "select_images": {"numpy"},
    "deliver_webhook": FORMS,
    "import_image": FORMS,
    "queue_webhooks": FORMS,
    "start_scheduled": FORMS,
}
"""By function; of those that are not named here, the API's answer with forms, and the others have nothing."""

LOGS = {"aws_lambda_powertools"}
AWS = LOGS | {"boto3", "botocore"}

PACKAGES: dict[str, set[str]] = {
    "describe_image": LOGS,
    "embed_image": LOGS,
    "inspect_image": LOGS | {"botocore"},
    "socket_authorizer": LOGS | {"jwt", "urllib3"},
    "search_api": AWS | FORMS | {"numpy"},
    "select_images": AWS | {"numpy"},
}
"""The other packages that are loaded with a function; those that are not named here: AWS, and their forms."""


def allowed(folder: str) -> set[str]:
    """What a function may import of the heavy modules."""
    return ALLOWED.get(folder, API | ONCE if folder.endswith("_api") else set())


def heavy(source: str) -> set[str]:
    """The heavy modules that are loaded when a source is imported."""
    names = loaded(source)
    return {
        module for module in HEAVY if any(name == module or name.startswith(f"{module}.") for name in names)
    }


def packages(source: str) -> set[str]:
    """The third-party packages that are loaded when a source is imported."""
    tops = {name.partition(".")[0] for name in loaded(source)}
    return tops - sys.stdlib_module_names - {"gloss"}


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda path: path.parent.name)
def test_a_function_loads_the_packages_of_its_list(handler: Path) -> None:
    """No other: each costs every start. And all of them: a list that allows more hides the next one."""
    folder = handler.parent.name
    assert packages(handler.read_text()) == PACKAGES.get(folder, AWS | FORMS & allowed(folder))


def test_every_list_of_packages_is_of_a_function() -> None:
    assert PACKAGES.keys() <= {handler.parent.name for handler in HANDLERS}


def test_a_package_that_is_new_is_seen() -> None:
    assert packages("import aws_xray_sdk.core\nfrom cryptography.fernet import Fernet") == {
        "aws_xray_sdk",
        "cryptography",
    }
    assert "jwt" in packages("from gloss.realtime.tokens import Verifier")
    assert packages("import json, gloss.ids") == set()
    assert packages("def late():\n    import openai") == set()


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda path: path.parent.name)
def test_a_function_imports_only_what_it_may(handler: Path) -> None:
    assert heavy(handler.read_text()) - allowed(handler.parent.name) == set()


def test_what_is_loaded_too_much_is_seen() -> None:
    assert heavy("from gloss.imaging import palette") == {"PIL", "numpy"}
    assert heavy("import pydantic.alias_generators") == {"pydantic"}
    assert heavy("from gloss.web.app import Api") >= API


def test_what_is_loaded_later_or_never_costs_no_start() -> None:
    assert heavy("def late():\n    import PIL\nif TYPE_CHECKING:\n    import numpy") == set()


def test_the_light_functions_are_light_in_a_real_interpreter() -> None:
    """The libraries that we import may import others themselves."""
    light = [handler.parent.name for handler in HANDLERS if not allowed(handler.parent.name)]
    script = (
        f"import sys; sys.path[:0] = {[str(ROOT), str(LIBRARY)]!r}\n"
        f"import {', '.join(f'functions.{name}.handler' for name in light)}\n"
        f"print([module for module in {HEAVY!r} if module in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_only_functions_with_the_imaging_layer_load_pixels() -> None:
    resources = read_template()["Resources"].values()
    layered = {
        Path(resource["Properties"]["CodeUri"]).name
        for resource in resources
        if {"Ref": "ImagingLayer"} in resource.get("Properties", {}).get("Layers", [])
    }
    assert layered == {folder for folder, modules in ALLOWED.items() if modules >= PIXELS}


def test_no_tool_needs_the_tests() -> None:
    for tool in (ROOT / "tools").glob("*.py"):
        assert not {name for name in imported(tool.read_text()) if name.partition(".")[0] == "tests"}, (
            tool.name
        )
