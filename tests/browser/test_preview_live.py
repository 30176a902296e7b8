"""The gallery in a real browser: it follows what is saved, and nobody loses their place."""

import pytest
from playwright.sync_api import expect
from preview_folder import edit, make_folder, serving

from chalicelib.preview.browser import PATIENCE_MS

BODY = "mails/welcome/body.mjml"


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path)


@pytest.fixture
def gallery(folder):
    with serving(folder) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def page(browser):
    with browser.page() as page:
        faults = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        yield page
        assert not faults


def in_frame(page, text, where=".stage"):
    return page.frame_locator(f"{where} .wide iframe:not(.coming)").get_by_text(text)


def test_a_save_changes_the_picture_and_not_the_place(folder, gallery, page):
    page.goto(f"{gallery}/mails/welcome?locale=en&sample=known")
    in_frame(page, "Create your account").wait_for()
    page.locator("#pulse[data-state=live]").wait_for()
    page.evaluate("window.untouched = true; scrollTo(0, 700)")
    edit(folder / BODY, '_("Create your account")', '_("Open it at once")')
    in_frame(page, "Open it at once").wait_for()
    assert page.evaluate("window.untouched") is True, "the page was not loaded anew"
    assert page.evaluate("scrollY") == 700


def test_a_fault_stands_in_place_of_the_picture_until_it_is_mended(folder, gallery, page):
    page.goto(f"{gallery}/mails/welcome?locale=en&sample=known")
    in_frame(page, "Create your account").wait_for()
    page.locator("#pulse[data-state=live]").wait_for()
    edit(folder / BODY, "{{ theme.space.large }}", "{{ theme.space.enormous }}")
    fault = page.locator(".stage .fault")
    fault.wait_for()
    assert "mails/welcome/body.mjml:" in fault.inner_text()
    assert "theme.space.enormous" in fault.locator(".here").first.inner_text()
    edit(folder / BODY, "{{ theme.space.enormous }}", "{{ theme.space.large }}")
    in_frame(page, "Create your account").wait_for()
    assert page.locator(".stage .fault").count() == 0


def test_a_fault_in_one_mail_leaves_the_others_their_pictures(folder, gallery, page):
    edit(folder / BODY, "{{ theme.space.large }}", "{{ theme.space.enormous }}")
    page.goto(f"{gallery}/?locale=en&sample=known")
    app = page.frame_locator("#mail-app iframe")
    app.get_by_role("heading").first.wait_for()
    assert page.locator("#mail-welcome .fault").is_visible()


def test_the_dark_picture_is_another_one_than_the_light(gallery, page):
    colours = {}
    for mode in ("light", "dark"):
        page.goto(f"{gallery}/mails/welcome?locale=en&sample=known&mode={mode}")
        button = in_frame(page, "Create your account")
        button.wait_for()
        body = page.frame_locator(".stage .wide iframe:not(.coming)").locator("h1").first
        colours[mode] = body.evaluate("(h1) => getComputedStyle(h1).color")
    assert colours["light"] != colours["dark"]


def test_with_images_off_no_picture_is_shown_and_its_alt_text_is_there(gallery, page):
    sizes = {}
    for mode in ("light", "images-off"):
        with page.context.new_page() as other:
            other.goto(f"{gallery}/mails/welcome?locale=en&sample=known&mode={mode}")
            frame = other.frame_locator(".stage .wide iframe:not(.coming)")
            frame.get_by_text("Create your account").wait_for()
            sizes[mode] = frame.locator("img").evaluate_all("(all) => all.map(i => i.naturalWidth)")
    assert any(sizes["light"])
    assert sizes["images-off"] == [0] * len(sizes["light"])


def test_a_frame_is_as_tall_as_its_mail(gallery, page):
    page.goto(f"{gallery}/mails/welcome?locale=en&sample=known")
    in_frame(page, "Create your account").wait_for()
    frames = page.locator(".stage iframe[style*='height']")
    expect(frames).to_have_count(2, timeout=PATIENCE_MS)
    for frame in frames.all():
        heights = "(f) => [f.clientHeight, f.contentDocument.documentElement.scrollHeight]"
        outer, inner = frame.evaluate(heights)
        assert outer == inner > 800


def test_everything_is_reached_with_the_keyboard(gallery, page):
    page.goto(f"{gallery}/mails/welcome?locale=en&sample=known")
    in_frame(page, "Create your account").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("l")
    page.wait_for_url("**locale=ru**")
    page.keyboard.press("s")
    page.wait_for_url("**sample=nothing**")
    page.keyboard.press("m")
    page.wait_for_url("**mode=dark**")
    page.keyboard.press("j")
    page.wait_for_url("**/mails/app**")


def test_a_choice_is_kept_when_going_back(gallery, page):
    page.goto(f"{gallery}/mails/welcome?locale=ru&sample=known")
    page.locator("label", has_text="en").click()
    page.wait_for_url("**locale=en**")
    in_frame(page, "Create your account").wait_for()
    page.go_back()
    page.wait_for_url("**locale=ru**")
    expect(page.locator("input[value=ru]")).to_be_checked(timeout=PATIENCE_MS)


@pytest.mark.parametrize("path", ["/", "/mails/welcome", "/pages", "/pages/preferences"])
def test_nothing_is_wider_than_a_phone(gallery, browser, path):
    with browser.page(width=360, dark=True) as page:
        page.goto(gallery + path)
        page.locator("main iframe").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_it_works_without_its_script(gallery, browser):
    with browser.page(scripts=False) as page:
        page.goto(f"{gallery}/mails/welcome?locale=ru&sample=known")
        page.locator("label", has_text="en").click()
        page.get_by_role("button", name="Show").click()
        assert "locale=en" in page.url
        in_frame(page, "Create your account").wait_for()
