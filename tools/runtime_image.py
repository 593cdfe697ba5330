"""The image that `sam local invoke` runs functions in, for a machine that cannot pull the public one.

Debian 13, whose Python is 3.13, with Lambda's runtime interface client, under the name that SAM looks for.
``make runtime-image`` needs a Docker engine, root and debootstrap (Debian: docker.io, debootstrap). It asks
no registry of images, only the machine's own Debian mirror and Python package index.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from tools.invoke import ARCHITECTURES
from tools.local_engine import LocalStackError
from tools.local_stack import ROOT

RELEASE: Final = "trixie"
RUNTIME: Final = "python3.13"

_NAME_OF_SAM: Final = """
import sys
from samcli.local.docker.lambda_image import LambdaImage, Runtime
print(LambdaImage._INVOKE_REPO_PREFIX + "/" + Runtime.get_image_name_tag(sys.argv[1], sys.argv[2]))
"""
"""SAM says itself what it calls the image; it has no other way to ask for it."""

_SOURCES: Final = Path("/etc/apt")
_MIRROR: Final = re.compile(r"^(?:URIs:\s*|deb\s+(?:\[[^\]]*\]\s+)?)(\S+/debian/?)(?:\s|$)", re.MULTILINE)
_PLATFORMS: Final = {"x86_64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}

_BOOTSTRAP: Final = """#!/bin/sh
export PYTHONPATH=/var/task:/opt/python:/var/runtime
cd /var/task && exec /usr/bin/python3 -m awslambdaric "$_HANDLER"
"""
_ENTRYPOINT: Final = """#!/bin/sh
export _HANDLER="$1"
exec /var/runtime/bootstrap
"""
_CHANGES: Final = (
    "WORKDIR /var/task",
    'ENTRYPOINT ["/lambda-entrypoint.sh"]',
    "ENV PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8",
    "ENV LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime",
)


def image_name(architecture: str) -> str:
    """What the installed SAM calls the image."""
    python = str(ROOT / ".engine/bin/python")
    return _run([python, "-c", _NAME_OF_SAM, RUNTIME, architecture]).strip()


def mirror(texts: Iterable[str]) -> str:
    """The first Debian mirror that the texts of apt's sources name.

    Raises:
        LocalStackError: they name none.
    """
    for text in texts:
        if found := _MIRROR.search(text):
            return found[1]
    raise LocalStackError("The sources of apt name no Debian mirror: the image is made from one.")


def make(name: str, architecture: str) -> bool:
    """Make the image; whether it was not there yet.

    Raises:
        LocalStackError: something that it takes is missing, or failed.
    """
    _require()
    if subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False).returncode == 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        include = "--include=python3,ca-certificates"
        _run(["debootstrap", "--variant=minbase", include, RELEASE, str(root), mirror(_sources())])
        _add_runtime(root, architecture)
        _import(root, name)
    return True


def _require() -> None:
    for program, package in (("docker", "docker.io"), ("debootstrap", "debootstrap")):
        if not shutil.which(program):
            raise LocalStackError(f"{program} is missing (Debian: {package}).")
    if os.geteuid() != 0:
        raise LocalStackError("debootstrap makes a system of its own, which takes root: run it with sudo.")
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode != 0:
        raise LocalStackError("No Docker engine answers: start one, for example with `dockerd &`.")


def _sources() -> Iterator[str]:
    for path in (*sorted(_SOURCES.glob("sources.list.d/*.sources")), _SOURCES / "sources.list"):
        if path.exists():
            yield path.read_text()


def _add_runtime(root: Path, architecture: str) -> None:
    runtime = root / "var/runtime"
    for folder in (runtime, root / "var/task"):
        folder.mkdir(parents=True, exist_ok=True)
    target = [
        "--target",
        str(runtime),
        "--python-version",
        "3.13",
        "--python-platform",
        _PLATFORMS[architecture],
    ]
    pinned = ["--require-hashes", "--only-binary", ":all:", "--requirement", "requirements/runtime.txt"]
    _run([str(ROOT / ".venv/bin/uv"), "pip", "install", "--quiet", *target, *pinned])
    for path, text in ((runtime / "bootstrap", _BOOTSTRAP), (root / "lambda-entrypoint.sh", _ENTRYPOINT)):
        path.write_text(text)
        path.chmod(0o755)


def _import(root: Path, name: str) -> None:
    changes = [part for change in _CHANGES for part in ("--change", change)]
    with subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as archive:
        _run(["docker", "import", *changes, "-", name], stdin=archive.stdout)


def _run(command: Sequence[str], stdin: IO[bytes] | int | None = subprocess.DEVNULL) -> str:
    """What it printed."""
    done = subprocess.run(command, cwd=ROOT, stdin=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise LocalStackError(f"`{Path(command[0]).name}` failed: {' '.join(last) or 'it does not say why'}")
    return done.stdout


def main() -> int:
    """The command line; exit code 1 and one sentence where something does not work."""
    try:
        architecture = ARCHITECTURES[platform.machine()]
        name = image_name(architecture)
        made = make(name, architecture)
    except LocalStackError as error:
        print(f"gloss: {error}", file=sys.stderr)
        return 1
    print(f"{name} {'was made' if made else 'is there already'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
