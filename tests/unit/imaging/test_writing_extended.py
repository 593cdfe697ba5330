"""Extended XMP: what readers add to the packet says nothing that the packet says anew."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gloss.imaging import xmp, xmp_extended
from gloss.imaging.containers import XMP_HEADER, jpeg_segments
from gloss.imaging.formats import JPEG
from gloss.imaging.writing import Texts, write
from tests.unit.imaging.written import PARTS, TEXTS, packet, pixels_of, properties, with_segments

NOTE = 'xmlns:note="http://ns.adobe.com/xmp/note/" note:HasExtendedXMP="{}"'
BLOB = "b" * 150_000
FOREIGN = f"<mine:blob>{BLOB}</mine:blob><xmp:Label>kept</xmp:Label>"
STALE = (
    "<core:description><rdf:Alt><rdf:li xml:lang='x-default'>Stale</rdf:li><rdf:li xml:lang='de'>Alt</rdf:li>"
    "<rdf:li xml:lang='fr'>Vieux</rdf:li></rdf:Alt></core:description>"
    "<core:subject><rdf:Bag><rdf:li>stale</rdf:li></rdf:Bag></core:subject>"
)


def bare(body: str, attributes: str = "") -> bytes:
    """Extended XMP has no wrapper."""
    whole = packet(body, attributes)
    return whole[whole.index(b"<x:xmpmeta") : whole.index(b"</x:xmpmeta>") + len(b"</x:xmpmeta>")]


def extended(rest: bytes, main: str = "") -> bytes:
    """A JPEG whose XMP goes on in further segments, the last one first."""
    note = NOTE.format(xmp_extended.guid(rest).decode())
    parts = [(0xE1, body) for body in xmp_extended.bodies(rest)]
    return with_segments((0xE1, XMP_HEADER + packet(main, note)), *reversed(parts))


def extensions(data: bytes) -> list[xmp_extended.Extension]:
    places = [
        (start, end)
        for marker, start, end in jpeg_segments(data)
        if marker == 0xE1 and data.startswith(xmp_extended.HEADER, start + 4)
    ]
    return list(xmp_extended.whole(data, places))


def test_what_is_said_anew_leaves_the_extension_and_all_else_stays() -> None:
    before = extended(bare(STALE + FOREIGN))
    after = write(before, TEXTS)

    (found,) = extensions(after)
    assert len(found.places) == 3
    assert found.guid == xmp_extended.guid(found.packet)
    assert found.guid in after[: found.places[0][0]]
    assert b"tale" not in found.packet
    assert BLOB.encode() in found.packet
    assert pixels_of(after, JPEG) == pixels_of(before, JPEG)
    # Of texts in other languages those that nobody wrote anew stay.
    assert properties(after, JPEG)[xmp.DESCRIPTION] == [TEXTS.caption, TEXTS.caption, "Vieux"]


def test_what_holds_nothing_of_ours_stays_byte_for_byte() -> None:
    before = extended(bare(FOREIGN))
    (found,) = extensions(before)
    (kept,) = extensions(write(before, TEXTS))
    assert (kept.guid, kept.packet) == (found.guid, found.packet)


def test_what_is_cleared_is_cleared_there_too() -> None:
    after = write(extended(bare(STALE + FOREIGN)), Texts(cleared=frozenset(PARTS)))
    (found,) = extensions(after)
    assert not {b"tale", b"Alt</", b"Vieux"} & {
        word for word in (b"tale", b"Alt</", b"Vieux") if word in after
    }
    assert BLOB.encode() in found.packet


def test_writing_twice_changes_nothing_more() -> None:
    once = write(extended(bare(STALE + FOREIGN)), TEXTS)
    assert [it.packet for it in extensions(write(once, TEXTS))] == [it.packet for it in extensions(once)]
    assert properties(write(once, TEXTS), JPEG) == properties(once, JPEG)


@pytest.mark.parametrize("length", [0, 10, 39, 40])
def test_parts_that_make_no_whole_stay_as_they_are(length: int) -> None:
    body = next(xmp_extended.bodies(bare(STALE + FOREIGN)))[: len(xmp_extended.HEADER) + length]
    before = with_segments((0xE1, body))
    assert body in write(before, TEXTS)
    assert extensions(before) == []


def test_what_no_reader_understands_is_dropped() -> None:
    assert extensions(write(extended(b"<x:xmpmeta>Stale"), TEXTS)) == []


def test_an_independent_reader_finds_nothing_stale(tmp_path: Path) -> None:
    """exiftool, as for all other files."""
    tool = shutil.which("exiftool")
    if tool is None:
        assert "CI" not in os.environ, "exiftool is missing: install libimage-exiftool-perl"
        pytest.skip("exiftool is not installed: this check of the written files was left out")
    before = extended(bare(STALE + FOREIGN))
    files = {
        "before.jpg": before,
        "written.jpg": write(before, TEXTS),
        "cleared.jpg": write(before, Texts(cleared=frozenset(PARTS))),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    command = [
        tool,
        "-json",
        "-G1",
        "-a",
        "-charset",
        "utf8",
        "-warning",
        "-error",
        "-XMP:all",
        str(tmp_path),
    ]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    found = {Path(answer["SourceFile"]).name: answer for answer in told}

    assert found["before.jpg"]["XMP-dc:Description"] == "Stale"
    assert found["written.jpg"]["XMP-dc:Description"] == TEXTS.caption
    assert found["written.jpg"]["XMP-dc:Description-fr"] == "Vieux"
    assert found["written.jpg"]["XMP-dc:Subject"] == list(TEXTS.keywords)
    assert not [key for key in found["cleared.jpg"] if key.startswith("XMP-dc")]
    for answer in found.values():
        assert answer["XMP-xmp:Label"] == "kept"
        assert not [key for key in answer if key.endswith((":Warning", ":Error"))]
