"""The source in memory keeps the contract of sources."""

import pytest

from gloss.sources.memory import MemorySource
from gloss.sources.model import Source, file_name, media_type
from tests.unit.sources.contract import FILES, FolderContract


class TestMemory(FolderContract):
    @pytest.fixture
    def source(self) -> Source:
        return MemorySource(FILES)


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
