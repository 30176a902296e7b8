"""What can be said of the shipped mails' looks without a browser."""

import re
import struct
from html.parser import HTMLParser
from pathlib import Path

import pytest
from test_mail_theme import THEME

from chalicelib.mail.samples import read_samples
from chalicelib.mail.template import MAX_BODY_BYTES
from chalicelib.mail.templates import MailTemplates
from chalicelib.operations.specimens import specimen
from chalicelib.programme.loader import load_programme

SHIPPED = Path(__file__).parents[2] / "templates" / "airline-bonus"
MAILS = sorted(path.name for path in (SHIPPED / "mails").iterdir())
WRITTEN = sorted([*SHIPPED.glob("mails/*/*.mjml"), *SHIPPED.glob("shared/*.mjml")])
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|rgba?\(")
CYRILLIC = re.compile("[\u0430-\u044f]")
LENGTH = re.compile(r"\d+px")
MOST_STYLE_BYTES = 8192  # Gmail drops a longer <style>

every_mail = pytest.mark.parametrize("mail", MAILS)
every_language = pytest.mark.parametrize("language", ["ru", "en"])


@pytest.fixture(scope="module")
def html():
    """Return the HTML of a mail in a language, for a member of whom everything is known."""
    programme, templates = load_programme(SHIPPED), MailTemplates.load(SHIPPED)

    def render(mail, language):
        sample = read_samples(SHIPPED, mail)[0]
        return specimen(programme, templates, mail, language, sample).rendered.html

    return render


class Elements(HTMLParser):
    """Collects the start tags."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def of(self, name):
        return [given for tag, given in self.found if tag == name]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_colours_stand_in_the_theme_alone(path):
    written = re.sub(r"<!--.*?-->|&#\d+;", "", path.read_text(), flags=re.DOTALL)
    assert not COLOUR.findall(written)


@every_mail
def test_a_mail_s_own_sizes_stand_in_the_theme(mail):
    assert not LENGTH.findall((SHIPPED / "mails" / mail / "body.mjml").read_text())


@every_language
@every_mail
def test_a_mail_is_far_from_being_clipped(html, mail, language):
    assert len(html(mail, language).encode()) < MAX_BODY_BYTES / 2


@every_language
@every_mail
def test_a_picture_has_its_size_and_a_translated_text_for_who_does_not_see_it(html, mail, language):
    [picture] = Elements(html(mail, language)).of("img")
    own = (SHIPPED / "images" / f"{Path(picture['src']).name.partition('.')[0]}.png").read_bytes()
    dots = struct.unpack(">II", own[16:24])
    assert (2 * int(picture["width"]), 2 * int(picture["height"])) == dots
    assert len(picture["alt"]) > 20
    assert bool(CYRILLIC.search(picture["alt"])) is (language == "ru")


@every_mail
def test_the_text_in_place_of_a_picture_can_be_read(html, mail):
    """With images off the alt text stands on the picture's own ground."""
    [picture] = Elements(html(mail, "en")).of("img")
    assert f"background:{THEME['colours.night']}" in picture["style"]
    assert f"color:{THEME['colours.night_muted']}" in picture["style"]


@every_mail
def test_no_style_is_so_long_that_gmail_drops_it(html, mail):
    styles = re.findall(r"<style[^>]*>(.*?)</style>", html(mail, "en"), re.DOTALL)
    assert styles
    assert all(len(style.encode()) < MOST_STYLE_BYTES for style in styles)


@every_mail
def test_what_only_outlook_s_dark_mode_knows_stands_in_a_style_of_its_own(html, mail):
    """A mail program that can't read a selector may drop the whole block."""
    styles = re.findall(r"<style[^>]*>(.*?)</style>", html(mail, "en"), re.DOTALL)
    [outlook] = [style for style in styles if "[data-ogsc]" in style]
    assert "@media" not in outlook


@every_mail
def test_a_mail_says_that_it_has_colours_for_both_schemes(html, mail):
    metas = {
        given.get("name"): given.get("content") for given in Elements(html(mail, "en")).of("meta")
    }
    assert metas["color-scheme"] == metas["supported-color-schemes"] == "light dark"
    assert "prefers-color-scheme: dark" in html(mail, "en")


@every_mail
def test_a_button_has_its_ground_and_its_room_where_outlook_looks_for_them(html, mail):
    """Outlook on Windows takes the ground from the cell, and room from mso-padding-alt alone."""
    cells = [
        cell
        for cell in Elements(html(mail, "en")).of("td")
        if cell.get("bgcolor") == THEME["colours.button"]
    ]
    assert cells
    assert all("mso-padding-alt:15px" in cell["style"] for cell in cells)


@every_language
@every_mail
def test_the_postal_address_is_in_the_language_of_the_mail(html, mail, language):
    assert {"ru": "Вечерняя", "en": "Evening Quay"}[language] in html(mail, language)
