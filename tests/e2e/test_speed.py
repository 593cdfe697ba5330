"""How quick the console feels, measured in the browser and printed; limits where they are promised."""

import itertools
import json
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.visitor import Visitor
from tests.integration.person import Person, Picture

MANY = 50_000
PAGE = 5_000

WATCH = """
    window.shifts = 0;
    window.interactions = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => {
        const entries = list.getEntries().filter((entry) => entry.interactionId);
        window.interactions.push(...entries.map((entry) => entry.duration));
    }).observe({ type: 'event', durationThreshold: 16, buffered: true });
"""
"""What Lighthouse measures as well: layout shifts, and how long interactions take to the next paint."""

SCROLL = """async () => {
    const frames = [];
    let before = performance.now();
    for (let step = 1; step <= 60; step++) {
        window.scrollTo(0, document.body.scrollHeight / 2 + step * 250);
        await new Promise(requestAnimationFrame);
        frames.push(performance.now() - before);
        before = performance.now();
    }
    return frames.sort((one, other) => one - other);
}"""


def test_first_paint_interaction_and_layout_shift(
    visitor: Visitor, ann: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    ann.settled(ann.upload(Picture.drawn("beach", seed=1), Picture.drawn("skyline", seed=2)))
    page = visitor.page
    page.add_init_script(WATCH)
    page.reload()
    page.get_by_role("link", name="Beach").click()
    expect(page.get_by_label("Title")).to_be_visible()
    page.get_by_label("Title").press_sequentially(" at noon")
    page.get_by_role("button", name="Regenerate").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    figures = {
        "first_contentful_paint_ms": round(first_paint(page)),
        "interaction_ms": max(page.evaluate("window.interactions"), default=0),
        "layout_shift": round(page.evaluate("window.shifts"), 3),
    }
    say(capsys, figures)
    # What Google calls good.
    assert figures["layout_shift"] < 0.1


def test_fifty_thousand_images_are_scrolled_smoothly(
    visitor: Visitor, capsys: pytest.CaptureFixture[str]
) -> None:
    page = visitor.page
    page.route("**/api/images?*", answer_page)
    page.reload()
    cards = page.get_by_role("listitem").filter(has=page.get_by_role("checkbox"))
    expect(cards.first).to_be_visible()
    for loaded in range(PAGE, MANY + 1, PAGE):
        expect(visitor.heading("Library")).to_contain_text(f"({loaded:,}")
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    frames = page.evaluate(SCROLL)
    figures = {
        "images": MANY,
        "cards_drawn": cards.count(),
        "frame_p50_ms": round(frames[len(frames) // 2], 1),
        "frame_p95_ms": round(frames[int(len(frames) * 0.95)], 1),
    }
    say(capsys, figures)
    assert figures["cards_drawn"] < 100
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    expect(page.get_by_text("Image 0", exact=True)).to_be_visible()


def say(capsys: pytest.CaptureFixture[str], figures: Mapping[str, float]) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\nconsole {json.dumps(figures)}\n")


def first_paint(page: Page) -> float:
    painted: float = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return painted


def answer_page(route: Route) -> None:
    """A part of a library that nobody has to upload: the newest first, then what lies behind the cursor."""
    query = parse_qs(urlsplit(route.request.url).query)
    if "since" in query:
        route.fulfill(json={"success": True, "data": {"images": [], "removed": [], "next": None}})
        return
    top = int(query.get("cursor", [str(MANY)])[0])
    images = [image(number) for number in itertools.islice(range(top - 1, -1, -1), PAGE)]
    left = top - len(images)
    route.fulfill(
        json={"success": True, "data": {"images": images, "removed": [], "next": str(left) if left else None}}
    )


def image(number: int) -> Mapping[str, Any]:
    texts = {"altText": "", "caption": "", "description": "", "tags": [], "decorative": False}
    return {
        "id": f"{number:08}",
        "status": "complete",
        "fileName": f"{number}.jpg",
        "contentType": "image/jpeg",
        "size": 1,
        "createdAt": "2026-11-20T12:00:00Z",
        "updatedAt": "2026-11-20T12:00:00Z",
        "version": 1,
        "attempt": 0,
        "metadata": {**texts, "title": f"Image {number}", "language": "en"},
        "provenance": {},
        "facts": {},
        "camera": {},
        "palette": [],
        "links": {},
    }
