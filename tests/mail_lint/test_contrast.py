"""Which colours a text is read in, and how well that can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.templates import RenderedMail
from chalicelib.mail_lint.contrast import contrast, contrast_problems
from chalicelib.mail_lint.rendition import Rendition

COLOUR = st.tuples(*[st.floats(0, 1)] * 3)
DARK = "@media (prefers-color-scheme: dark) {{ {} }}"


class Nowhere:
    """Places that are asked for nothing but the text."""

    def of_text(self, _rendition, text, what, _cure, _rule):
        return f"{text}: {what}"


def faults(body, css=""):
    html = f"<html><head><style>{css}</style></head><body>{body}</body></html>"
    rendition = Rendition("m", "en", "s", RenderedMail("", "", html, ""))
    return list(contrast_problems(rendition, Nowhere(), set()))


def hexed(text):
    return tuple(int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#0000ff", "#ffffff", 8.59),
        ("#ff0000", "#ffffff", 4.0),
    ],
)
def test_contrast_is_as_wcag_defines_it(one, other, ratio):
    assert contrast(hexed(one), hexed(other)) == pytest.approx(ratio, abs=0.005)


@given(COLOUR, COLOUR)
def test_contrast_is_the_same_both_ways_and_between_1_and_21(one, other):
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21.000001


@pytest.mark.parametrize(
    "body",
    [
        "<p>text</p>",
        '<p style="color:#767676">text</p>',
        '<p style="color:#949494;font-size:24px">text</p>',
        '<p style="color:#949494;font-size:19px;font-weight:700">text</p>',
        '<h1 style="color:#949494">text</h1>',
        '<p style="color:#949494;font-size:18pt">text</p>',
        '<p style="color:#eee">✦ · —</p>',
        '<p style="color:#fff;display:none">text</p>',
        '<div style="background:#000"><p style="color:#fff">text</p></div>',
        '<table bgcolor="#000000"><tr><td style="color:white">text</td></tr></table>',
        '<td bgcolor="#ffffff" style="background:#000;color:#fff">text</td>',
        '<div style="background:url(a.png) #000 center"><p style="color:#fff">text</p></div>',
        '<p style="color:rgba(0, 0, 0, 0.7)">text</p>',
    ],
)
def test_what_can_be_read_is_no_fault(body):
    assert faults(body) == []


@pytest.mark.parametrize(
    ("body", "ratio"),
    [
        ('<p style="color:#777">text</p>', "4.5:1 and not 4.5:1"),
        ('<p style="color:#999;font-size:24px">text</p>', "2.8:1 and not 3.0:1"),
        ('<p style="color:#949494;font-size:19px">text</p>', "3.0:1 and not 4.5:1"),
        ('<p style="color:rgba(0, 0, 0, 0.3)">text</p>', "2.1:1 and not 4.5:1"),
        ('<div style="color:#fff"><p>text</p></div>', "1.0:1"),
        ('<p>fine <b style="color:#fff">not</b> fine</p>', "not: 'not' is #ffffff on #ffffff"),
        ('<p style="background:linear-gradient(#000, #000);color:#fff">text</p>', "1.0:1"),
    ],
)
def test_what_can_not_be_read_is_told_once_with_its_colours(body, ratio):
    (fault,) = faults(body)
    assert ratio in fault
    assert "in a light scheme" in fault


def test_links_have_a_colour_of_their_own_unless_they_are_given_one():
    body = '<div style="background:#1d1b45;color:#fff">text <a href="x"{}>link</a></div>'
    (fault,) = faults(body.format(""))
    assert fault.startswith("link: 'link' is #0000ee on #1d1b45")
    assert faults(body.format(' style="color:inherit"')) == []


def test_a_mail_can_be_read_where_style_elements_are_dropped():
    body = '<div style="background:#000"><p class="b">text</p></div>'
    (fault,) = faults(body, ".b { color: #fff }")
    assert "where <style> is dropped" in fault


def test_the_dark_scheme_is_computed_from_its_media_query():
    body = '<div class="paper" style="background:#fff"><p style="color:#000">text</p></div>'
    half = DARK.format(".paper { background: #000 !important }")
    (fault,) = faults(body, half)
    assert fault.startswith("text: 'text' is #000000 on #000000, 1.0:1")
    assert "in a dark scheme" in fault
    assert faults(body, half + DARK.format(".paper p { color: #fff !important }")) == []


@pytest.mark.parametrize(
    "asked",
    [
        "(prefers-color-scheme:dark)",
        "screen and (prefers-color-scheme: dark)",
        "only screen and (prefers-color-scheme: dark)",
        "all and (prefers-color-scheme: dark)",
        "SCREEN\n  and (prefers-color-scheme:\tdark)",
    ],
)
def test_a_media_query_for_a_dark_scheme_is_known_however_it_is_written(asked):
    body = '<div class="paper"><p style="color:#000">text</p></div>'
    (fault,) = faults(body, f"@media {asked} {{ .paper {{ background: #000 }} }}")
    assert "in a dark scheme" in fault


@pytest.mark.parametrize(
    "asked",
    [
        "print and (prefers-color-scheme: dark)",
        "not all and (prefers-color-scheme: dark)",
        "(prefers-color-scheme: light)",
        "(prefers-color-scheme: dark) and (max-width: 100px)",
    ],
)
def test_a_media_query_for_anything_else_is_passed_over(asked):
    body = '<div class="paper"><p style="color:#000">text</p></div>'
    assert faults(body, f"@media {asked} {{ .paper {{ background: #000 }} }}") == []


@pytest.mark.parametrize(
    ("size", "count"), [(".px", 1), ("1.2.3px", 1), (".5px", 1), ("24.px", 0), ("24.0px", 0)]
)
def test_a_size_that_is_no_number_is_passed_over(size, count):
    assert len(faults(f'<p style="color:#949494;font-size:{size}">text</p>')) == count


def test_an_inline_style_outdoes_a_rule_that_is_not_important():
    body = '<p class="a" style="color:#000">text</p>'
    assert faults(body, ".a { color: #fff }") == []
    assert len(faults(body, ".a { color: #fff !important }")) == 1


def test_the_more_specific_of_two_rules_holds_and_else_the_later():
    body = '<div class="a" style="color:#000"><p class="b">text</p></div>'
    assert faults(body, ".a .b { color: #000 } .b { color: #fff }") == []
    assert faults(body, ".b { color: #fff } .b { color: #000 }") == []


def test_rules_for_widths_pointers_and_unknown_selectors_are_passed_over():
    css = "@media (max-width: 479px) { p { color: #fff } } p:hover { color: #fff } p::nowhere(x) {}"
    assert faults("<p>text</p>", css) == []


def test_a_transparent_ground_lets_the_one_behind_through():
    body = (
        '<div style="background:#000"><p class="b" bgcolor="#ffffff" style="color:#000">x</p></div>'
    )
    css = ".b { background: transparent !important; color: #fff !important }"
    assert faults(body, css) == []
