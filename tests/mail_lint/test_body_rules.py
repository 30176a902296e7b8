"""What a member reads, and what the text part leaves out."""

import pytest

from chalicelib.domain.lint_rules import LintRule as Rule
from chalicelib.domain.problem import Problem
from chalicelib.mail.templates import RenderedMail
from chalicelib.mail_lint.body_rules import body_problems, hollow_problems, text_problems
from chalicelib.mail_lint.rendition import Rendition

ALL = (body_problems, text_problems, hollow_problems)


class Nowhere:
    """Places that know no files."""

    def of_text(self, _rendition, text, what, cure, rule):
        return Problem(text, 1, what, cure, rule)

    of_part = of_headline = of_text


def rules_of(html, text="", *, subject="", locale="en", checks=ALL):
    mail = RenderedMail(subject, "", f"<html><body>{html}</body></html>", text)
    rendition = Rendition("m", locale, "s", mail)
    return {problem.rule for check in checks for problem in check(rendition, Nowhere())}


@pytest.mark.parametrize(
    "said",
    [
        "Hello, !",
        "Hello ,",
        "Dear : you have miles",
        "You have None.",
        "Your card () is here",
        "Your card «» is here",
        "Hello {{ name }}",
        "Hello %(name)s",
        "Your city: , and more",
        "\n, and more",
    ],
)
def test_a_gap_is_found_in_every_part(said):
    if not said.startswith("Dear"):
        assert rules_of(f"<p>{said}</p>", checks=[hollow_problems]) == {Rule.HOLLOW_TEXT}
        assert rules_of("", said, checks=[hollow_problems]) == {Rule.HOLLOW_TEXT}


@pytest.mark.parametrize(
    "said",
    [
        "Hello!",
        "None of your miles expire.",
        "Well... that is it.",
        "Use .com, or .org; (really)!",
        "A list:\n* one\n* two",
        "Is it 5 ? no",
        "At 10:30, on time; fine",
        ":) and ;)",
        "Wait, what?!",
        "{one} and 100 %",
    ],
)
def test_whole_sentences_have_no_gap(said):
    assert rules_of("", said.replace(" ?", "?"), checks=[hollow_problems]) == set()


def test_a_space_before_an_exclamation_mark_is_right_in_french_alone():
    assert rules_of("", "Bonjour !", locale="fr-CA", checks=[hollow_problems]) == set()
    assert rules_of("", "Hello !", checks=[hollow_problems]) == {Rule.HOLLOW_TEXT}


def test_a_gap_in_the_subject_is_found():
    assert rules_of("", subject="Hello, !", checks=[hollow_problems]) == {Rule.HOLLOW_TEXT}


def test_cells_are_texts_of_their_own():
    cells = "<table><tr><td>Home airport</td><td>!</td><td>.</td></tr></table>"
    assert Rule.HOLLOW_TEXT not in rules_of(cells, checks=[hollow_problems])


@pytest.mark.parametrize(
    ("href", "text"),
    [
        ("https://example.com/a?b=1&amp;c=2", "https://example.com/a?b=1&c=2"),
        ("mailto:help@example.com?subject=x", "Write to help@example.com."),
        ("tel:+441234", "Call +441234."),
        ("#top", ""),
        ("cid:part1", ""),
    ],
)
def test_a_link_that_the_text_names_is_in_it(href, text):
    html = f'<a href="{href}">Go on</a>'
    assert Rule.LINK_NOT_IN_TEXT not in rules_of(html, text, checks=[text_problems])


def test_a_link_to_another_page_of_the_same_site_is_another_link():
    html = '<a href="https://example.com/a">Go on</a>'
    text = "Go on: https://example.com/b"
    assert Rule.LINK_NOT_IN_TEXT in rules_of(html, text, checks=[text_problems])


@pytest.mark.parametrize("said", ["Here", "  click\nhere → ", "Read more …", "HERE!"])
def test_a_vague_link_is_vague_however_it_is_written(said):
    html = f'<a href="https://example.com">{said}</a>'
    assert rules_of(html, checks=[body_problems]) == {Rule.VAGUE_LINK_TEXT}


def test_an_image_speaks_for_its_link_by_its_alt_text():
    html = '<a href="https://example.com"><img src="https://x" alt="{}" width="9" /></a>'
    assert rules_of(html.format("Your account"), checks=[body_problems]) == set()
    assert rules_of(html.format(""), checks=[body_problems]) == {Rule.SILENT_LINK}
    assert rules_of(html.format("click here"), checks=[body_problems]) == {Rule.VAGUE_LINK_TEXT}


def test_hidden_text_is_not_read():
    html = '<div style="display: none">preheader preheader</div><p>hello</p>'
    assert rules_of(html, "hello", checks=[text_problems]) == set()


def test_two_thirds_of_the_words_are_enough():
    html = "<p>alpha bravo charlie</p>"
    assert rules_of(html, "ALPHA, bravo", checks=[text_problems]) == set()
    assert rules_of(html, "alpha", checks=[text_problems]) == {Rule.TEXT_INCOMPLETE}


@pytest.mark.parametrize(
    ("images", "chars", "rules"),
    [
        ('<img width="600" height="300" alt="x" />', 399, {Rule.IMAGE_ONLY}),
        ('<img width="600" height="300" alt="x" />', 401, set()),
        ('<img width="600" height="600" alt="x" />', 719, {Rule.IMAGE_ONLY}),
        ('<img width="600" height="600" alt="x" />', 721, set()),
        ('<img width="600" height="auto" alt="x" />', 401, set()),
        ('<img width="90" height="90" alt="x" />' * 20, 1, set()),
        ("", 0, set()),
    ],
)
def test_text_is_weighed_against_the_pixels_of_images(images, chars, rules):
    assert rules_of(f"<p>{'a' * chars}</p>{images}", checks=[body_problems]) == rules
