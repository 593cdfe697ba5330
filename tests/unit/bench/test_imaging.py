"""A peer that is missing, or does not read a format, is null in the figures and never the end of the run."""

import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench import _imaging_subjects, imaging
from bench._imaging_node import PEERS, Node, Unreadable
from bench._imaging_subjects import Made, available, is_installed
from bench.imaging import Picture, course, drawn, memory_figures, palette_errors, quality, speed
from tools.pictures import draw

PICTURE = Picture("beach", "JPEG", 0.1, draw("beach", size=(64, 48)))


def fails(_data: bytes) -> Made:
    raise RuntimeError("no decoder")


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Subjects by name; ours and the naive one, and one that reads nothing."""
    found = {name: _imaging_subjects.SUBJECTS[name] for name in ("ours", "naive")} | {"pyvips": fails}
    monkeypatch.setattr(imaging, "SUBJECTS", found)
    monkeypatch.setattr(imaging, "available", lambda: iter(found))
    return found


def test_a_peer_that_fails_has_no_part(peers: dict[str, Any], tmp_path: Path) -> None:
    found = course(PICTURE, tmp_path / "picture", None, rounds=2)
    assert set(found.times) == set(found.made) == {"ours", "naive"}
    figures = speed([found])
    assert figures["vs_naive_pillow"] is not None
    assert {figures[name] for name in ("vs_pyvips", "vs_best_node", "heic_vs_best_peer")} == {None}


def test_a_peer_that_fails_later_has_no_part_either(peers: dict[str, Any], tmp_path: Path) -> None:
    answers = iter([Made([]), Made([])])
    peers["pyvips"] = lambda _data: next(answers)
    found = course(PICTURE, tmp_path / "picture", None, rounds=3)
    assert "pyvips" not in found.times
    assert len(found.times["ours"]) == 3


def test_ours_has_to_read_everything(peers: dict[str, Any], tmp_path: Path) -> None:
    peers["ours"] = fails
    with pytest.raises(RuntimeError, match="no decoder"):
        course(PICTURE, tmp_path / "picture", None, rounds=1)


def test_a_node_process_that_ended_reads_nothing(peers: dict[str, Any], tmp_path: Path) -> None:
    class Ended:
        class stdin:  # noqa: N801 - as a process has it
            write = staticmethod(lambda _text: None)

            @staticmethod
            def flush() -> None:
                raise BrokenPipeError

        class stdout:  # noqa: N801
            readline = staticmethod(lambda: "")

    node = Node(Ended(), tmp_path)  # type: ignore[arg-type]
    with pytest.raises(Unreadable, match="has ended"):
        node.milliseconds(PEERS[0], tmp_path)
    found = course(PICTURE, tmp_path / "picture", node, rounds=1)
    assert set(found.times) == {"ours", "naive"}


def test_without_peers_there_is_no_ratio_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imaging, "is_installed", lambda _package: False)
    assert palette_errors([]) == {}
    figures = quality({"ours": {"thumbnail": 0.9, "preview": 0.9}}, {})
    assert set(figures.values()) == {None}
    assert memory_figures({"ours": 45.0}) == {"peak_vs_naive_100mp": None, "peak_mb_100mp": 45.0}
    assert set(memory_figures({}).values()) == {None}


def test_a_package_that_cannot_be_loaded_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "colorthief.py").write_text("raise OSError('a library of the machine is missing')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "colorthief", raising=False)
    is_installed.cache_clear()
    assert not is_installed("colorthief")
    assert "colorthief" not in list(available())
    is_installed.cache_clear()


def test_a_format_that_cannot_be_written_here_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(Image.SAVE, "AVIF")
    monkeypatch.setattr(Image, "init", lambda: None)
    formats = [picture.format for picture in drawn({0.1: (64, 48)})]
    assert formats == ["JPEG", "PNG", "WebP", "HEIC"]
