"""The third-party layers carry what the code asks for."""

import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
from botocore.config import Config
from botocore.loaders import Loader

ROOT = Path(__file__).resolve().parents[3]
_CLIENT = re.compile(r"""\.(?:client|resource)\(\s*["']([\w-]+)["']""")


def _kept_services() -> set[str]:
    makefile = (ROOT / "layers/dependencies/Makefile").read_text()
    listed = re.search(r"^aws-services := ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
    assert listed
    return set(listed[1].replace("\\", " ").split())


def test_every_service_that_the_code_calls_is_kept_in_botocore() -> None:
    sources = [*ROOT.glob("layers/gloss/python/**/*.py"), *ROOT.glob("functions/**/*.py")]
    called = {name for source in sources for name in _CLIENT.findall(source.read_text())}

    assert called <= _kept_services()


def test_every_layer_of_the_template_has_a_target() -> None:
    template = (ROOT / "template.yaml").read_text()
    layers = re.findall(
        r"^  (\w+):\n    Type: AWS::Serverless::LayerVersion\n(?:.*\n)*?      ContentUri: (\S+)",
        template,
        re.MULTILINE,
    )

    assert layers
    for name, folder in layers:
        assert f"\nbuild-{name}:" in (ROOT / folder / "Makefile").read_text()


def test_no_lock_file_names_a_registry() -> None:
    locks = [*ROOT.glob("requirements/*.txt"), *ROOT.glob("layers/dependencies/*.txt")]

    assert locks
    for lock in locks:
        assert "://" not in lock.read_text()
        assert "--index" not in lock.read_text()


def test_every_lock_file_pins_with_hashes() -> None:
    for lock in [*ROOT.glob("requirements/*.txt"), *ROOT.glob("layers/dependencies/*.txt")]:
        pins = [line for line in lock.read_text().splitlines() if line and not line.startswith(" ")]
        assert pins
        assert all(re.match(r"[\w.\[\]-]+==\S+ (?:; .* )?\\$", pin) for pin in pins), lock.name


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A copy of botocore's data as the layer keeps it, of two services, before it is made slim."""
    data = Path(botocore.__file__).parent / "data"
    copied = tmp_path / "whole"
    copied.mkdir()
    for file in data.glob("*.json"):
        shutil.copy(file, copied)
    for service in ("dynamodb", "s3"):
        shutil.copytree(data / service, copied / service)
    return copied


def client(data: Path, service: str, region: str) -> Any:
    session = botocore.session.Session()
    loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    session.register_component("data_loader", loader)
    session.set_credentials("example", "example")
    return session.create_client(service, region, config=Config(signature_version="v4"))


@pytest.mark.parametrize("region", ["eu-central-1", "cn-north-1"])
def test_slim_data_make_the_same_clients(whole: Path, tmp_path: Path, region: str) -> None:
    slim = tmp_path / "slim"
    shutil.copytree(whole, slim)
    script = ROOT / "layers/dependencies/slim_botocore.py"
    subprocess.run([sys.executable, script, slim], check=True)
    for service in ("dynamodb", "s3"):
        one, other = client(whole, service, region), client(slim, service, region)
        assert one.meta.endpoint_url == other.meta.endpoint_url
        assert one.meta.method_to_api_mapping == other.meta.method_to_api_mapping
    addresses = {
        client(data, "s3", region).generate_presigned_post("bucket", "key")["url"] for data in (whole, slim)
    }
    assert len(addresses) == 1
    table = json.loads((slim / "endpoints.json").read_text())["partitions"][0]["services"]
    assert set(table) == {"dynamodb", "s3"}
    for file in slim.glob("*/*/*.json.gz"):
        assert len(gzip.decompress(file.read_bytes()).splitlines()) == 1
