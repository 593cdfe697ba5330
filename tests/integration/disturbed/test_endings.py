"""How an upload ends without metadata: cancelled, never sent, or a file that cannot be processed."""

import io
import zipfile
from datetime import timedelta
from math import inf

import pytest

from gloss.ids import new_id
from gloss.images import objects
from gloss.images.objects import ObjectStore
from tests.integration.backstage import Backstage
from tests.integration.person import Person, Picture, data, error, pictures, send
from tests.integration.rights import Rights
from tests.tiff_structures import structure
from tools.local_engine import wait_for
from tools.local_stack import LocalStack

JPEG = "image/jpeg"


def test_cancelling_before_the_file_gives_the_credit_back_at_once(ann: Person) -> None:
    before = ann.credits()
    (form,) = ann.start(Picture.drawn())
    assert ann.credits() == before.after(held=1)

    first, again = (ann.http.delete(f"/uploads/{form['id']}") for _ in range(2))

    assert data(first) == data(again) == {"id": form["id"], "status": "cancelled"}
    assert ann.credits() == before
    assert ann.image(form["id"])["status"] == "cancelled"


def test_a_file_that_comes_after_the_cancellation_is_removed_and_not_worked_on(
    ann: Person, backstage: Backstage
) -> None:
    before = ann.credits()
    picture = Picture.drawn()
    (form,) = ann.start(picture)
    data(ann.http.delete(f"/uploads/{form['id']}"))

    assert send(form, picture).status_code == 204

    assert wait_for(lambda: not backstage.has_original(ann.id, form["id"]), 60)
    assert ann.image(form["id"])["status"] == "cancelled"
    assert backstage.versions(ann.id, form["id"]) == []
    assert ann.credits() == before


def test_cancelling_while_the_file_is_worked_on_is_refused_or_final(
    ann: Person, backstage: Backstage
) -> None:
    """A race on purpose: either the cancellation wins and the credit is back, or the image gets done."""
    before = ann.credits()
    uploads = ann.upload(*pictures(5))
    answers = {upload: ann.http.delete(f"/uploads/{upload}").status_code for upload in uploads}

    images = {image["id"]: image["status"] for image in ann.settled(uploads)}

    assert set(answers.values()) <= {200, 409}
    assert images == {
        upload: "cancelled" if status == 200 else "complete" for upload, status in answers.items()
    }
    assert ann.credits() == before.after(used=list(images.values()).count("complete"))


def test_an_ended_upload_cannot_be_cancelled(ann: Person) -> None:
    (upload,) = ann.upload(Picture.drawn())
    ann.settled([upload])

    assert error(ann.http.delete(f"/uploads/{upload}"), 409)["code"] == "CONFLICT"


def test_an_upload_that_never_comes_is_cancelled_by_the_sweep_after_its_window(
    ann: Person, backstage: Backstage
) -> None:
    before = ann.credits()
    (form,) = ann.start(Picture.drawn())
    backstage.sweep()
    assert ann.image(form["id"])["status"] == "pending"

    backstage.make_due(ann.id, form["id"])
    backstage.sweep()
    backstage.sweep()

    image = ann.image(form["id"])
    assert (image["status"], image["failure"]["code"]) == ("cancelled", "UPLOAD_NOT_SENT")
    assert ann.credits() == before
    assert backstage.journal(ann.id, f"upload-{form['id']}") == ["reserve", "release"]


