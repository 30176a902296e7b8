"""Headless Chromium that takes pictures and plays a reader; for people and tests, never a server.

It reaches nothing but this machine: every other name and address fails to resolve, so that a
picture shows what a mail itself brings along and nobody outside learns that it was looked at.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit
from urllib.request import url2pathname

from playwright.sync_api import BrowserContext, Error, Page, Route, sync_playwright

VARIABLE = "MILEPOST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PLACES = (Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),)
NO_IMAGES = "img-src 'none'"
PATIENCE_MS = 120_000  # nothing comes over a network: what takes long is a busy machine
MAX_DOTS = 16_000  # the height of a picture; Chromium can paint a little more in one piece

_ARGUMENTS = (
    "--disable-quic",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
)
_HEAD = re.compile(r"(?:<!doctype[^>]*>)?\s*(?:<html\b[^>]*>)?\s*(?:<head\b[^>]*>)?", re.IGNORECASE)
_HTML = "text/html; charset=utf-8"


class NoBrowserError(Exception):
    """There is no Chromium to take pictures with, or it does not start."""


class PageError(Exception):
    """A page could not be opened, or no picture be taken of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a page is shown on; ``width`` and ``height`` in CSS pixels, ``scale`` in dots each."""

    width: int = 1280
    height: int = 800
    dark: bool = False
    images: bool = True
    scale: float = 1
    scripts: bool = True


def find_chromium(named: str | None = None) -> Path:
    """Return the browser named, else the first known one of this machine; else NoBrowserError."""
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoBrowserError(f"{VARIABLE} names {named}, which can't be run. Correct it")
        return Path(found)
    for place in (*map(shutil.which, NAMES), *PLACES):
        if place and Path(place).exists():
            return Path(place)
    raise NoBrowserError(
        f"no Chromium: none of {', '.join(NAMES)} is on the PATH. "
        f"Install one (Debian: apt-get install chromium), or name it in {VARIABLE}"
    )


class Browser:
    """One Chromium for many pictures; a context manager, for the thread that enters it only."""

    def __init__(self, chromium: str | None = None) -> None:
        self.executable = find_chromium(chromium)
        self._stack = ExitStack()
        self._contexts: dict[Screen, BrowserContext] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            chromium = stack.enter_context(sync_playwright()).chromium
            try:
                self._browser = chromium.launch(
                    executable_path=self.executable, args=list(_ARGUMENTS)
                )
            except Error as error:
                cure = f"Run it by hand to see why, or name another one in {VARIABLE}"
                told = f"{self.executable} does not start: {_first_line(error)}. {cure}"
                raise NoBrowserError(told) from error
            stack.callback(self._browser.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._contexts.clear()
        self._stack.close()

    def shot(  # noqa: PLR0913 - each is a word of its own at the call
        self,
        source: str | Path,
        path: Path,
        *,
        width: int,
        dark: bool = False,
        images: bool = True,
        scale: float = 1,
        scripts: bool = False,
    ) -> Path:
        """Take a picture (PNG) of a whole page, however long: HTML, a URL, or a file's path."""
        screen = Screen(width=width, dark=dark, images=images, scale=scale, scripts=scripts)
        with self._opened(screen) as page:
            try:
                show(page, source, images=images)
                height = page.evaluate("document.documentElement.scrollHeight")
                page.screenshot(
                    path=path,
                    full_page=True,
                    clip={"x": 0, "y": 0, "width": width, "height": min(height, MAX_DOTS // scale)},
                    animations="disabled",
                )
            except Error as error:
                raise PageError(f"no picture for {path.name}: {_first_line(error)}") from error
        return path

    @contextmanager
    def page(
        self,
        *,
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
        images: bool = True,
        scripts: bool = True,
    ) -> Iterator[Page]:
        """Yield an empty page of Playwright's, with cookies of its own, to go where one likes."""
        screen = Screen(width=width, height=height, dark=dark, images=images, scripts=scripts)
        context = self._context_of(screen)
        try:
            yield context.new_page()
        finally:
            context.close()

    @contextmanager
    def _opened(self, screen: Screen) -> Iterator[Page]:
        """Yield a page for a picture; making a context takes longer than the picture does."""
        if screen not in self._contexts:
            self._contexts[screen] = self._context_of(screen)
        page = self._contexts[screen].new_page()
        try:
            yield page
        finally:
            page.close()

    def _context_of(self, screen: Screen) -> BrowserContext:
        context = self._browser.new_context(
            viewport={"width": screen.width, "height": screen.height},
            color_scheme="dark" if screen.dark else "light",
            device_scale_factor=screen.scale,
            java_script_enabled=screen.scripts,
        )
        context.set_default_timeout(PATIENCE_MS)
        if not screen.images:
            context.route("**/*", _refuse_images)
        return context


def show(page: Page, source: str | Path, *, images: bool = True) -> None:
    """Open HTML, a URL, or a file's path in the page."""
    if isinstance(source, Path):
        page.goto(source.resolve().as_uri())
    elif source.lstrip().startswith("<"):
        page.set_content(source if images else without_images(source))
    else:
        page.goto(source)


def without_images(html: str) -> str:
    """Return the page with a policy that shows no picture, neither linked nor carried inside."""
    policy = f'<meta http-equiv="Content-Security-Policy" content="{NO_IMAGES}">'
    begin = _HEAD.match(html)
    at = begin.end() if begin else 0
    return html[:at] + policy + html[at:]


def _refuse_images(route: Route) -> None:
    """Let a page see no picture, as a mail program with images off does."""
    request = route.request
    if request.resource_type == "image":
        route.abort()
    elif request.resource_type == "document" and request.url.startswith("http"):
        answer = route.fetch()
        route.fulfill(response=answer, body=without_images(answer.text()))
    elif request.resource_type == "document" and request.url.startswith("file:"):
        page = Path(url2pathname(urlsplit(request.url).path))
        route.fulfill(body=without_images(page.read_text(encoding="utf-8")), content_type=_HTML)
    else:
        route.continue_()


def _first_line(error: Error) -> str:
    return error.message.strip().splitlines()[0]
