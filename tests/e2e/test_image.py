"""One image: its texts, two people who edit them, its history, and regenerating them."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from tests.e2e.visitor import Visitor
from tests.integration.backstage import Backstage
from tests.integration.person import Person, Picture, data, error

QUESTION = "Regenerate metadata for this image?"
HOUR = timedelta(hours=1)


def test_an_edit_is_saved_and_restored(visitor: Visitor, ann: Person) -> None:
    page = opened(visitor, ann)
    save = page.get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    page.get_by_label("Title").fill("The old bridge")
    page.get_by_placeholder("Add a tag").fill("bridge, Bridge, river")
    page.keyboard.press("Enter")
    save.click()
    expect(page.get_by_role("heading", name="The old bridge", level=1)).to_be_visible()
    expect(page.get_by_text("You", exact=True).first).to_be_visible()
    page.get_by_role("button", name=re.compile("^History")).click()
    assert visitor.inaccessible() == []
    page.get_by_role("button", name="Restore version 1").click()
    expect(page.get_by_text("Version 1 is current again.")).to_be_visible()
    expect(page.get_by_role("heading", name="The old bridge", level=1)).to_be_hidden()


def test_two_who_edit_the_same_field_are_told(visitor: Visitor, ann: Person) -> None:
    page = opened(visitor, ann)
    page.get_by_label("Title").fill("Mine")
    image = page.url.rpartition("/")[2]
    data(
        ann.http.patch(f"/images/{image}/metadata", json={"version": 1, "title": "Theirs", "caption": "New"})
    )
    expect(page.get_by_text("The texts changed while you were editing")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Mine")
    expect(page.get_by_label("Caption")).to_have_value("New")
    assert visitor.inaccessible() == []
    page.get_by_role("button", name="Save my version").click()
    expect(page.get_by_role("heading", name="Mine", level=1)).to_be_visible()
    assert ann.image(image)["metadata"]["caption"] == "New"


def test_regenerating_asks_first_and_arrives_live(visitor: Visitor, ann: Person) -> None:
    page = opened(visitor, ann)
    page.get_by_role("button", name="Regenerate").click()
    dialog = page.get_by_role("dialog", name=QUESTION)
    expect(dialog).to_contain_text("This uses 1 of the available uploads.")
    expect(dialog).to_contain_text("99 of 100 uploads left this month.")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Regenerate").click()
    assert visitor.inaccessible() == []
    dialog.get_by_role("button", name="Language").click()
    page.get_by_role("option", name="German").click()
    dialog.get_by_role("button", name="Regenerate").click()
    expect(dialog).to_contain_text("name a provider that writes the language")
    dialog.get_by_role("button", name="Language").click()
    page.get_by_role("option", name="As in your settings").click()
    dialog.get_by_role("button", name="Existing texts").click()
    page.get_by_role("option", name="Replace what machines wrote").click()
    dialog.get_by_role("button", name="Regenerate").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name=re.compile("^History")).click()
    expect(page.get_by_role("region", name="Version 2")).to_contain_text("Regenerated")
    expect(page.get_by_role("button", name="Regenerate")).to_be_enabled()


def test_without_credits_the_refusal_is_told(visitor: Visitor, ann: Person, backstage: Backstage) -> None:
    page = opened(visitor, ann)
    page.get_by_role("button", name="Regenerate").click()
    expect(page.get_by_role("dialog", name=QUESTION)).to_contain_text("99 of 100")
    left = ann.credits().remaining
    backstage.ledger.reserve(ann.id, "images", ["all"], amount=left, ttl=HOUR, actor=ann.id, reason="test")
    dialog = page.get_by_role("dialog", name=QUESTION)
    expect(dialog).to_contain_text("You have no uploads left this month.")
    dialog.get_by_role("button", name="Regenerate").click()
    refusal = error(ann.http.post(f"/images/{page.url.rpartition('/')[2]}/regenerate", json={}), 403)
    expect(dialog).to_contain_text(refusal["message"])
    assert visitor.inaccessible() == []


def test_a_file_that_cannot_be_read_says_why(visitor: Visitor, ann: Person) -> None:
    broken = Picture("torn.jpg", "image/jpeg", Picture.drawn("beach").data[:2000])
    (image,) = ann.upload(broken)
    page = visitor.page
    page.goto(f"/images/{image}")
    failure = ann.settled([image])[0]["failure"]
    expect(page.get_by_text("Processing failed")).to_be_visible()
    expect(page.get_by_text(failure["message"])).to_be_visible()
    assert visitor.inaccessible() == []
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("dialog", name=QUESTION)).to_be_visible()


def opened(visitor: Visitor, ann: Person) -> Page:
    """The page of one new image, complete."""
    (image,) = ann.upload(Picture.drawn("beach", seed=7))
    ann.settled([image])
    visitor.page.goto(f"/images/{image}")
    expect(visitor.page.get_by_label("Title")).to_be_visible()
    return visitor.page
