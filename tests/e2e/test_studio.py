"""The studio with the local provider: estimate, pictures that arrive by themselves, into the library."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.test_jobs import WORKED_MS, press
from tests.e2e.visitor import Visitor
from tests.integration.person import Person, Picture, data


def test_pictures_are_estimated_made_and_kept(
    ann: Person, ben: Person, visitor: Visitor, new_visitor: NewVisitor
) -> None:
    ann.settled(ann.upload(Picture.drawn("flowers")))
    page = visitor.page
    page.get_by_role("link", name="Studio").click()
    expect(page.get_by_text("No pictures yet")).to_be_visible()
    press(page, "Estimate")
    expect(page.get_by_text("Choose at least one product image.")).to_be_visible()
    page.get_by_role("link", name="Library", exact=True).click()
    page.get_by_role("checkbox", name=re.compile("^Select ")).first.check()
    press(page, "More")
    page.get_by_role("menuitem", name="Make new pictures").click()
    expect(page.get_by_role("checkbox", name=re.compile("^Use ")).first).to_be_checked()
    page.get_by_label("Describe what you want").fill("on a wooden table")
    assert visitor.inaccessible() == []

    press(page, "Estimate")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Make 1 picture?")
    expect(dialog).to_contain_text("This uses at most 110 tokens.")
    expect(dialog).to_contain_text("49,890 tokens are left")
    assert visitor.inaccessible() == []
    dialog.get_by_role("button", name="Generate").click()
    picture = page.get_by_role("img", name=re.compile("^Picture 1 of Studio"))
    expect(picture).to_be_visible(timeout=WORKED_MS)
    expect(page.get_by_text("Complete", exact=True)).to_be_visible()
    press(page, "Add to library")
    expect(page.get_by_role("link", name="In the library")).to_be_visible()
    assert visitor.inaccessible() == []
    (made,) = data(ann.http.get("/generations"))["generations"]
    assert made["pictures"][0]["imageId"]

    press(page, "Make more like this")
    dialog.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("Cancelled", exact=True).first).to_be_visible()

    other = new_visitor()
    other.sign_in(ben.email)
    other.page.get_by_role("link", name="Studio").click()
    expect(other.page.get_by_text("No pictures yet")).to_be_visible()
