"""A frame shows one scheme whatever the reader's machine prefers, and carries its pictures."""

import re

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.template import MAX_BODY_BYTES
from chalicelib.operations.own_images import with_own_images
from chalicelib.preview.mail_data import Size
from chalicelib.preview.variants import VIEWS, in_scheme

STYLED = """<html><head><meta name="color-scheme" content="light dark">
<style>:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media screen and (prefers-color-scheme: dark) { p { color: white } }
@media (prefers-color-scheme:light) { p { color: black } }</style></head></html>"""


def test_in_dark_the_dark_styles_hold_and_the_light_ones_do_not():
    shown = in_scheme(STYLED, dark=True)
    assert "@media screen and (min-width:0px) { p { color: white } }" in shown
    assert "@media (max-width:0px) { p { color: black } }" in shown


def test_in_light_it_is_the_other_way_round():
    shown = in_scheme(STYLED, dark=False)
    assert "@media screen and (max-width:0px) { p { color: white } }" in shown
    assert "@media (min-width:0px) { p { color: black } }" in shown


def test_what_the_page_says_it_can_do_is_made_the_one_scheme():
    shown = in_scheme(STYLED, dark=True)
    assert '<meta name="color-scheme" content="dark">' in shown
    assert re.search(r"\{ color-scheme:\s*dark;", shown)
    assert "supported-color-schemes: light dark" in shown


@given(st.text(), st.booleans())
def test_a_page_without_schemes_is_shown_as_it_is(text, dark):
    text = text.replace("scheme", "")
    assert in_scheme(text, dark=dark) == text


@given(st.booleans())
def test_a_scheme_is_settled_once_and_for_all(dark):
    shown = in_scheme(STYLED, dark=dark)
    assert "prefers-color-scheme" not in shown
    assert in_scheme(shown, dark=dark) == shown


def test_own_pictures_are_carried_and_others_are_left():
    html = '<img src="https://a.example/m/images/x.png"><img src="https://b.example/x.png">'
    shown = with_own_images(html, {"https://a.example/m/images/x.png": b"png"})
    assert shown == '<img src="data:image/png;base64,cG5n"><img src="https://b.example/x.png">'


def test_a_mail_is_measured_against_the_size_at_which_it_is_refused():
    assert Size(html_bytes=MAX_BODY_BYTES, mime_bytes=0).percent == 100
    assert Size(html_bytes=MAX_BODY_BYTES, mime_bytes=0).verdict == "nearly"
    assert Size(html_bytes=MAX_BODY_BYTES // 2, mime_bytes=0).verdict == "fits"


def test_there_is_a_view_of_each_kind():
    assert [view.name for view in VIEWS] == ["wide", "phone", "dark", "images-off"]
    assert [view.width >= 640 for view in VIEWS] == [True, False, False, True]
    assert {view.width for view in VIEWS if view.width < 640} == {375}
