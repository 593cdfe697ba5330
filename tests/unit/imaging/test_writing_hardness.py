"""Files that are broken, huge or of another format; and what an independent reader says."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gloss.errors import CorruptImage, PayloadTooLarge, UnsupportedMediaType
from gloss.imaging import xmp
from gloss.imaging.containers import (
    XMP_HEADER,
    take_apart,
)
from gloss.imaging.formats import JPEG
from gloss.imaging.writing import WRITABLE, Texts, write
from tests.unit.imaging.written import (
    FORMATS,
    PARTS,
    STANDING,
    SUBJECTS,
    TEXTS,
    encoded,
    format_of,
    packet,
    pixels_of,
    properties,
    with_segments,
    with_texts_everywhere,
)


def test_a_packet_is_squeezed_before_it_is_refused() -> None:
    padded = STANDING.replace(b" " * 200, b" " * (65_000 - len(STANDING)))
    data = write(with_segments((0xE1, XMP_HEADER + padded)), TEXTS)
    assert properties(data, JPEG)[xmp.CREATOR] == ["Ann"]

    full = packet(f"<mine:blob>{'b' * 64_000}</mine:blob>")
    with pytest.raises(PayloadTooLarge) as refusal:
        write(with_segments((0xE1, XMP_HEADER + full)), TEXTS)
    assert refusal.value.details["limit"] == 65_504


@pytest.mark.parametrize("format_", ["GIF", "TIFF"])
def test_other_formats_are_refused_with_the_list(format_: str) -> None:
    with pytest.raises(UnsupportedMediaType) as refusal:
        write(encoded(format_), TEXTS)

    assert refusal.value.details == {"accepted": ["image/jpeg", "image/png", "image/webp"]}


def test_something_that_is_no_image_is_refused() -> None:
    with pytest.raises(UnsupportedMediaType):
        write(b"plain text", TEXTS)


@pytest.mark.parametrize("subject", ["jpeg", "png", "webp", "webp, animated"])
def test_a_file_cut_short_is_refused_or_copied_but_never_a_crash(subject: str) -> None:
    data = SUBJECTS[subject]
    for length in range(16, len(data), 7):
        try:
            after = write(data[:length], TEXTS)
        except CorruptImage:
            continue
        assert subject == "jpeg"
        assert after.endswith(data[length - 4 : length])


TEXT = st.text(max_size=80)


@settings(max_examples=60, deadline=None)
@given(
    title=TEXT,
    caption=TEXT,
    alt_text=TEXT,
    description=TEXT,
    keywords=st.lists(TEXT, max_size=5),
    language=st.sampled_from(["de", "en-US", None]),
    subject=st.sampled_from(sorted(SUBJECTS)),
)
def test_whatever_the_texts_the_file_stays_whole(subject: str, **fields: Any) -> None:
    before = SUBJECTS[subject]
    after = write(before, Texts(**fields))

    assert pixels_of(after, format_of(subject)) == pixels_of(before, format_of(subject))
    expected = re.sub(
        "[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", fields["alt_text"].replace("\r", "\n")
    )
    found = properties(after, format_of(subject)).get(xmp.ALT_TEXT, [""])
    assert found[0] == (expected if expected.strip() else "")


def test_a_flipped_bit_is_never_a_crash() -> None:
    random = np.random.default_rng(11)
    for subject in ("jpeg, exif and profile", "png", "webp, alpha"):
        data = bytearray(write(SUBJECTS[subject], TEXTS))
        for _ in range(200):
            place = int(random.integers(3, min(len(data), 3000)))
            flipped = (
                bytes(data[:place])
                + bytes([data[place] ^ (1 << int(random.integers(8)))])
                + bytes(data[place + 1 :])
            )
            try:
                write(flipped, TEXTS)
            except (CorruptImage, UnsupportedMediaType, PayloadTooLarge):
                continue


@pytest.mark.parametrize("format_", FORMATS)
def test_damaged_exif_is_cleared_without_a_crash_and_without_touching_the_picture(format_: str) -> None:
    """Lengths and offsets of EXIF come from the file; each bit of them may be wrong."""
    before = with_texts_everywhere(format_)
    block = take_apart(before, FORMATS[format_]).exif or b""
    start = before.index(block)
    cleared = Texts(cleared=frozenset(PARTS))
    for place in range(start, start + 160):
        for bit in (0, 3, 7):
            flipped = before[:place] + bytes([before[place] ^ (1 << bit)]) + before[place + 1 :]
            after = write(flipped, cleared)
            assert pixels_of(after, FORMATS[format_]) == pixels_of(before, FORMATS[format_])


def test_an_independent_reader_finds_everything(tmp_path: Path) -> None:
    """exiftool, from Debian's ``libimage-exiftool-perl``."""
    tool = shutil.which("exiftool")
    if tool is None:
        assert "CI" not in os.environ, "exiftool is missing: install libimage-exiftool-perl"
        pytest.skip("exiftool is not installed: this check of the written files was left out")
    for subject, data in SUBJECTS.items():
        suffix = format_of(subject).extensions[0]
        (tmp_path / f"{subject}{suffix}").write_bytes(write(data, TEXTS))

    command = [tool, "-json", "-G1", "-a", "-warning", "-error", "-charset", "utf8", str(tmp_path)]
    names = (
        "-XMP:all",
        "-IPTC:all",
        "-EXIF:Make",
        "-GPS:GPSLatitude",
        "-Photoshop:IPTCDigest",
        "-CurrentIPTCDigest",
    )
    told = json.loads(subprocess.run([*command, *names], capture_output=True, check=True).stdout)

    assert len(told) == len(SUBJECTS)
    for answer in told:
        assert answer["XMP-dc:Title"] == answer["XMP-dc:Title-de"] == TEXTS.title
        assert answer["XMP-dc:Description"] == TEXTS.caption
        assert answer["XMP-dc:Subject"] == list(TEXTS.keywords)
        assert answer["XMP-photoshop:Headline"] == TEXTS.title
        assert answer["XMP-iptcCore:AltTextAccessibility"] == TEXTS.alt_text
        assert answer["XMP-iptcCore:ExtDescrAccessibility-de"] == TEXTS.description
        assert "ExifTool:Error" not in answer
        assert "ExifTool:Warning" not in answer
        if answer["SourceFile"].endswith(".jpg"):
            assert answer["Photoshop:IPTCDigest"] == answer["File:CurrentIPTCDigest"]
            assert answer["IPTC:ObjectName"] == TEXTS.title
            assert answer["IPTC:Keywords"] == list(TEXTS.keywords)
            assert answer["IPTC:Caption-Abstract"] == TEXTS.caption
        if "exif" in answer["SourceFile"]:
            assert answer["IFD0:Make"] == "Maker"
            assert answer["GPS:GPSLatitude"].startswith("48 deg 8'")


def test_the_list_of_formats_is_ours() -> None:
    assert set(WRITABLE) == {format_.mime for format_ in FORMATS.values()}
