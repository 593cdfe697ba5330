"""Queues deliver twice, late and out of order: one version, one credit."""

from gloss.images.model import Status
from tests.integration.backstage import Backstage
from tests.integration.person import Person, Picture, pictures, send


def assert_done_once(person: Person, backstage: Backstage, image: str) -> None:
    assert backstage.versions(person.id, image) == [1]
    assert backstage.journal(person.id, f"upload-{image}") == ["reserve", "commit"]


def test_an_event_that_comes_five_times_is_worked_on_once(ann: Person, backstage: Backstage) -> None:
    before = ann.credits()
    (upload,) = ann.upload(Picture.drawn())
    for _ in range(4):
        backstage.announce(ann.id, upload)

    ann.settled([upload])
    assert backstage.drained()

    assert_done_once(ann, backstage, upload)
    assert ann.credits() == before.after(used=1)


def test_events_and_messages_after_the_end_change_nothing(ann: Person, backstage: Backstage) -> None:
    (upload,) = ann.upload(Picture.drawn())
    (image,) = ann.settled([upload])

    for _ in range(3):
        backstage.announce(ann.id, upload)
        backstage.ask(ann.id, upload)
    assert backstage.drained()

    assert ann.image(upload)["updatedAt"] == image["updatedAt"]
    assert_done_once(ann, backstage, upload)


def test_a_message_before_the_object_does_not_spend_the_upload(ann: Person, backstage: Backstage) -> None:
    """Nobody but a bug or an attacker inside would send it; the user's picture still gets its metadata."""
    before = ann.credits()
    picture = Picture.drawn()
    (form,) = ann.start(picture)
    backstage.announce("nobody", form["id"])
    assert backstage.drained()
    assert backstage.record(ann.id, form["id"]).status is Status.PENDING

    send(form, picture)

    assert ann.settled([form["id"]])[0]["status"] == "complete"
    assert ann.credits() == before.after(used=1)


def test_one_event_about_several_objects_in_reverse_order(ann: Person, backstage: Backstage) -> None:
    uploads = ann.upload(*pictures(3))
    backstage.announce(ann.id, *reversed(uploads))

    ann.settled(uploads)
    assert backstage.drained()

    for upload in uploads:
        assert_done_once(ann, backstage, upload)


def test_the_same_file_sent_twice_with_one_form_is_worked_on_once(ann: Person, backstage: Backstage) -> None:
    before = ann.credits()
    picture = Picture.drawn()
    (form,) = ann.start(picture)
    assert send(form, picture).status_code == 204
    assert send(form, picture).status_code == 204

    ann.settled([form["id"]])
    assert backstage.drained()

    assert_done_once(ann, backstage, form["id"])
    assert ann.credits() == before.after(used=1)


def test_a_message_that_nobody_can_read_stays_in_the_queue_and_holds_up_no_other(
    ann: Person, backstage: Backstage
) -> None:
    backstage.sqs.send_message(QueueUrl=backstage.outputs["InteractiveQueue"], MessageBody="no JSON")

    (image,) = ann.settled(ann.upload(Picture.drawn()))

    assert image["status"] == "complete"
    assert not backstage.drained(deadline_s=1)
    backstage.forget_messages()
    assert backstage.drained()
