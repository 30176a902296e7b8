"""Pictures of mails, as a browser takes them that is really told what to prefer."""

import http.server
import threading
from contextlib import contextmanager

import pytest
from preview_folder import edit, make_folder

from chalicelib.operations.own_images import with_own_images
from chalicelib.preview.browser import Browser, PageError
from chalicelib.preview.selection import Selection
from chalicelib.preview.shots import take_shots
from chalicelib.preview.snapshot import Fault, Snapshot, fingerprint
from chalicelib.preview.variants import PHONE, in_scheme

DOT = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQG"
    "AhKmMIQAAAABJRU5ErkJggg=="
)
PAGE = f"""<!doctype html><html><head><style>
@media (prefers-color-scheme: dark) {{ body {{ background: #000; color: #fff }} }}</style></head>
<body><h1>Text</h1><img src="{DOT}" width="80" height="80" alt="Alt"></body></html>"""


def now(folder):
    return Snapshot(folder, fingerprint(folder))


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path)


def test_there_is_a_picture_of_each_kind_and_a_sheet_of_all(browser, folder, tmp_path):
    selection = Selection(mails=("app",), locales=("en",), samples=("known",))
    [shot] = take_shots(now(folder), selection, tmp_path / "shots", browser)
    names = sorted(path.name for path in (tmp_path / "shots").glob("*.png"))
    views = ("dark", "images-off", "phone", "wide")
    assert names == [f"app.en.known.{view}.png" for view in views]
    assert len({(tmp_path / "shots" / name).read_bytes() for name in names}) == 4
    with browser.page() as page:
        page.goto((tmp_path / "shots" / "index.html").as_uri())
        shown = page.locator("img").evaluate_all("(all) => all.map(i => i.naturalWidth)")
        assert shown == [view.width for view, _ in shot.pictures]


def test_a_mail_with_a_fault_has_no_picture_and_takes_no_other_away(browser, folder, tmp_path):
    edit(folder / "mails/welcome/body.mjml", "{{ theme.space.large }}", "{{ theme.space.big }}")
    selection = Selection(locales=("en",), samples=("nothing",))
    welcome, app = take_shots(now(folder), selection, tmp_path / "shots", browser)
    assert isinstance(welcome.made, Fault)
    assert not welcome.pictures
    assert len(app.pictures) == 4
    assert "space.big" in (tmp_path / "shots" / "index.html").read_text()


def test_a_frame_made_dark_is_what_a_browser_shows_that_prefers_dark(browser, folder, tmp_path):
    snapshot = now(folder)
    html = snapshot.specimen("app", "en", "known").rendered.html
    html = with_own_images(html, snapshot.images)
    real = browser.shot(html, tmp_path / "real.png", width=PHONE, dark=True)
    made = browser.shot(in_scheme(html, dark=True), tmp_path / "made.png", width=PHONE)
    light = browser.shot(html, tmp_path / "light.png", width=PHONE)
    settled = browser.shot(
        in_scheme(html, dark=False), tmp_path / "settled.png", width=PHONE, dark=True
    )
    assert real.read_bytes() == made.read_bytes() != light.read_bytes()
    assert settled.read_bytes() == light.read_bytes()


def test_html_a_file_and_an_address_give_the_same_picture(browser, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(PAGE, encoding="utf-8")
    with served(PAGE) as url:
        for dark in (False, True):
            for images in (False, True):
                taken = {
                    browser.shot(
                        source, tmp_path / "x.png", width=200, dark=dark, images=images
                    ).read_bytes()
                    for source in (PAGE, file, url)
                }
                assert len(taken) == 1, (dark, images)


def test_with_images_off_even_a_picture_inside_the_page_is_not_shown(browser, tmp_path):
    seen = browser.shot(PAGE, tmp_path / "on.png", width=200).read_bytes()
    hidden = browser.shot(PAGE, tmp_path / "off.png", width=200, images=False).read_bytes()
    assert seen != hidden


def test_the_browser_reaches_nothing_outside_of_this_machine(browser, tmp_path):
    for url in ("http://192.0.2.1/", "http://mail.example.com/"):
        with pytest.raises(PageError, match="ERR_NAME_NOT_RESOLVED"):
            browser.shot(url, tmp_path / "x.png", width=200)


def test_a_browser_can_be_opened_and_closed_beside_another(browser, tmp_path):
    assert isinstance(browser, Browser)
    with browser.page(width=320) as page:
        page.set_content(PAGE)
        assert page.locator("h1").inner_text() == "Text"


@contextmanager
def served(html):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()
