"""What importing the library sets for the process."""

import subprocess
import sys

from tests.unit.rules.sources import HANDLERS, LIBRARY


def test_a_start_does_not_look_through_what_it_loads() -> None:
    program = "import gc, gloss; print(gc.isenabled(), gc.get_threshold()[0])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(LIBRARY)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.split() == ["True", "200000"]


def test_every_function_imports_the_library_before_other_packages() -> None:
    """So it is set before those are loaded; what routes need of Powertools is in ``gloss.web.routing``."""
    for handler in HANDLERS:
        lines = handler.read_text().splitlines()
        first = next(line for line in lines if line.startswith(("from gloss", "import gloss")))
        before = {line.split()[1].partition(".")[0] for line in lines[: lines.index(first)] if _imports(line)}
        assert before <= sys.stdlib_module_names, handler.parent.name


def _imports(line: str) -> bool:
    return line.startswith(("import ", "from "))
