"""The third-party layers carry what the code asks for."""

import re
from pathlib import Path

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
