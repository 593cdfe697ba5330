"""Links to files, and copies that carry the metadata inside."""

from dataclasses import replace

import pytest

from gloss.describe.model import Metadata, Provenance, Source
from gloss.errors import Conflict, ImageNotFound, UnsupportedMediaType
from gloss.images.downloads import Downloads, attachment, texts
from gloss.images.model import Status
from gloss.images.views import MetadataEdit
from gloss.imaging import inspect
from gloss.imaging.writing import Texts
from gloss.pipeline.model import failure
from tests.fakes.product import DERIVED, ORIGINALS, USER, Product
from tools.pictures import draw


@pytest.fixture
def downloads(product: Product) -> Downloads:
    return Downloads(product.images, product.objects, product.clock)


def described(product: Product, format_: str = "JPEG", name: str = "beach.jpg") -> str:
    """A complete image whose file is a real one."""
    image = product.complete(name)
    product.s3.objects[ORIGINALS, f"{USER}/{image}"] = draw("beach", size=(32, 24), format=format_)
    return image


def test_the_original_is_linked_under_its_own_name(product: Product, downloads: Downloads) -> None:
    image = described(product)

    link = downloads.link(USER, image, embed=False)

    assert link.url.startswith(f"https://{ORIGINALS}.s3.invalid/{USER}/{image}?get_object&expires=900&")
    assert link.url.endswith("attachment; filename=\"beach.jpg\"; filename*=UTF-8''beach.jpg")
    assert (link.file_name, link.embedded) == ("beach.jpg", False)
    assert link.expires_at > product.clock().isoformat()


def test_a_copy_carries_the_metadata_and_the_original_stays(product: Product, downloads: Downloads) -> None:
    image = described(product)
    before = product.s3.objects[ORIGINALS, f"{USER}/{image}"]

    link = downloads.link(USER, image, embed=True)

    key = f"copies/{USER}/{image}/1"
    assert link.url.startswith(f"https://{DERIVED}.s3.invalid/{key}?")
    assert product.s3.headers[DERIVED, key] == {"ContentType": "image/jpeg"}
    embedded = inspect(product.s3.objects[DERIVED, key]).embedded
    assert embedded.title == product.record(image).metadata.title
    assert product.s3.objects[ORIGINALS, f"{USER}/{image}"] == before


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("beach.jpg", "beach.png"),
        ("beach.PNG", "beach.PNG"),
        ("beach", "beach.png"),
        ("beach v1.2", "beach v1.2.png"),
        ("beach.tar.jpeg", "beach.tar.png"),
    ],
)
def test_a_name_ends_as_the_format_of_its_file_does(
    product: Product, downloads: Downloads, name: str, saved: str
) -> None:
    image = described(product, "PNG", name)
    product.put(replace(product.record(image), inspection={"format": "PNG"}))

    assert downloads.link(USER, image, embed=False).file_name == saved
    copied = downloads.link(USER, image, embed=True)
    assert (copied.file_name, saved in copied.url.replace("%20", " ")) == (saved, True)
    assert product.s3.headers[DERIVED, f"copies/{USER}/{image}/1"] == {"ContentType": "image/png"}


def test_a_file_that_was_never_inspected_is_not_handed_out(product: Product, downloads: Downloads) -> None:
    image = product.upload()
    product.settlement.fail({**product.claim(image), **failure("permanent", "FOREIGN_CONTENT", "Two.")})
    for embed in (False, True):
        with pytest.raises(Conflict) as refusal:
            downloads.link(USER, image, embed=embed)
        assert refusal.value.details == {"status": "failed"}


def test_a_copy_is_made_once_for_each_version(product: Product, downloads: Downloads) -> None:
    image = described(product)
    before = product.s3.calls["put_object"]
    for _ in range(2):
        downloads.link(USER, image, embed=True)
    assert product.s3.calls["put_object"] == before + 1

    product.library.edit(USER, image, MetadataEdit(version=1, title="By hand"))
    downloads.link(USER, image, embed=True)
    assert inspect(product.s3.objects[DERIVED, f"copies/{USER}/{image}/2"]).embedded.title == "By hand"


