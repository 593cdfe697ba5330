"""The main job: a picture goes in, metadata comes out, one credit is spent."""

import io

import httpx
import pytest
from PIL import Image

from tests.integration.backstage import Backstage
from tests.integration.person import MEDIA_TYPES, Person, Picture, data, pictures


def fetched(link: str) -> Image.Image:
    """The JPEG behind a link of an image; links work without a token."""
    answer = httpx.get(link, timeout=30)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.format == "JPEG"
    return picture


@pytest.mark.parametrize("format_", MEDIA_TYPES)
def test_a_picture_of_every_format_ends_complete_and_costs_one_credit(
    ann: Person, backstage: Backstage, format_: str
) -> None:
    picture = Picture.drawn("beach", format_=format_, size=(1000, 500))
    before = ann.credits()

    (upload,) = ann.upload(picture)
    (image,) = ann.settled([upload])

    assert (image["status"], image["version"], image["failure"]) == ("complete", 1, None)
    assert image["facts"]["format"] == ("HEIC" if format_ == "HEIF" else format_.replace("WEBP", "WebP"))
    assert (image["facts"]["width"], image["facts"]["height"]) == (1000, 500)
    assert image["metadata"]["title"]
    assert image["metadata"]["altText"]
    assert len(image["palette"]) == 5
    assert sum(swatch["share"] for swatch in image["palette"]) == pytest.approx(1, abs=0.01)
    assert fetched(image["links"]["thumbnail"]).size == (200, 100)
    assert fetched(image["links"]["preview"]).size == (768, 384)
    assert httpx.get(image["links"]["original"], timeout=30).content == picture.data
    assert ann.credits() == before.after(used=1)
    assert backstage.journal(ann.id, f"upload-{upload}") == ["reserve", "commit"]
    assert backstage.versions(ann.id, upload) == [1]


def test_a_heif_without_a_brand_of_its_own_is_taken_under_its_own_media_type(ann: Person) -> None:
    heic = Picture.drawn("beach", format_="HEIF", size=(200, 100)).data
    generic = heic.replace(b"ftypheic", b"ftypmif1", 1)
    assert generic != heic

    (image,) = ann.settled(ann.upload(Picture("beach.heif", "image/heif", generic)))

    assert (image["status"], image["facts"]["format"], image["contentType"]) == (
        "complete",
        "HEIF",
        "image/heif",
    )
    assert fetched(image["links"]["thumbnail"]).size == (200, 100)


def test_what_the_file_says_of_itself_is_kept_and_marked_as_embedded(ann: Person) -> None:
    picture = Picture.drawn(
        "sunset", title="Evening at Sylt", caption="The last light of the day.", keywords=("sylt", "dunes")
    )

    (image,) = ann.settled(ann.upload(picture))

    assert image["metadata"]["title"] == "Evening at Sylt"
    assert image["metadata"]["caption"] == "The last light of the day."
    assert {"sylt", "dunes"} <= set(image["metadata"]["tags"])
    assert {image["provenance"][name]["source"] for name in ("title", "caption", "tags")} == {"embedded"}


def test_what_nobody_said_is_marked_as_a_guess(ann: Person) -> None:
    (image,) = ann.settled(ann.upload(Picture.drawn("forest")))

    assert set(image["provenance"]) == {"title", "altText", "caption", "description", "tags"}
    assert {origin["source"] for origin in image["provenance"].values()} == {"heuristic"}
    assert {origin["provider"] for origin in image["provenance"].values()} == {"heuristic"}


def test_a_picture_that_lies_on_its_side_stands_upright(ann: Person) -> None:
    (image,) = ann.settled(ann.upload(Picture.drawn("skyline", size=(400, 200), orientation=6)))

    assert (image["facts"]["width"], image["facts"]["height"]) == (200, 400)
    assert fetched(image["links"]["thumbnail"]).size == (100, 200)


def test_a_whole_batch_ends_complete_and_costs_a_credit_each(ann: Person, backstage: Backstage) -> None:
    before = ann.credits()

    uploads = ann.upload(*pictures(25))
    images = ann.settled(uploads, deadline_s=120)

    assert {image["status"] for image in images} == {"complete"}
    assert ann.credits() == before.after(used=25)
    listed = data(ann.http.get("/images", params={"limit": 100}))["images"]
    assert [image["id"] for image in listed] == sorted(uploads, reverse=True)
    assert all(backstage.versions(ann.id, upload) == [1] for upload in uploads)


def test_credits_are_set_aside_from_the_start_and_refused_when_there_are_none(
    ann: Person, backstage: Backstage
) -> None:
    before = ann.credits()
    batch = pictures(25)
    for _ in range(4):
        ann.start(*batch)
    assert ann.credits() == before.after(held=100)

    refused = ann.http.post("/uploads", json={"files": [batch[0].announced()]})

    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "QUOTA_EXCEEDED"
    assert refused.json()["error"]["details"]["remaining"] == 0
    assert ann.credits() == before.after(held=100)


def test_all_of_a_batch_or_nothing(ann: Person) -> None:
    batch = pictures(25)
    for _ in range(3):
        ann.start(*batch)
    ann.start(*batch[:20])
    before = ann.credits()
    assert before.remaining == 5

    refused = ann.http.post("/uploads", json={"files": [picture.announced() for picture in batch[:6]]})

    assert refused.status_code == 403
    assert ann.credits() == before
    assert len(ann.start(*batch[:5])) == 5


def test_an_image_is_complete_within_seconds_of_its_upload(ann: Person) -> None:
    ann.settled(ann.upload(Picture.drawn(seed=1)))

    ann.settled(ann.upload(Picture.drawn(seed=2)), deadline_s=10)
