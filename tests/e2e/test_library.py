"""The library: files come in by drop, complete while one looks, are searched, and belong to one user."""

import base64
import re

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.visitor import Visitor
from tests.integration.person import Person, Picture

BLANK = Picture("holiday.txt", "text/plain", b"no image")


def test_dropped_files_are_uploaded_and_complete_while_one_looks(visitor: Visitor) -> None:
    page = visitor.page
    assert visitor.inaccessible() == []
    drop(visitor, Picture.drawn("beach", seed=1), Picture.drawn("skyline", seed=2), BLANK)
    panel = page.get_by_role("region", name="Uploads")
    expect(panel).to_contain_text("1 file could not be uploaded")
    expect(panel).to_contain_text("Gloss cannot read this file.")
    expect(page.get_by_role("link", name=re.compile("Beach", re.IGNORECASE))).to_be_visible()
    expect(page.get_by_text("Without AI")).to_have_count(2)
    expect(page.get_by_role("link", name="98 of 100 uploads left")).to_be_visible()
    panel.get_by_role("button", name="Close uploads").click()
    expect(panel).to_be_hidden()
    assert visitor.inaccessible() == []


def test_the_library_is_found_by_words_by_color_and_by_status(visitor: Visitor, ann: Person) -> None:
    ann.settled(ann.upload(Picture.drawn("beach", seed=3), Picture.drawn("skyline", seed=4)))
    page = visitor.page
    cards = page.get_by_role("listitem").filter(has=page.get_by_role("checkbox"))
    expect(cards).to_have_count(2)
    page.get_by_role("searchbox").fill("beach")
    page.keyboard.press("Enter")
    expect(cards.first).to_contain_text(re.compile("Beach", re.IGNORECASE))
    expect(cards.first).to_contain_text("Words found in")
    page.get_by_role("button", name="Show everything").click()
    page.get_by_role("button", name="Status").click()
    page.get_by_role("option", name="Failed").click()
    expect(visitor.heading("No matching images")).to_be_visible()
    page.go_back()
    expect(cards).to_have_count(2)
    page.goto("/?color=101830")
    expect(cards.first).to_contain_text("of the image")
    assert visitor.inaccessible() == []


def test_several_images_are_selected_and_deleted(visitor: Visitor, ann: Person) -> None:
    ann.settled(ann.upload(*(Picture.drawn("flowers", seed=seed, size=(160, 120)) for seed in range(4))))
    page = visitor.page
    boxes = page.get_by_role("checkbox", name="Select")
    expect(boxes).to_have_count(4)
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.get_by_role("region", name="3 images selected")).to_be_visible()
    assert visitor.inaccessible() == []
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete 3 images?")
    dialog.get_by_role("button", name="Delete").click()
    expect(boxes).to_have_count(1)


def test_nobody_sees_anothers_images(
    visitor: Visitor, new_visitor: NewVisitor, ann: Person, ben: Person
) -> None:
    (image,) = ann.upload(Picture.drawn("beach", seed=5))
    ann.settled([image])
    expect(
        visitor.page.get_by_role("listitem").filter(has=visitor.page.get_by_role("checkbox"))
    ).to_have_count(1)
    other = new_visitor(phone=True, dark=True)
    other.sign_in(ben.email)
    expect(other.heading("Your library is empty")).to_be_visible()
    other.page.goto(f"/images/{image}")
    expect(other.page.get_by_text("There is no such image.")).to_be_visible()
    assert other.inaccessible() == []


def drop(visitor: Visitor, *pictures: Picture) -> None:
    """Let go of files over the page, as a hand does."""
    files = [
        {"name": picture.name, "type": picture.content_type, "data": base64.b64encode(picture.data).decode()}
        for picture in pictures
    ]
    transfer = visitor.page.evaluate_handle(
        """files => {
            const transfer = new DataTransfer();
            for (const { name, type, data } of files) {
                const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
                transfer.items.add(new File([bytes], name, { type }));
            }
            return transfer;
        }""",
        files,
    )
    visitor.page.dispatch_event("body", "dragover", {"dataTransfer": transfer})
    expect(visitor.page.get_by_text("Drop images or folders to upload them")).to_be_visible()
    visitor.page.dispatch_event("body", "drop", {"dataTransfer": transfer})
