"""Somebody in front of the console."""

from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from tests.integration.person import PASSWORD

DESKTOP: Final = {"width": 1366, "height": 900}
PHONE: Final = {"width": 390, "height": 844}
DEADLINE_MS: Final = 30_000
AXE: Final = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"

AXE_OPTIONS: Final = "{resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}"
"""Targets of 24 pixels are WCAG 2.2 AA, and off in axe unless asked for."""

expect.set_options(timeout=DEADLINE_MS)


class Visitor:
    """A browser profile with one page open. What goes wrong in the page is kept in ``faults``."""

    def __init__(self, browser: Browser, console: str, *, dark: bool = False, phone: bool = False) -> None:
        self.context = browser.new_context(
            base_url=console,
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]  # playwright's own TypedDict
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            has_touch=phone,
        )
        self.context.set_default_timeout(DEADLINE_MS)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        # A refusal of the API is also written to the console by the browser; the page deals with it.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text[:300])

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        self.page.goto("/")
        self.page.get_by_label("Email address").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.heading("Library")).to_be_visible()

    def choose(self, menu: str, entry: str) -> None:
        """Pick from a menu of the top bar."""
        self.page.get_by_role("button", name=menu).click()
        self.page.get_by_role("menuitem", name=entry).click()

    def heading(self, name: str) -> Locator:
        return self.page.get_by_role("heading", name=name).first

    def inaccessible(self) -> list[str]:
        """What axe finds serious or worse on the page as it is."""
        self.page.evaluate(AXE.read_text())
        found: dict[str, Any] = self.page.evaluate(f"axe.run(document, {AXE_OPTIONS})")
        return [
            f"{violation['id']}: {node['html'][:200]}"
            for violation in found["violations"]
            if violation["impact"] in {"serious", "critical"}
            for node in violation["nodes"]
        ]

    def leave(self) -> None:
        """Close the profile.

        Raises:
            AssertionError: a page had an error, or broke its own content security policy.
        """
        self.context.close()
        assert not self.faults, self.faults