def half(data_: bytes) -> bytes:
    return data_[: len(data_) // 2]


DRAWN = Picture.drawn("flowers", size=(400, 300)).data


def polyglot() -> bytes:
    """A picture to the eye, a ZIP to whoever reads it from the end."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("payload.txt", "x" * 100)
    return DRAWN + archive.getvalue()


def scratched() -> bytes:
    """A PNG whose chunks are in order, but not the pixels in them."""
    whole = Picture.drawn("flowers", format_="PNG", size=(60, 40)).data
    third = len(whole) // 3
    return whole[:third] + bytes(third) + whole[2 * third :]


REJECTED = {
    "truncated": (half(DRAWN), JPEG, "TRUNCATED_IMAGE"),
    "scratched": (scratched(), "image/png", "CORRUPT_IMAGE"),
    "text": (b"This is no picture at all.", JPEG, "UNSUPPORTED_FORMAT"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", "UNSUPPORTED_FORMAT"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj<<>>endobj", "image/png", "UNSUPPORTED_FORMAT"),
    "polyglot": (polyglot(), JPEG, "FOREIGN_CONTENT"),
    "other type": (DRAWN, "image/png", "CONTENT_TYPE_MISMATCH"),
    "broken TIFF": (structure({256: (11, [inf]), 257: (4, [1])}), "image/tiff", "TRUNCATED_IMAGE"),
}


@pytest.mark.parametrize("name", REJECTED)
def test_a_file_that_cannot_be_processed_fails_with_its_reason_and_costs_nothing(
    ann: Person, backstage: Backstage, name: str
) -> None:
    content, content_type, code = REJECTED[name]
    before = ann.credits()

    (upload,) = ann.upload(Picture("holiday.jpg", content_type, content))
    (image,) = ann.settled([upload])

    assert image["status"] == "failed"
    assert image["failure"]["code"] == code
    assert image["failure"]["message"]
    assert image["links"] == {}
    assert ann.credits() == before
    assert backstage.journal(ann.id, f"upload-{upload}") == ["reserve", "release"]
    assert backstage.versions(ann.id, upload) == []


def test_a_failed_image_is_not_looked_at_again(ann: Person, backstage: Backstage) -> None:
    (upload,) = ann.upload(Picture("x.jpg", JPEG, b"no picture"))
    (image,) = ann.settled([upload])

    backstage.announce(ann.id, upload)
    backstage.sweep()
    assert backstage.drained()

    assert ann.image(upload)["updatedAt"] == image["updatedAt"]
    assert backstage.record(ann.id, upload).due_at is None


def test_the_form_takes_no_empty_and_no_bigger_file_than_announced(ann: Person) -> None:
    picture = Picture.drawn()
    (form,) = ann.start(picture)

    empty = send(form, Picture(picture.name, JPEG, b""))
    bigger = send(form, Picture(picture.name, JPEG, picture.data + b"x"))

    assert (empty.status_code, bigger.status_code) == (400, 400)
    assert "EntityTooSmall" in empty.text
    assert "EntityTooLarge" in bigger.text
    assert ann.image(form["id"])["status"] == "pending"


def test_a_form_that_has_expired_takes_nothing(
    stack: LocalStack, backstage: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = Picture.drawn()
    store = ObjectStore(Rights(stack, "UploadsApi").client("s3"), originals=stack.outputs["OriginalsBucket"])
    image = new_id()

    def sent(window: timedelta) -> int:
        monkeypatch.setattr(objects, "UPLOAD_WINDOW", window)
        form = store.upload_form("somebody", image, content_type=JPEG, size=len(picture.data))
        return send({"url": form.url, "fields": form.fields}, picture).status_code

    assert sent(timedelta(seconds=-1)) == 403
    assert not backstage.has_original("somebody", image)
    assert sent(timedelta(minutes=1)) == 204  # all else about it is right


def test_deleting_an_image_that_waits_gives_its_credit_back_and_a_finished_one_does_not(
    ann: Person, backstage: Backstage
) -> None:
    before = ann.credits()
    (waiting,) = ann.start(Picture.drawn())
    (finished,) = ann.upload(Picture.drawn())
    ann.settled([finished])
    data(ann.http.get(f"/images/{finished}/download", params={"embed": "xmp"}))
    assert backstage.has_copy(ann.id, finished)

    for image in (waiting["id"], finished):
        assert data(ann.http.delete(f"/images/{image}")) == {"id": image}
        assert error(ann.http.get(f"/images/{image}"), 404)["code"] == "IMAGE_NOT_FOUND"
        assert backstage.versions(ann.id, image) == []

        assert not backstage.has_original(ann.id, image)
        assert not backstage.has_derived(ann.id, image)
    assert not backstage.has_copy(ann.id, finished)
    assert ann.credits() == before.after(used=1)
