"""The real `sam build` and `sam deploy`, pointed at the local engine."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tools.local_engine import REGION, ROOT_CREDENTIALS, LocalStackError

SOURCES: Final = ("template.yaml", "samconfig.toml", "statemachine", "functions", "layers")
"""What a deployment is made of."""


NO_PARAMETERS: Final[Mapping[str, str]] = MappingProxyType({})


def fingerprint(root: Path) -> str:
    """Hash over names and contents of everything that a deployment is made of (SHA-256, hex)."""
    digest = hashlib.sha256()
    for path in source_files(root):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def source_files(root: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = root / name
        if path.is_file():
            yield path
        yield from (
            file
            for file in sorted(path.rglob("*"))
            if file.is_file() and "__pycache__" not in file.relative_to(root).parts
        )


class Sam:
    """The SAM command line of the engine's environment, run for the project in ``root``."""

    def __init__(self, root: Path, environment: Path, uv: Path) -> None:
        self.root = root
        self.sam = environment / "bin" / "sam"
        self.python = environment / "bin" / "python"
        self.uv = uv

    def require_tools(self) -> None:
        """Raises LocalStackError when something that a deployment needs is not there."""
        for tool in (self.sam, self.uv):
            if not tool.exists():
                raise LocalStackError(f"{tool.name} is not installed: run `make setup` first.")
        if shutil.which("make") is None:
            raise LocalStackError("make is not installed: it builds the layers.")
        if not (self.root / "template.yaml").exists():
            raise LocalStackError(f"There is no template.yaml in {self.root}.")

    def build(self, log: Path) -> None:
        """Layers for this machine's Python; unchanged ones come from SAM's cache."""
        for folder in (self.root / "functions").rglob("__pycache__"):
            shutil.rmtree(folder)
        self._run("build", {}, log)

    def deploy(self, endpoint: str, log: Path, parameters: Mapping[str, str] = NO_PARAMETERS) -> None:
        """``parameters`` are set beside the stage; they stand on a command line, so none is a secret."""
        chosen = {"Stage": "local", **parameters}
        overrides = [f"ParameterKey={name},ParameterValue={_quoted(value)}" for name, value in chosen.items()]
        options = ["--parameter-overrides", *overrides] if parameters else []
        self._run("deploy", {"AWS_ENDPOINT_URL": endpoint}, log, options)

    def _run(self, command: str, settings: dict[str, str], log: Path, options: Sequence[str] = ()) -> None:
        with log.open("ab") as output:
            done = subprocess.run(
                [self.sam, command, "--config-env", "local", *options],
                cwd=self.root,
                env=self._environment() | settings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode != 0:
            raise LocalStackError(f"`sam {command}` failed{_reason(log)}; see {log}")

    def _environment(self) -> dict[str, str]:
        """Nothing of a real AWS account: neither variables nor the files in the home folder. No AI key."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OPENAI_"))}
        return own | {
            **ROOT_CREDENTIALS,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "0.2",
            "GLOSS_BUILD_TARGET": "host",
            "GLOSS_HOST_PYTHON": str(self.python),
            "UV": str(self.uv),
        }


def _quoted(value: str) -> str:
    """A parameter's value as `sam` reads it whole: JSON has quotes and spaces, at which it would end."""
    escaped = value.replace('"', '\\"')
    return f'"{escaped}"' if {" ", '"'} & set(value) else value


def _reason(log: Path) -> str:
    """The last line of the log that names an error, as part of a sentence."""
    lines = log.read_text(errors="replace").splitlines()
    errors = [line.strip() for line in lines if "Error" in line or "FAILED" in line]
    return f": {errors[-1]}" if errors else ""
