"""Files come back as they were sent, or with their metadata inside."""

import httpx
import pytest

from gloss.imaging import inspect
from tests.integration.person import Person, Picture, data, error


def saved(link: dict[str, str]) -> httpx.Response:
    """What a browser gets that follows the link; it works without a token."""
    answer = httpx.get(link["url"], timeout=30)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    return answer


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_a_download_carries_the_current_metadata(ann: Person, format_: str) -> None:
    picture = Picture.drawn("sunset", format_=format_, size=(320, 240))
    (image,) = ann.settled(ann.upload(picture))
    text = {"title": "Dünen", "altText": "Dünen am Meer", "tags": ["Düne", "Meer"], "language": "de"}
    data(ann.http.patch(f"/images/{image['id']}/metadata", json={"version": 1, **text}))
    address = f"/images/{image['id']}/download"

    plain = data(ann.http.get(address))
    embedded = data(ann.http.get(address, params={"embed": "xmp"}))
    again = data(ann.http.get(address, params={"embed": "xmp"}))

    assert saved(plain).content == picture.data
    copy = saved(embedded)
    assert copy.headers["content-type"] == picture.content_type
    found = inspect(copy.content).embedded
    assert (found.title, found.alt_text, found.keywords) == ("Dünen", "Dünen am Meer", ("Düne", "Meer"))
    assert saved(again).content == copy.content
    assert (plain["embedded"], embedded["embedded"]) == (False, True)
    assert embedded["fileName"] == picture.name


def test_what_takes_no_metadata_is_refused_with_the_list(ann: Person) -> None:
    (image,) = ann.settled(ann.upload(Picture.drawn("beach", format_="GIF", size=(64, 64))))

    refusal = error(ann.http.get(f"/images/{image['id']}/download", params={"embed": "xmp"}), 415)

    assert refusal["code"] == "UNSUPPORTED_MEDIA_TYPE"
    assert refusal["details"]["accepted"] == ["image/jpeg", "image/png", "image/webp"]


def test_nobody_elses_files_and_no_other_forms(ann: Person, ben: Person) -> None:
    (image,) = ann.settled(ann.upload(Picture.drawn("beach", size=(64, 64))))
    address = f"/images/{image['id']}/download"

    assert error(ben.http.get(address), 404)["code"] == "IMAGE_NOT_FOUND"
    assert error(ann.http.get(address, params={"embed": "iptc"}), 400)["code"] == "VALIDATION_FAILED"
    pending = ann.start(Picture.drawn("beach", size=(64, 64)))[0]["id"]
    assert error(ann.http.get(f"/images/{pending}/download"), 409)["code"] == "CONFLICT"
