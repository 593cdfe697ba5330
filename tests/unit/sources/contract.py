"""What every source keeps, whichever it is. Subclasses give a source that holds :data:`FILES`."""

import pytest

from gloss.errors import EmptyFile, FileTooLarge, SourceRefused
from gloss.sources.model import Entry, Folder, Source

JPEG = b"\xff\xd8\xff"
FILES = {
    "/a.jpg": JPEG + b"a",
    "/in/b.jpg": JPEG + b"bb",
    "/in/deep/c.png": b"\x89PNG\r\n\x1a\nccc",
    "/in/empty.jpg": b"",
}
LIMIT = 100


class SourceContract:
    def id_of(self, path: str) -> str:
        """What the source calls the file at this path."""
        return path

    def test_a_file_and_its_fingerprint(self, source: Source) -> None:
        first, again, other = (
            source.fetch(self.id_of(path), LIMIT) for path in ("/a.jpg", "/a.jpg", "/in/b.jpg")
        )
        assert (first.data, other.data) == (FILES["/a.jpg"], FILES["/in/b.jpg"])
        assert first == again
        assert first.fingerprint != other.fingerprint

    def test_a_file_may_be_as_large_as_the_limit_and_no_larger(self, source: Source) -> None:
        size = len(FILES["/in/b.jpg"])
        assert len(source.fetch(self.id_of("/in/b.jpg"), size).data) == size
        with pytest.raises(FileTooLarge):
            source.fetch(self.id_of("/in/b.jpg"), size - 1)

    def test_an_empty_file_is_none(self, source: Source) -> None:
        with pytest.raises(EmptyFile):
            source.fetch(self.id_of("/in/empty.jpg"), LIMIT)

    def test_a_file_that_is_not_there(self, source: Source) -> None:
        with pytest.raises(SourceRefused):
            source.fetch(self.id_of("/none.jpg"), LIMIT)


class FolderContract(SourceContract):
    """Sources that have folders."""

    @pytest.mark.parametrize(
        ("folder", "paths"),
        [
            (Folder(), list(FILES)),
            (Folder(recursive=False), ["/a.jpg"]),
            (Folder("/in"), ["/in/b.jpg", "/in/deep/c.png", "/in/empty.jpg"]),
            (Folder("/in", recursive=False), ["/in/b.jpg", "/in/empty.jpg"]),
        ],
    )
    def test_a_folder_is_listed_page_by_page(self, source: Source, folder: Folder, paths: list[str]) -> None:
        entries = listed(source, folder)
        assert [(entry.external_id, entry.path) for entry in entries] == [
            (self.id_of(path), path) for path in paths
        ]
        assert [entry.name for entry in entries] == [path.rpartition("/")[2] for path in paths]

    def test_a_listing_tells_size_and_fingerprint_of_what_is_fetched(self, source: Source) -> None:
        (entry,) = listed(source, Folder(recursive=False))
        fetched = source.fetch(entry.external_id, LIMIT)
        assert (entry.size, entry.fingerprint) == (len(fetched.data), fetched.fingerprint)

    def test_a_folder_that_is_not_there(self, source: Source) -> None:
        with pytest.raises(SourceRefused):
            source.page(Folder("/none"), None)


def listed(source: Source, folder: Folder) -> list[Entry]:
    """All entries of a folder; each page is asked for twice and is the same."""
    entries: list[Entry] = []
    cursor = None
    while True:
        page = source.page(folder, cursor)
        assert source.page(folder, cursor) == page
        entries += page.entries
        if (cursor := page.cursor) is None:
            return entries
