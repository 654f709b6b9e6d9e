"""A real browser for tests: the distribution's Chromium, driven by Playwright; and what is wrong on any page.

Nothing is downloaded: where no Chromium is installed the tests are skipped, and the summary says so loudly.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

GIVEN = "TIEXI_TEST_CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Of the arguments of one name the last counts, so that Playwright's own are said again; with them what the browser makes
# in each new window for its own address line: two more pages, which cost more than those of the portal.
_WITHOUT = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
    "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter",
    "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch", "TcpPortRandomizationWin",
    "ThirdPartyStoragePartitioning",
)  # fmt: skip
# the result of a rule that is kept is described node by node, which is most of its time: what passes is not asked for
_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
_WATCH = """
document.addEventListener('securitypolicyviolation', event =>
  console.error('CSP-VIOLATION ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));
"""
# A page as what it is made of, in order: elements with classes, attributes and whether they hold text. Equal rows count once.
_DRAWN = """() => {
  const drawn = one => {
    const own = [...one.attributes].map(each =>
      /^(role|type|lang|scope|tabindex|aria-(hidden|current|expanded|live|invalid))$/.test(each.name) ? each.name + '=' + each.value : each.name);
    const text = [...one.childNodes].some(each => each.nodeType === 3 && each.data.trim());
    const inner = [...one.children].map(drawn).filter((each, at, all) => each !== all[at - 1]);
    return one.tagName + '.' + one.className + '[' + own.sort() + ']' + (text ? '+' : '') + '{' + inner.join() + '}';
  };
  return innerWidth + drawn(document.body);
}"""
_sound: set[str] = set()  # pages, drawn so, in which axe found nothing


class Unavailable(Exception):
    """There is no browser, and why."""


def executable() -> Path:
    """The browser's program."""
    given = os.environ.get(GIVEN)
    found = given or next((path for name in _NAMES if (path := shutil.which(name))), None)
    if not found:
        raise Unavailable(f"no Chromium on this machine, and {GIVEN} is not set")
    return Path(found)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser without a window."""
    program = executable()
    arguments = ["--lang=zh-CN", f"--disable-features={','.join(_WITHOUT)}"]
    if os.getuid() == 0:
        arguments += ["--no-sandbox", "--disable-dev-shm-usage"]
    chinese = {**os.environ, "LANGUAGE": "zh_CN"}  # its own words in pictures, where its translations are installed
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=arguments, env=chinese)
        yield browser
        browser.close()


@dataclass
class Seat:
    """One person's browser: a page, and what was wrong on any page that it showed."""

    context: BrowserContext
    page: Page
    base: str
    scripts: bool
    wrong: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)  # paths of the pages that were looked at
    _looked_at: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def take(cls, browser: Browser, base: str, scripts: bool = True, width: int = 1366) -> "Seat":
        """Opens a fresh profile."""
        context = browser.new_context(
            java_script_enabled=scripts, locale="zh-CN", viewport={"width": width, "height": 768}, accept_downloads=True
        )
        page = context.new_page()
        page.set_default_timeout(60_000)  # on a machine that does much else
        seat = cls(context, page, base, scripts)
        if scripts:
            page.add_init_script(_WATCH)
        page.on("console", lambda message: seat._heard(message.type, message.text))
        page.on("pageerror", lambda error: seat.wrong.append(f"{page.url}: {error}"))
        page.on("response", seat._answered)
        page.on("request", lambda request: seat._asked(request.url))
        return seat

    def _heard(self, kind: str, text: str) -> None:
        if "CSP-VIOLATION" in text or "Content Security Policy" in text or "Content-Security-Policy" in text:
            self.wrong.append(f"{self.page.url}: {text[:300]}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:", "about:")):
            self.wrong.append(f"{self.page.url} asks {url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.wrong.append(f"{response.request.method} {response.url}: {response.status}")

    def go(self, path: str) -> Response:
        """Opens an address of the portal and looks at the page."""
        answer = self.page.goto(self.base + path)
        assert answer is not None
        self.look()
        return answer

    def look(self) -> None:
        """axe over the page as it stands, and what every page must have: once per address and heading.

        axe goes by what a page is made of: one that is made as another is not looked at again, whoever sees it.
        """
        page = self.page
        page.wait_for_load_state()  # a click waits for no more than the answer's beginning
        heading = page.locator("h1")
        if heading.count() != 1:
            self.wrong.append(f"{page.url}: {heading.count()} h1")
            return
        place = page.url.partition("?")[0], heading.inner_text()
        self.places.add(place[0].removeprefix(self.base))
        if place in self._looked_at:
            return
        self._looked_at.add(place)
        if not self.scripts:
            return
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            self.wrong.append(f"{page.url}: wider than the window")
        if (drawn := page.evaluate(_DRAWN)) in _sound:
            return
        found = Axe().run(page, options=_RULES).response["violations"]
        if not found:
            _sound.add(drawn)
        for one in found:
            nodes = "; ".join(node["html"][:200] for node in one["nodes"][:3])
            self.wrong.append(f"{page.url}: axe {one['id']} ({one['help']}): {nodes}")

    def sends_it_empty(self, path: str, button: str, field: str) -> None:
        """Sends a form with nothing in it, by the keyboard alone: it comes back, told in the title, with the focus on what is
        wrong, from where a key leads to the field."""
        self.go(path)
        self.page.get_by_role("button", name=button, exact=True).last.focus()
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.look()
        inside = self.page.evaluate("document.activeElement.closest('.errors') !== null")
        inside = inside and self.page.title().startswith("错误：")
        links = self.page.locator(f".errors a[href='#{field}']")
        if not inside or links.count() != 1:
            self.wrong.append(f"{path}: what is wrong has not the focus, or leads not to {field}: {self.page.title()}")
            return
        self.tab_to(".errors a", links.inner_text())
        self.page.keyboard.press("Enter")
        if self.page.evaluate("document.activeElement.id") != field:
            self.wrong.append(f"{path}: what is wrong with {field} leads elsewhere")

    def tab_to(self, selector: str, text: str = "") -> None:
        """Presses Tab until the focus is there; each stop on the way shows that it has the focus."""
        for _ in range(120):
            self.page.keyboard.press("Tab")
            found = self.page.evaluate(
                """([selector, text]) => { const at = document.activeElement; const style = getComputedStyle(at);
                return [at.matches(selector) && at.innerText.includes(text), at.tagName,
                style.outlineStyle !== 'none' || style.boxShadow !== 'none', at.getBoundingClientRect().height] }""",
                [selector, text],
            )
            if found[1] != "BODY" and not found[2]:
                self.wrong.append(f"{self.page.url}: the focus cannot be seen on {found}")
            if found[0]:
                return
        raise AssertionError(f"Tab never comes to {selector} {text}")

    def press(self, name: str) -> None:
        """Presses the button of that name and looks at what comes."""
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.page.wait_for_load_state()
        self.look()

    def fill(self, **fields: str) -> None:
        """Fills fields by their names."""
        for name, value in fields.items():
            self.page.locator(f"[name={name}]").first.fill(value)

    def text(self) -> str:
        """What a person reads on the page."""
        return self.page.locator("body").inner_text()

    def leave(self) -> None:
        """Closes the profile."""
        self.context.close()
