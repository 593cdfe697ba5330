"""`sam local invoke` of one function, in a container that reaches the local stack.

The container has the real runtime and the layers built for it. It gets the resolved environment variables of
the function on the local stack, and the address of the local engine. SAM hands on only such variables as the
template declares, so it is given a copy of the template that declares them, for this machine's architecture.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from tools.local_engine import REGION, ROOT_CREDENTIALS, LocalStackError
from tools.local_stack import DEFAULT_PORT, ROOT, LocalStack

_BUILD: Final = ".aws-sam/invoke"
_TEMPLATE: Final = "invoke.template.json"
_ARCHITECTURES: Final = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


def container_variables(endpoint: str, function: Mapping[str, str]) -> dict[str, str]:
    """Environment of the container: the function's own variables and the way to the local engine.

    The container shares the host's network, so the engine has the same loopback address there.
    """
    return {
        **function,
        **ROOT_CREDENTIALS,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }


def invocation_template(text: str, architecture: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """The template with this machine's architecture, and with every variable declared."""
    template: dict[str, Any] = yaml.load(text, _TemplateLoader)  # noqa: S506  # a SafeLoader with !Tags
    function = template["Globals"]["Function"]
    function["Architectures"] = [architecture]
    function["Environment"]["Variables"] |= variables
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Metadata"]["BuildArchitecture"] = architecture
            resource["Properties"]["CompatibleArchitectures"] = [architecture]
    return template


class _TemplateLoader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (``!Ref x``) as the long ones (``{"Ref": "x"}``)."""


def _long_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
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


_TemplateLoader.add_multi_constructor("!", _long_form)


def invoke(stack: LocalStack, function: str, event: Path) -> int:
    """Build for the container and invoke; the exit code of `sam local invoke`.

    Raises:
        LocalStackError: the stack is down, there is no such function or event, or it cannot be built.
    """
    if not stack.is_healthy():
        raise LocalStackError("The stack is down: `make up` starts it.")
    if not event.is_file():
        raise LocalStackError(f"There is no event {event}: give one with EVENT=events/….json")
    architecture = _ARCHITECTURES[platform.machine()]
    variables = container_variables(stack.engine.endpoint, stack.access.variables(function))
    template = invocation_template((ROOT / "template.yaml").read_text(), architecture, variables)
    (ROOT / _TEMPLATE).write_text(json.dumps(template))
    try:
        return _build_and_run(stack, function, event, architecture)
    finally:
        (ROOT / _TEMPLATE).unlink()


def _build_and_run(stack: LocalStack, function: str, event: Path, architecture: str) -> int:
    folders = ["--build-dir", f"{_BUILD}/build", "--cache-dir", f"{_BUILD}/{architecture}"]
    target = "lambda" if architecture == "arm64" else "local-invoke"
    settings = os.environ | {"GLOSS_BUILD_TARGET": target, "UV": str(stack.sam.uv), "SAM_CLI_TELEMETRY": "0"}
    settings |= {**ROOT_CREDENTIALS, "AWS_DEFAULT_REGION": REGION}
    build: list[str | Path] = [stack.sam.sam, "build", "--cached", "--template", _TEMPLATE, *folders]
    run: list[str | Path] = [
        stack.sam.sam,
        "local",
        "invoke",
        function,
        "--event",
        event,
        "--skip-pull-image",
    ]
    run += ["--template", f"{_BUILD}/build/template.yaml", "--docker-network", "host"]
    with (stack.folder / "invoke.log").open("wb") as log:
        built = subprocess.run(build, cwd=ROOT, env=settings, stdout=log, stderr=log, check=False)
    if built.returncode != 0:
        raise LocalStackError(f"`sam build` failed; see {stack.folder / 'invoke.log'}")
    return subprocess.run(run, cwd=ROOT, env=settings, check=False).returncode


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="invoke", description="Run one function in a container.")
    parser.add_argument("function")
    parser.add_argument("event", type=Path)
    parsed = parser.parse_args(arguments)
    stack = LocalStack(ROOT / ".local", int(os.environ.get("GLOSS_PORT") or DEFAULT_PORT))
    try:
        return invoke(stack, parsed.function, parsed.event)
    except LocalStackError as error:
        print(f"gloss: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
