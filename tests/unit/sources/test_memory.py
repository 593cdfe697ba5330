"""The source in memory keeps the contract of sources."""

import pytest

from gloss.errors import EmptyFile, FileTooLarge, SourceRefused
from gloss.sources.memory import MemorySource
from gloss.sources.model import Source, file_name, media_type


def test_a_file_and_its_fingerprint() -> None:
    source: Source = MemorySource({"a": b"aa", "b": b"bb", "empty": b""})
    assert source.fetch("a", 2).data == b"aa"
    assert source.fetch("a", 2).fingerprint == source.fetch("a", 3).fingerprint
    assert source.fetch("a", 2).fingerprint != source.fetch("b", 2).fingerprint
    for external_id, refusal in {"none": SourceRefused, "a": FileTooLarge, "empty": EmptyFile}.items():
        with pytest.raises(refusal):
            source.fetch(external_id, 1)


@pytest.mark.parametrize(
    ("external_id", "name", "kind"),
    [
        ("https://a.example/x/old%20bridge.JPG?size=1", "old bridge.JPG", "image/jpeg"),
        ("https://a.example/x%2Fy%0A.png", "xy.png", "image/png"),
        ("https://a.example", "image", None),
        ("/photos/summer/one.heic", "one.heic", "image/heic"),
        ("/photos/notes.txt", "notes.txt", None),
    ],
)
def test_names_and_types(external_id: str, name: str, kind: str | None) -> None:
    assert file_name(external_id) == name
    assert media_type(name) == kind
