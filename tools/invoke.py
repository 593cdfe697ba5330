"""`sam local invoke` of one function, in a container that reaches the local stack.

The container has the real runtime and the layers built for it. It gets the resolved environment variables of
the function on the local stack, and the address of the local engine. SAM hands on only such variables as the
template declares, so it is given a copy of the template that declares them, for this machine's architecture.

The variables are written to ``.local/invoke-env.json``, in the form of `sam local invoke --env-vars`.
The engine listens on loopback, which a container cannot see: a relay on the address that Docker's bridge has
on this machine leads there while the function runs. Docker Desktop needs none: it leads to loopback itself.
"""

import argparse
import contextlib
import copy
import ipaddress
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tools.local_engine import HOST, REGION, ROOT_CREDENTIALS, LocalStackError
from tools.local_stack import FOLDER, ROOT, LocalStack, chosen_port
from tools.relay import relay
from tools.template import read_template

_BUILD: Final = ".aws-sam/invoke"
_TEMPLATE: Final = "invoke.template.json"
ARCHITECTURES: Final = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


def container_variables(endpoint: str, function: Mapping[str, str]) -> dict[str, str]:
    """Environment of the container: the function's own variables and the way to the local engine."""
    return {
        **function,
        **ROOT_CREDENTIALS,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }


def invocation_template(text: str, architecture: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """The template with this machine's architecture, and with every variable declared."""
    template: dict[str, Any] = copy.deepcopy(dict(read_template(text)))
    function = template["Globals"]["Function"]
    function["Architectures"] = [architecture]
    function["Environment"]["Variables"] |= variables
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Metadata"]["BuildArchitecture"] = architecture
            resource["Properties"]["CompatibleArchitectures"] = [architecture]
    return template


def invoke(stack: LocalStack, function: str, event: Path) -> int:
    """Build for the container and invoke; the exit code of `sam local invoke`.

    Raises:
        LocalStackError: the stack is down, there is no such function or event, or it cannot be built.
    """
    if not stack.is_healthy():
        raise LocalStackError("The stack is down: `make up` starts it.")
    if not event.is_file():
        raise LocalStackError(f"There is no event {event}: give one with EVENT=events/….json")
    architecture = ARCHITECTURES[platform.machine()]
    _build(stack, architecture, container_variables("", stack.access.variables(function)))
    with _endpoint_for_containers(stack.engine.port) as endpoint:
        variables = container_variables(endpoint, stack.access.variables(function))
        environment = stack.folder / "invoke-env.json"
        environment.write_text(json.dumps({function: variables}, indent=2) + "\n")
        run: list[str | Path] = [stack.sam.sam, "local", "invoke", function, "--event", event.resolve()]
        run += ["--template", f"{_BUILD}/build/template.yaml", "--env-vars", environment, "--skip-pull-image"]
        return subprocess.run(run, cwd=ROOT, env=_settings(stack, architecture), check=False).returncode


def _build(stack: LocalStack, architecture: str, variables: Mapping[str, str]) -> None:
    template = invocation_template((ROOT / "template.yaml").read_text(), architecture, variables)
    copy = ROOT / _TEMPLATE
    copy.write_text(json.dumps(template))
    command: list[str | Path] = [stack.sam.sam, "build", "--cached", "--template", _TEMPLATE]
    command += ["--build-dir", f"{_BUILD}/build", "--cache-dir", f"{_BUILD}/{architecture}"]
    log = stack.folder / "invoke.log"
    try:
        with log.open("wb") as output:
            settings = _settings(stack, architecture)
            built = subprocess.run(command, cwd=ROOT, env=settings, stdout=output, stderr=output, check=False)
    finally:
        copy.unlink()
    if built.returncode != 0:
        raise LocalStackError(f"`sam build` failed; see {log}")


def _settings(stack: LocalStack, architecture: str) -> dict[str, str]:
    target = "lambda" if architecture == "arm64" else "local-invoke"
    return {
        **os.environ,
        **ROOT_CREDENTIALS,
        "AWS_DEFAULT_REGION": REGION,
        "GLOSS_BUILD_TARGET": target,
        "SAM_CLI_TELEMETRY": "0",
        "UV": str(stack.sam.uv),
    }


@contextlib.contextmanager
def _endpoint_for_containers(port: int) -> Iterator[str]:
    """Address of the local engine as a container sees it."""
    address = _bridge_address()
    with contextlib.ExitStack() as opened:
        try:
            door = opened.enter_context(relay(address, (HOST, port)))
        except OSError:
            yield f"http://host.docker.internal:{port}"
        else:
            yield f"http://{address}:{door}"


def _bridge_address() -> str:
    """Address of this machine on the network that containers are in.

    Raises:
        LocalStackError: no Docker engine answers.
    """
    show = ["docker", "network", "inspect", "bridge", "--format", "{{json (index .IPAM.Config 0)}}"]
    try:
        network = json.loads(subprocess.run(show, capture_output=True, check=True).stdout)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        raise LocalStackError("No Docker engine answers: `sam local invoke` needs one.") from error
    return network.get("Gateway") or str(ipaddress.ip_network(network["Subnet"])[1])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="invoke", description="Run one function in a container.")
    parser.add_argument("function")
    parser.add_argument("event", type=Path)
    parsed = parser.parse_args(arguments)
    try:
        stack = LocalStack(FOLDER, chosen_port(FOLDER))
        return invoke(stack, parsed.function, parsed.event)
    except LocalStackError as error:
        print(f"gloss: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