def test_formats_that_take_no_metadata_are_refused(product: Product, downloads: Downloads) -> None:
    image = described(product, "GIF")

    with pytest.raises(UnsupportedMediaType) as refusal:
        downloads.link(USER, image, embed=True)

    assert refusal.value.details["accepted"] == ["image/jpeg", "image/png", "image/webp"]
    assert not downloads.link(USER, image, embed=False).embedded


@pytest.mark.parametrize("embed", [False, True])
def test_an_image_whose_file_never_came_has_none(product: Product, downloads: Downloads, embed: bool) -> None:
    image = product.upload(sent=False)

    with pytest.raises(Conflict):
        downloads.link(USER, image, embed=embed)


def test_without_metadata_there_is_nothing_to_embed(product: Product, downloads: Downloads) -> None:
    image = product.upload()
    product.claim(image)
    assert product.status(image) is Status.PROCESSING

    with pytest.raises(Conflict):
        downloads.link(USER, image, embed=True)


def test_a_file_that_is_gone_is_not_found(product: Product, downloads: Downloads) -> None:
    image = described(product)
    del product.s3.objects[ORIGINALS, f"{USER}/{image}"]

    with pytest.raises(ImageNotFound):
        downloads.link(USER, image, embed=True)


def test_somebody_elses_image_is_not_found(product: Product, downloads: Downloads) -> None:
    image = described(product)

    with pytest.raises(ImageNotFound):
        downloads.link("ben", image, embed=False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("beach.jpg", "attachment; filename=\"beach.jpg\"; filename*=UTF-8''beach.jpg"),
        (
            "Dünen am Meer.jpg",
            "attachment; filename=\"D_nen am Meer.jpg\"; filename*=UTF-8''D%C3%BCnen%20am%20Meer.jpg",
        ),
        (
            'a"; evil=\\x.jpg',
            "attachment; filename=\"a_; evil=_x.jpg\"; filename*=UTF-8''a%22%3B%20evil%3D%5Cx.jpg",
        ),
    ],
)
def test_a_users_file_name_cannot_leave_its_place(name: str, expected: str) -> None:
    assert attachment(name) == expected


def test_the_language_is_written_where_it_is_known() -> None:
    assert texts(Metadata(title="A", tags=("x",), language="de"), {}) == Texts(
        title="A", keywords=("x",), language="de"
    )
    assert texts(Metadata(title="A"), {}).language is None


def test_what_a_person_emptied_leaves_the_file_and_nothing_else_does() -> None:
    machine, person = Provenance("heuristic"), Provenance("human")
    written = texts(
        Metadata(title="A", alt_text="B"),
        {"title": person, "alt_text": machine, "caption": person, "description": machine, "tags": person},
    )

    assert written == Texts(title="A", alt_text="B", cleared=frozenset({"caption", "keywords"}))


@pytest.mark.parametrize("source", ["human", "ai"])
def test_a_decorative_image_has_no_alt_text_in_its_file(source: Source) -> None:
    written = texts(Metadata(alt_text="B", decorative=True), {"alt_text": Provenance(source)})

    assert (written.alt_text, written.cleared) == ("", frozenset({"alt_text"}))


def test_a_caption_that_its_owner_emptied_is_not_in_the_copy(product: Product, downloads: Downloads) -> None:
    image = described(product)
    original = draw("beach", size=(32, 24), title="Of the camera", caption="Of the camera", keywords=("own",))
    product.s3.objects[ORIGINALS, f"{USER}/{image}"] = original
    edit = MetadataEdit(version=1, caption="", tags=[], decorative=True)
    product.library.edit(USER, image, edit)

    downloads.link(USER, image, embed=True)

    found = inspect(product.s3.objects[DERIVED, f"copies/{USER}/{image}/2"]).embedded
    assert inspect(original).embedded.caption == "Of the camera"
    assert (found.caption, found.alt_text, found.keywords) == (None, None, ())
    assert found.title == product.record(image).metadata.title
