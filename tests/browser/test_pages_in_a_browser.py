"""The members' pages in a real browser: without scripts, by keyboard alone, narrow, large, dark."""

import re
import threading
from datetime import UTC, datetime

import pytest
from functional.worlds import Play, plan_of
from playwright.sync_api import expect

from chalicelib.preview.browser import PATIENCE_MS
from chalicelib.world.live_world import LiveWorld
from chalicelib.world.server import WorldServer
from chalicelib.world.substrates import substrate
from chalicelib.world.world import World

WORDS = {
    "en": ("Your choices are saved", "You are unsubscribed", "Save", "Turn mails on"),
    "ru": ("Ваш выбор сохранён", "Вы отписались", "Сохранить", "Включить рассылку"),
}
TOPICS = "input[name=topic]"


class Site:
    """A served world with one member, and the links of that member's first mail."""

    def __init__(self, play, url):
        self._play, self._url = play, url

    def link(self, page):
        return self._url + self._play.link(page, self._play.received[0])

    @property
    def profile(self):
        return self._play.profile()


@pytest.fixture(params=["en", "ru"])
def language(request):
    return request.param


@pytest.fixture
def site(language):
    with substrate("memory", plan_of(start=datetime.now(UTC))) as ground:
        play = Play(World(ground))
        play.join(locale=language, first_name="Ann", name_on_card="ANN LEE", time_zone="Asia/Tokyo")
        _let_the_first_mail_out(play)
        server = WorldServer(0)
        thread = threading.Thread(target=server.serve, args=[LiveWorld(play.world, "demo")])
        thread.start()
        try:
            yield Site(play, f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _let_the_first_mail_out(play):
    while not play.received:
        play.advance(hours=1)


@pytest.fixture
def page(browser):
    with browser.page(scripts=False) as page:
        page.set_default_timeout(PATIENCE_MS)
        yield page


def tab_to(page, selector):
    """Go on with the Tab key until that element has the focus; return all that had it."""
    passed = []
    for _ in range(30):
        page.keyboard.press("Tab")
        passed.append(page.locator(":focus").evaluate("each => each.outerHTML.slice(0, 90)"))
        if page.locator(f"{selector}:focus").count():
            return passed
    raise AssertionError(f"no way to {selector} by keyboard; passed {passed}")


def test_preferences_are_chosen_by_keyboard_alone_and_without_scripts(site, page, language):
    saved, _, save, _ = WORDS[language]
    page.goto(site.link("preferences"))
    expect(page.locator("html")).to_have_attribute("lang", language)
    tab_to(page, f"{TOPICS}[value=miles]")
    page.keyboard.press("Space")
    tab_to(page, "input[name=spacing]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "button")
    expect(page.locator(":focus")).to_have_text(save)
    page.keyboard.press("Enter")
    status = page.get_by_role("status")
    expect(status).to_contain_text(saved)
    kept = site.profile.preferences
    assert (kept.declined_topics, kept.spacing.days) == ({"miles"}, 7)
    assert page.locator(f"{TOPICS}:checked").count() == 2


def test_every_choice_has_a_label_and_every_group_a_name(site, page):
    page.goto(site.link("preferences"))
    assert page.get_by_role("group").count() == page.locator("legend").count() == 3
    for control in page.locator("input:not([type=hidden])").all():
        name = control.evaluate("each => each.labels[0].innerText.trim()")
        assert len(name) > 2
        role = control.get_attribute("type")
        assert page.get_by_role(role, name=name, exact=True).count() == 1


def test_a_label_can_be_pressed_as_well_as_its_box(site, page):
    page.goto(site.link("preferences"))
    page.locator(f"label:has({TOPICS}[value=app]) span").click()
    expect(page.locator(f"{TOPICS}[value=app]")).not_to_be_checked()


def test_another_language_is_spoken_at_once(site, page, language):
    other = {"en": "ru", "ru": "en"}[language]
    page.goto(site.link("preferences"))
    page.locator(f"input[name=language][value={other}]").check()
    page.get_by_role("button", name=WORDS[language][2], exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", other)
    expect(page.get_by_role("status")).to_contain_text(WORDS[other][0])


def test_all_mails_are_turned_off_and_on_again_by_keyboard(site, page, language):
    page.goto(site.link("preferences"))
    tab_to(page, "button.second")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_be_visible()
    assert site.profile.consent.status == "declined"
    passed = tab_to(page, "form.all button")
    assert len(passed) == 1, "what turns mails on is the first thing to reach"
    expect(page.locator(":focus")).to_have_text(WORDS[language][3])
    page.keyboard.press("Enter")
    expect(page.locator("form.all input[value=off]")).to_have_count(1)
    assert site.profile.consent.status == "given"


def test_unsubscribing_takes_one_key_and_offers_the_gentler_way(site, page, language):
    page.goto(site.link("unsubscribe"))
    assert page.get_by_role("link").first.get_attribute("href")
    tab_to(page, "button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language][1])
    assert site.profile.consent.status == "declined"
    href = page.locator("a[href*='/m/preferences/']").get_attribute("href")
    assert href.rpartition("/")[2] == site.link("preferences").rpartition("/")[2]


def test_the_web_copy_is_read_without_scripts(site, page, language):
    page.goto(site.link("mail"))
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert "ANN LEE" in page.locator("body").inner_text()


def widths(page):
    return page.evaluate("[document.documentElement.scrollWidth, innerWidth]")


PAGES = ("preferences", "unsubscribe", "mail")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 640])
def test_no_page_scrolls_sideways_on_the_narrowest_phone_or_enlarged_twice(
    site, browser, name, width
):
    """Whoever enlarges a page of 1280 pixels twice has 640 left."""
    with browser.page(width=width, height=800) as page:
        page.goto(site.link(name))
        content, window = widths(page)
        assert content <= window


@pytest.mark.parametrize("dark", [False, True])
def test_text_and_controls_stand_out_from_their_ground(site, browser, dark):
    """At least 4.5 : 1, and 3 : 1 for the frame of the focus."""
    with browser.page(width=480, height=800, dark=dark) as page:
        page.goto(site.link("preferences"))
        for selector in ("h1", "legend", "label span", "main p", "button:not(.second)", "footer"):
            assert contrast(page, selector) >= 4.5, selector
        assert contrast(page, "button.second") >= 4.5
        filled = page.locator("button:not(.second)").first.evaluate(
            "each => getComputedStyle(each).backgroundColor !== 'rgba(0, 0, 0, 0)'"
        )
        assert filled, "what is pressed looks like a button"


def contrast(page, selector):
    """Compare a text's colour with the nearest ground behind it, as WCAG has it."""
    ink, ground = page.locator(selector).first.evaluate(
        """each => {
          let behind = each
          while (/, 0\\)$|transparent/.test(getComputedStyle(behind).backgroundColor))
            behind = behind.parentElement
          return [getComputedStyle(each).color, getComputedStyle(behind).backgroundColor]
        }"""
    )
    light, deep = sorted(map(luminance, (ink, ground)), reverse=True)
    return (light + 0.05) / (deep + 0.05)


def luminance(colour):
    shares = (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])
    lit = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * lit[0] + 0.7152 * lit[1] + 0.0722 * lit[2]
