"""Bulk jobs: from the choice of images over pause and resume to taking it all back."""

from datetime import timedelta
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from gloss.quota.accounts import Accounts
from gloss.quota.plans import Plans
from gloss.quota.service import Ledger
from tests.e2e.conftest import NewVisitor
from tests.e2e.visitor import Visitor
from tests.integration.person import Person, data
from tests.libraries import fill
from tools.local_stack import LocalStack

IMAGES: Final = 10
CREDITS: Final = 6
"""Fewer than images, so that the job stops in between, whatever the machine's pace."""


WORKED_MS: Final = 60_000
"""What the pipeline is given, as in the integration tests."""


class Librarian:
    """Ann, with a library and too few credits for it."""

    def __init__(self, stack: LocalStack, ann: Person) -> None:
        self._account = ann.id
        self._ledger = Ledger(stack.access.client("dynamodb"), stack.outputs["LedgerTable"], Plans.load())
        self._accounts = Accounts(stack.access.client("dynamodb"), stack.outputs["LedgerTable"], Plans.load())
        fill(stack.access.client("dynamodb"), stack.outputs["ImagesTable"], ann.id, IMAGES)
        self._set_aside(ann.credits().remaining - CREDITS)

    def _set_aside(self, amount: int) -> None:
        self._ledger.reserve(
            self._account, "images", ["aside"], amount=amount, ttl=timedelta(days=1), actor="t", reason="t"
        )

    def get_credits(self) -> None:
        self._accounts.grant(
            self._account, "images", "more", IMAGES, expires_at=None, priority=0, actor="t", reason="t"
        )


@pytest.fixture
def librarian(stack: LocalStack, ann: Person) -> Librarian:
    return Librarian(stack, ann)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def status(page: Page, name: str) -> Locator:
    return page.locator("main").get_by_text(name, exact=True).first


def figure(page: Page, name: str) -> Locator:
    """The number below its name."""
    return page.locator("main").get_by_text(name, exact=True).first.locator("xpath=following-sibling::*[1]")


def test_a_job_is_estimated_paused_resumed_and_taken_back(librarian: Librarian, visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Bulk jobs").click()
    expect(page.get_by_text("No bulk jobs yet")).to_be_visible()
    assert visitor.inaccessible() == []
    press(page, "New bulk job")
    page.get_by_role("radio", name="Images with missing texts").check()
    assert visitor.inaccessible() == []
    press(page, "Next")
    assert visitor.inaccessible() == []
    press(page, "Next")
    expect(figure(page, "Will be described")).to_have_text(str(IMAGES))
    expect(page.get_by_text("You don’t have enough uploads")).to_be_visible()
    assert visitor.inaccessible() == []
    press(page, "Start the job")

    expect(page.get_by_text("The job is out of uploads")).to_be_visible()
    press(page, "Pause")
    expect(page.get_by_text("The job is paused", exact=True)).to_be_visible()
    expect(figure(page, "Waiting")).to_have_text(str(IMAGES - CREDITS))
    librarian.get_credits()
    press(page, "Resume")
    expect(status(page, "Complete")).to_be_visible(timeout=WORKED_MS)
    expect(figure(page, "Done")).to_have_text(str(IMAGES))
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "100")
    assert visitor.inaccessible() == []

    with page.expect_download() as started:
        press(page, "Download CSV")
    assert started.value.path().read_text().count(",done,") == IMAGES

    press(page, "Undo job")
    expect(page.get_by_role("dialog")).to_contain_text("Uploads that were used are not returned")
    page.get_by_role("dialog").get_by_role("button", name="Undo job").click()
    expect(status(page, "Undone")).to_be_visible(timeout=WORKED_MS)
    expect(page.get_by_text(f"{IMAGES} images undone")).to_be_visible()
    expect(page.get_by_role("grid", name="Images").get_by_text("Undone").first).to_be_visible()


def test_a_job_is_nobody_elses(stack: LocalStack, ann: Person, ben: Person, new_visitor: NewVisitor) -> None:
    fill(stack.access.client("dynamodb"), stack.outputs["ImagesTable"], ann.id, 1)
    job = data(ann.http.post("/jobs", json={}), 202)["id"]
    visitor = new_visitor()
    visitor.sign_in(ben.email)
    visitor.page.get_by_role("link", name="Bulk jobs").click()
    expect(visitor.page.get_by_text("No bulk jobs yet")).to_be_visible()
    visitor.page.goto(f"/jobs/{job}")
    expect(visitor.page.get_by_text("This job does not exist")).to_be_visible()
