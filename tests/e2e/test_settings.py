"""Settings and usage: texts, an own key with the scripted service, what it was used for, and who sees it."""

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.visitor import Visitor
from tests.integration.person import Person, Picture, data
from tests.servers import openai_script as script
from tests.servers.openai_server import OpenAiServer

SECRET: Final = "sk-own-9c2e7f41aa03-WXYZ"


@pytest.fixture
def server() -> Iterator[OpenAiServer]:
    with OpenAiServer(
        lambda call: None if call.key == SECRET else script.error(401, "invalid_api_key")
    ) as server:
        yield server


def test_preferences_are_kept_and_a_newer_version_is_not_overwritten(ann: Person, visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("Brand or organization").fill("Harbour Museum")
    page.get_by_label("Words to avoid").fill("stunning\nbreathtaking")
    page.get_by_role("radio", name="Only fill what is empty").check()
    assert visitor.inaccessible() == []
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Settings saved.")).to_be_visible()
    kept = data(ann.http.get("/settings"))
    assert (kept["context"]["brand"], kept["policy"]) == ("Harbour Museum", "only_empty")
    assert kept["context"]["avoid"] == ["stunning", "breathtaking"]

    data(ann.http.put("/settings", json={"version": kept["version"], "context": {"brand": "Elsewhere"}}))
    page.get_by_label("Tone").fill("plain")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The settings were changed elsewhere")).to_be_visible()
    page.get_by_role("button", name="Load the settings").click()
    expect(page.get_by_label("Brand or organization")).to_have_value("Elsewhere")

    page.get_by_role("tab", name="Schedule").click()
    page.get_by_label("Run a job regularly").check()
    assert visitor.inaccessible() == []
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Next job")).to_be_visible()
    assert data(ann.http.get("/settings"))["schedule"]["every"] == "weekly"
    for tab in ("Sources", "Webhook", "Plan"):
        page.get_by_role("tab", name=tab).click()
        assert visitor.inaccessible() == [], tab


def test_an_own_key_is_checked_used_accounted_for_and_never_shown(
    ann: Person, ben: Person, visitor: Visitor, new_visitor: NewVisitor, server: OpenAiServer
) -> None:
    page = visitor.page
    page.goto("/settings?tab=ai")
    key = page.get_by_label("API key")
    key.fill("sk-somebody-elses")
    page.get_by_label("Address").fill(server.base_url)
    page.get_by_role("button", name="Add key").click()
    expect(page.get_by_text("does not accept")).to_be_visible()
    key.fill(SECRET)
    page.get_by_role("button", name="Add key").click()
    expect(page.get_by_text("Ends in WXYZ")).to_be_visible()
    expect(key).to_have_value("")
    assert visitor.inaccessible() == []

    (image,) = ann.settled(ann.upload(Picture.drawn()))
    assert image["provenance"]["title"]["provider"] == "openai"
    page.get_by_role("link", name="Usage").click()
    expect(page.get_by_text("Plan: Free")).to_be_visible()
    page.get_by_role("tab", name="AI calls").click()
    expect(page.get_by_text("Your key")).to_be_visible()
    assert visitor.inaccessible() == []
    page.get_by_role("tab", name="Activity").click()
    expect(page.get_by_text("Reserved").first).to_be_visible()
    assert SECRET not in page.content()

    page.goto("/settings?tab=ai")
    page.get_by_role("button", name="Remove key").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove key").click()
    expect(page.get_by_text("Ends in WXYZ")).to_have_count(0)

    other = new_visitor()
    other.sign_in(ben.email)
    other.page.get_by_role("link", name="Usage").click()
    expect(other.page.get_by_text("No AI calls in this period")).to_be_visible()
    other.page.goto("/settings")
    expect(other.page.get_by_label("Brand or organization")).to_have_value("")
