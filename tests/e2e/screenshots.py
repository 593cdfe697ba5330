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
from tests.integration.person import Person, Picture, data
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


PAGES: Final[Mapping[str, Callable[[Page], None]]] = {
    "library": library,
    "search": search,
    "image": image,
    "regenerate": regenerate,
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


def picture(path: Path) -> Picture:
    ending = path.suffix.lstrip(".")
    return Picture(path.name, f"image/{MEDIA_TYPES.get(ending, ending)}", path.read_bytes())


@pytest.mark.parametrize(("dark", "phone"), list(itertools.product([False, True], repeat=2)))
def test_every_page_is_pictured(new_visitor: NewVisitor, owner: Person, dark: bool, phone: bool) -> None:
    visitor = new_visitor(dark=dark, phone=phone)
    visitor.sign_in(owner.email)
    for name, show in PAGES.items():
        show(visitor.page)
        visitor.page.wait_for_load_state("networkidle")
        assert visitor.inaccessible() == [], name
        save(visitor, f"{name}-{'phone' if phone else 'desktop'}-{'dark' if dark else 'light'}")


def save(visitor: Visitor, name: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with Image.open(io.BytesIO(visitor.page.screenshot())) as shot:
        shot.save(FOLDER / f"{name}.webp", quality=82, method=6)
