"""The gallery as a browser gets it: for this machine alone, and nothing in it from outside."""

import http.client
import re
from contextlib import contextmanager

import pytest
from preview_folder import edit, serving

from chalicelib.preview.selection import Selection

OUTSIDE = re.compile(r"""(?:src|href|action|url\()\s*=?\s*["']?(?:https?:)?//""")


@pytest.fixture(scope="module")
def gallery(whole):
    with serving(whole) as server:
        yield server


@contextmanager
def asked(server, path, method="GET", host=None, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    headers = {"Host": host or f"127.0.0.1:{server.server_port}"}
    connection.request(method, path, headers=headers, body=body)
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def get(server, path, **how):
    with asked(server, path, **how) as response:
        return response.status, dict(response.getheaders()), response.read().decode()


def test_it_listens_on_this_machine_only(gallery):
    assert gallery.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "localhost:1", ""]
)
@pytest.mark.parametrize("path", ["/", "/changes", "/frame/mail/welcome"])
def test_it_answers_to_no_name_but_its_own(gallery, path, host):
    status, _, body = get(gallery, path, host=host or " ")
    assert status == 421
    assert "Vesper" not in body


def test_it_answers_to_localhost_too(gallery):
    assert get(gallery, "/", host=f"localhost:{gallery.server_port}")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_it_changes_nothing(gallery, method):
    assert get(gallery, "/", method=method, body=b"x=1")[0] == 405


@pytest.mark.parametrize("path", ["/", "/mails/welcome", "/pages", "/pages/unsubscribe"])
def test_a_page_loads_nothing_from_outside(gallery, path):
    status, headers, body = get(gallery, path)
    assert status == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert not OUTSIDE.search(body), OUTSIDE.search(body)
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    ["/mails/none", "/mails/..%2Fwelcome", "/static/..%2Fsnapshot.py", "/static/page.html", "/x"],
)
def test_what_is_not_there_is_not_found(gallery, path):
    assert get(gallery, path)[0] == 404


def test_a_frame_runs_no_script_and_carries_its_pictures(gallery):
    _, headers, body = get(gallery, "/frame/mail/welcome?locale=en&sample=known")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "img-src data:" in policy
    assert "sandbox allow-same-origin;" in policy
    assert "script" not in policy
    assert "data:image/png;base64," in body
    assert 'src="https:' not in body
    assert "Anna" in body


def test_with_images_off_a_frame_may_show_no_picture(gallery):
    _, headers, _ = get(gallery, "/frame/mail/welcome?mode=images-off")
    assert "img-src 'none'" in headers["Content-Security-Policy"]


def test_a_frame_is_dark_or_light_whatever_the_reader_prefers(gallery):
    dark = get(gallery, "/frame/mail/welcome?mode=dark")[2]
    light = get(gallery, "/frame/mail/welcome?mode=light")[2]
    assert dark != light
    assert "prefers-color-scheme" not in dark + light


def test_a_mails_page_tells_all_about_it(gallery):
    body = get(gallery, "/mails/welcome?locale=en&sample=known")[2]
    for told in (
        "List-Unsubscribe",
        "of 102 KB",
        "The text part",
        "Every sample",
        "welcome, step 1",
    ):
        assert told in body
    assert "Welcome aboard, Anna" in body, "the text part"


def test_a_sample_stands_in_addresses_by_its_name_only(gallery):
    page = get(gallery, "/mails/welcome?locale=en&sample=known")[2]
    addresses = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
    assert len(addresses) > 8
    assert not [url for url in addresses if "Anna" in url or "anna" in url or "24215" in url]


def test_what_a_query_says_of_nothing_there_is_passed_over(gallery):
    status, _, body = get(gallery, "/?locale=xx&sample=none&mode=purple&width=9")
    assert status == 200
    assert 'value="ru" checked' in body


def test_lint_tells_what_is_wrong_with_the_mail(folder):
    edit(folder / "mails/welcome/body.mjml", "{{ links.account }}", "{{ links.acount }}")
    with serving(folder) as server:
        body = get(server, "/lint/welcome")[2]
        assert "acount" in body
        assert "Did you mean account?" in body
        assert "mails/welcome/body.mjml:" in body
        assert "acount" not in get(server, "/lint/app")[2]


def test_a_fault_stands_in_the_place_of_its_mail_and_goes_when_mended(folder):
    body = folder / "mails/welcome/body.mjml"
    with serving(folder) as server:
        assert 'class="fault"' not in get(server, "/")[2]
        edit(body, "{{ theme.space.large }}", "{{ theme.space.enormous }}")
        page = get(server, "/")[2]
        assert page.count('class="fault"') == 1
        assert "enormous" in page
        assert "/frame/mail/app" in page
        assert get(server, "/frame/mail/welcome")[0] == 404
        assert get(server, "/mails/welcome")[0] == 200
        edit(body, "{{ theme.space.enormous }}", "{{ theme.space.large }}")
        assert 'class="fault"' not in get(server, "/")[2]


def test_what_is_hostile_in_a_fault_is_shown_as_text(folder):
    (folder / "mails/welcome/body.mjml").write_text("<script>{% oh", encoding="utf-8")
    with serving(folder) as server:
        page = get(server, "/mails/welcome")[2]
    assert "&lt;script&gt;{% oh" in page
    assert "<script>{% oh" not in page


def test_a_save_is_told_to_whoever_listens(folder):
    with serving(folder) as server, asked(server, "/changes") as response:
        assert response.getheader("Content-Type") == "text/event-stream"
        first = response.fp.readline()
        assert first.startswith(b"data: ")
        assert response.fp.readline() == b"\n"
        edit(folder / "mails/welcome/body.txt", "if", "if")
        (folder / "mails/welcome/body.txt").touch()
        second = response.fp.readline()
        assert second.startswith(b"data: ")
        assert second != first


def test_only_what_was_asked_for_is_shown(whole):
    with serving(whole, Selection(mails=("app",), locales=("en",), samples=("nothing",))) as server:
        page = get(server, "/")[2]
        assert "/mails/app" in page
        assert "/mails/welcome" not in page
        assert 'value="ru"' not in page
        assert get(server, "/mails/welcome")[0] == 404
