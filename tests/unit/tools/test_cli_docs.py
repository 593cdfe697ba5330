from gloss_cli.errors import ExitCode
from tools import cli_docs


def test_the_committed_page_is_current() -> None:
    assert cli_docs.TARGET.read_text() == cli_docs.text(), "run `make cli-docs`"


def test_every_exit_code_is_explained() -> None:
    page = cli_docs.TARGET.read_text()

    assert [code for code in ExitCode if f"\n| {code.value} | " not in page] == []
