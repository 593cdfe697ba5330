"""Pictures of every page for the documentation: `make screenshots` writes them into docs/screenshots.

Not among the tests of every day, for they change the working copy. Each page is checked with axe on the way.
"""

import io
import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.visitor import Visitor
from tests.integration.person import DEADLINE_S, Person, Picture, data
from tests.servers.openai_server import OpenAiServer
from tools.local_engine import wait_for
from tools.local_stack import LocalStack
from tools.samples import draw_into

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
MEDIA_TYPES: Final = {"tif": "tiff", "jpg": "jpeg"}


def library(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("checkbox").first).to_be_visible()


def search(page: Page) -> None:
    page.goto("/?color=d68148")
    expect(page.get_by_text("of the image").first).to_be_visible()


def image(page: Page) -> None:
    page.goto("/?q=morning")
    page.get_by_role("link", name="Morning above").first.click()
    expect(page.get_by_role("heading", name="Similar images")).to_be_visible()


def regenerate(page: Page) -> None:
    image(page)
    page.get_by_role("button", name="Regenerate").click()
    expect(page.get_by_role("dialog")).to_contain_text("uploads left")


def jobs(page: Page) -> None:
    page.goto("/jobs")
    expect(page.get_by_text("Complete", exact=True).first).to_be_visible()


def job(page: Page) -> None:
    jobs(page)
    page.get_by_role("link", name="The whole library").click()
    expect(page.get_by_text("Done", exact=True).nth(1)).to_be_visible()


def new_job(page: Page) -> None:
    page.goto("/jobs/new")
    for _ in range(2):
        page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Will be described")).to_be_visible()


def studio(page: Page) -> None:
    page.goto("/studio")
    expect(page.get_by_role("img", name="Picture 1 of").first).to_be_visible()


def usage(page: Page) -> None:
    page.goto("/usage")
    expect(page.get_by_text("Average time")).to_be_visible()


def settings(page: Page) -> None:
    page.goto("/settings?tab=ai")
    expect(page.get_by_text("Ends in WXYZ")).to_be_visible()


def tab(name: str) -> Callable[[Page], None]:
    """A tab of the settings."""

    def show(page: Page) -> None:
        page.goto(f"/settings?tab={name}")
        expect(page.get_by_role("tabpanel").first).to_be_visible()

    return show


PAGES: Final[Mapping[str, Callable[[Page], None]]] = {
    "library": library,
    "search": search,
    "image": image,
    "regenerate": regenerate,
}
WORK: Final[Mapping[str, Callable[[Page], None]]] = {
    "jobs": jobs,
    "job": job,
    "new-job": new_job,
    "studio": studio,
    "usage": usage,
    "settings": settings,
    **{f"settings-{name}": tab(name) for name in ("texts", "sources", "schedule", "webhook", "plan")},
}


@pytest.fixture(scope="session")
def owner(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Somebody with the pictures of the demo."""
    person = Person(stack, email="ann@example.com")
    files = draw_into(tmp_path_factory.mktemp("pictures"))
    person.settled(person.upload(*map(picture, files)))
    data(person.http.get("/search/color", params={"hex": "d68148"}))
    yield person
    person.close()


@pytest.fixture(scope="session")
def planner(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Somebody who brought a key, let a job at the whole library and had pictures made."""
    person = Person(stack, email="ben@example.com")
    with OpenAiServer() as server:
        files = draw_into(tmp_path_factory.mktemp("work"))
        images = person.upload(*map(picture, files))
        person.settled(images)
        key = {"key": "sk-of-ben-1a2b3c4d-WXYZ", "baseUrl": server.base_url, "model": "gpt-5.4-mini"}
        data(person.http.put("/settings/provider-key", json=key))
        data(person.http.put("/settings", json={"version": 0, "provider": "openai"}))
        started = data(person.http.post("/jobs", json={}), 202)["id"]
        assert wait_for(lambda: data(person.http.get(f"/jobs/{started}"))["status"] == "complete", DEADLINE_S)
        asked = {"model": "local", "productImages": images[:2], "style": "studio", "count": 3}
        made = data(person.http.post("/generation/create", json=asked), 201)["generationId"]
        data(person.http.post("/generate", json={"generationId": made}), 202)
        shown = f"/generations/{made}"
        assert wait_for(lambda: data(person.http.get(shown))["status"] == "completed", DEADLINE_S)
    yield person
    person.close()


def picture(path: Path) -> Picture:
    ending = path.suffix.lstrip(".")
    return Picture(path.name, f"image/{MEDIA_TYPES.get(ending, ending)}", path.read_bytes())


LONG: Final = frozenset({"image", "usage", "settings"})
"""Pages whose lower part has things of its own to show."""
LOOKS: Final = list(itertools.product([False, True], repeat=2))


@pytest.mark.parametrize(("dark", "phone"), LOOKS)
def test_the_library_is_pictured(new_visitor: NewVisitor, owner: Person, dark: bool, phone: bool) -> None:
    take(new_visitor(dark=dark, phone=phone), owner, PAGES, look(dark, phone))


@pytest.mark.parametrize(("dark", "phone"), LOOKS)
def test_the_work_is_pictured(new_visitor: NewVisitor, planner: Person, dark: bool, phone: bool) -> None:
    take(new_visitor(dark=dark, phone=phone), planner, WORK, look(dark, phone))


def look(dark: bool, phone: bool) -> str:
    return f"{'phone' if phone else 'desktop'}-{'dark' if dark else 'light'}"


def take(visitor: Visitor, person: Person, pages: Mapping[str, Callable[[Page], None]], look: str) -> None:
    visitor.page.goto("/")
    expect(visitor.page.get_by_label("Email address")).to_be_visible()
    save(visitor, f"sign-in-{look}")
    visitor.sign_in(person.email)
    for name, show in pages.items():
        show(visitor.page)
        visitor.page.wait_for_load_state("networkidle")
        assert visitor.inaccessible() == [], name
        save(visitor, f"{name}-{look}", whole=name in LONG)


def save(visitor: Visitor, name: str, *, whole: bool = False) -> None:
    FOLDER.mkdir(exist_ok=True)
    with Image.open(io.BytesIO(visitor.page.screenshot(full_page=whole))) as shot:
        shot.save(FOLDER / f"{name}.webp", quality=82, method=6)
