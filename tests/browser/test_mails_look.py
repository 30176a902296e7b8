"""The shipped mails in a browser: nothing runs over the edge, and every button takes a thumb."""

from pathlib import Path

import pytest

from chalicelib.mail.samples import read_samples
from chalicelib.mail.templates import MailTemplates
from chalicelib.operations.specimens import specimen
from chalicelib.programme.loader import load_programme

SHIPPED = Path(__file__).parents[2] / "templates" / "airline-bonus"
MAILS = sorted(path.name for path in (SHIPPED / "mails").iterdir())
NARROWEST, PHONE, WIDE = 320, 375, 700
THUMB = 44
OVER_THE_EDGE = """() => [document.documentElement.scrollWidth, ...[...document.querySelectorAll(
    'td, div, a, img')].map(each => Math.ceil(each.getBoundingClientRect().right))]"""
HEIGHTS = """selector => [...document.querySelectorAll(selector)].map(
    each => each.getBoundingClientRect().height)"""


@pytest.fixture(scope="module")
def html():
    programme, templates = load_programme(SHIPPED), MailTemplates.load(SHIPPED)

    def render(mail, language, sample):
        return specimen(programme, templates, mail, language, sample).rendered.html

    return render


@pytest.mark.parametrize("mail", MAILS)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_mail_runs_over_the_edge_of_a_narrow_phone(browser, html, mail, language):
    """Whatever a member is called and however many miles there are."""
    with browser.page(width=NARROWEST) as page:
        for sample in read_samples(SHIPPED, mail):
            page.set_content(html(mail, language, sample))
            assert max(page.evaluate(OVER_THE_EDGE)) <= NARROWEST, sample.name


@pytest.mark.parametrize("mail", MAILS)
@pytest.mark.parametrize("width", [PHONE, WIDE])
@pytest.mark.parametrize("images", [True, False])
def test_a_button_takes_a_thumb(browser, html, mail, width, images):
    with browser.page(width=width, images=images) as page:
        page.set_content(html(mail, "ru", read_samples(SHIPPED, mail)[0]))
        buttons = page.evaluate(HEIGHTS, ".button a")
        assert buttons
        assert min(buttons) >= THUMB
        assert min(page.evaluate(HEIGHTS, ".foot a[style*='inline-block']")) >= THUMB


@pytest.mark.parametrize("mail", MAILS)
def test_a_dark_mailbox_gets_our_dark_colours(browser, html, mail):
    with browser.page(width=PHONE, dark=True) as page:
        page.set_content(html(mail, "ru", read_samples(SHIPPED, mail)[0]))
        ground, ink = page.evaluate(
            """() => [getComputedStyle(document.body).backgroundColor,
                      getComputedStyle(document.querySelector('.ink h1')).color]"""
        )
        assert sum(map(int, ground[4:-1].split(","))) < 3 * 60
        assert sum(map(int, ink[4:-1].split(","))) > 3 * 200
