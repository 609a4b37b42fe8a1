"""One reader, three engines: Chromium and Firefox by Playwright, WebKit by Selenium.

Firefox is driven by WebDriver BiDi, which it speaks itself; WebKit is the one of GTK, which draws
on a display of its own. A story (`test_stories.py`) needs no more than what `Reader` offers.
"""

import os
import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright
from project import QuietHandler

# Where a browser is, by what Debian and other systems call it.
PROGRAMS = {
    "chromium": ("chromium", "google-chrome"),
    "firefox": ("firefox-esr", "firefox"),
    "webkit": ("WebKitWebDriver",),
    "display": ("Xvfb",),  # WebKit draws nothing without one
}
WINDOW = {"width": 1280, "height": 900}


class Reader(Protocol):
    """Somebody who reads pages in a window of their own."""

    def open(self, url: str) -> None:
        """Open a page and wait until it has loaded."""

    def evaluate(self, script: str) -> Any:
        """Evaluate an expression of JavaScript in the page, or wait for what it promises."""

    def click(self, selector: str) -> None:
        """Click on the first element that a selector finds, once it can be seen."""

    def type(self, text: str) -> None:
        """Type into what has the focus."""

    def press(self, keys: str) -> None:
        """Press a key, or several at once: `Control+a`."""

    def picture(self) -> bytes:
        """Take a picture of the window, as PNG."""


def wait(reader: Reader, expression: str, seconds: float = 20) -> Any:
    """Wait until an expression is true in the page, and return what it is then."""
    end = time.monotonic() + seconds
    while not (value := reader.evaluate(expression)):
        assert time.monotonic() < end, f"after {seconds} s still not: {expression}"
        time.sleep(0.05)
    return value


def come_to(explorable: Locator) -> None:
    """Move the pointer, as a reader does, scroll to an explorable, and wait until it is alive."""
    explorable.page.mouse.move(2, 2)
    explorable.scroll_into_view_if_needed()
    explorable.locator(".explorable-live svg").wait_for()


# True once what a page is now is on the screen too: a picture taken before may be of what it was.
PAINTED = """new Promise(done =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0, true))))"""

# The same for a reader who is driven: the sign of life, and the scrolling.
COME = """(dispatchEvent(new Event('pointermove')),
    document.querySelector('.explorable').scrollIntoView())"""


class Played:
    """A reader by Playwright."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, url: str) -> None:
        self.page.goto(url)

    def evaluate(self, script: str) -> Any:
        return self.page.evaluate(script)

    def click(self, selector: str) -> None:
        self.page.locator(selector).first.click()

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def press(self, keys: str) -> None:
        self.page.keyboard.press(keys)

    def picture(self) -> bytes:
        return self.page.screenshot()


class Driven:
    """A reader by Selenium."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, url: str) -> None:
        self.driver.get(url)

    def evaluate(self, script: str) -> Any:
        kept = self.driver.execute_async_script(
            f"""const [done] = arguments;
            new Promise(resolve => resolve(({script}))).then(
                value => done({{ value }}), error => done({{ error: String(error) }}))"""
        )
        assert "error" not in kept, kept["error"]
        return kept.get("value")

    def click(self, selector: str) -> None:
        from selenium.webdriver import ActionChains

        seen = "e => e.checkVisibility({ visibilityProperty: true })"
        first = f"[...document.querySelectorAll({selector!r})].find({seen})"
        wait(self, f"{first} !== undefined")
        self.evaluate(
            f"{first}.scrollIntoView({{ block: 'center', behavior: 'instant' }})"
        )
        element = self.driver.execute_script(f"return {first}")
        ActionChains(self.driver).click(element).perform()

    def type(self, text: str) -> None:
        from selenium.webdriver import ActionChains, Keys

        ActionChains(self.driver).send_keys(text.replace("\n", Keys.ENTER)).perform()

    def press(self, keys: str) -> None:
        from selenium.webdriver import ActionChains, Keys

        *held, key = [
            getattr(Keys, name.upper().replace("ARROW", "ARROW_"), name)
            for name in keys.split("+")
        ]
        chain = ActionChains(self.driver)
        for name in held:
            chain.key_down(name)
        chain.send_keys(key)
        for name in held:
            chain.key_up(name)
        chain.perform()

    def picture(self) -> bytes:
        return bytes(self.driver.get_screenshot_as_png())


def find(program: str) -> str:
    """Find a program of a browser. Where there is none the test is skipped, except in CI."""
    for name in PROGRAMS[program]:
        if path := shutil.which(name):
            return path
    missing = (
        f"no {PROGRAMS[program][0]} found: install it to read the site in {program}"
    )
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


def launch(playwright: Playwright, engine: str) -> Browser:
    """Start Chromium or Firefox, without a window."""
    path = find(engine)
    if engine == "firefox":
        firefox = playwright.firefox
        return firefox.launch(channel="moz-firefox", executable_path=path)
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@contextmanager
def webkit_driver(dark: bool = False) -> Iterator[Any]:
    """Start WebKit on a display that nobody sees."""
    from selenium import webdriver
    from selenium.webdriver.webkitgtk.service import Service

    display = subprocess.Popen(
        [find("display"), "-displayfd", "1", "-screen", "0", "1600x1200x24"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert display.stdout
    environment = {
        **os.environ,
        "DISPLAY": f":{display.stdout.readline().strip()}",
        "GDK_BACKEND": "x11",
        "GTK_THEME": "Adwaita:dark" if dark else "Adwaita",
    }
    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(
        next(Path("/usr").glob("lib*/**/webkit2gtk-4.*/MiniBrowser"))
    )
    options.add_argument("--automation")
    service = Service(find("webkit"), env=environment)
    try:
        with warnings.catch_warnings(action="ignore"):  # of what Selenium itself does
            driver = webdriver.WebKitGTK(options=options, service=service)
        try:
            yield driver
        finally:
            driver.quit()
    finally:
        display.terminate()
        display.wait()
        display.stdout.close()


@contextmanager
def reading(engine: str, playwright: Playwright) -> Iterator[Reader]:
    """Give a reader in an engine."""
    if engine == "webkit":
        with webkit_driver() as driver:
            driver.set_window_size(WINDOW["width"], WINDOW["height"])
            yield Driven(driver)
        return
    browser = launch(playwright, engine)
    yield Played(browser.new_page(viewport=WINDOW))
    browser.close()


# Keeps what goes wrong in a page, from its first line on; WebKit's driver does not tell.
WATCH = """<script>
window.problems = [];
addEventListener("error", ({ message, target }) => problems.push(message ?? `no ${target.src ?? target.href}`), true);
addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
  problems.push(`${effectiveDirective} forbids ${blockedURI}`));
addEventListener("unhandledrejection", ({ reason }) => problems.push(String(reason)));
for (const kind of ["error", "warn"]) {
  const say = console[kind].bind(console);
  console[kind] = (...words) => { problems.push(words.join(" ")); say(...words); };
}
</script>"""


class WatchingHandler(QuietHandler):
    """Serve pages that keep what goes wrong in them, in `window.problems`."""

    def do_GET(self) -> None:
        """Send a file; a page begins with what watches it."""
        path = Path(self.translate_path(self.path))
        is_folder = path.is_dir() and self.path.partition("?")[0].endswith("/")
        page = path / "index.html" if is_folder else path
        if page.suffix != ".html" or not page.is_file():
            super().do_GET()
            return
        html = page.read_text("utf-8").replace("<head>", f"<head>{WATCH}", 1).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(html)))
        self.end_headers()
        self.wfile.write(html)
