"""What is wrong with a subject or a preheader, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.lint_rules import LintRule as Rule
from chalicelib.mail_lint.headline_rules import (
    MAX_PREHEADER_CHARS,
    MAX_SUBJECT_CHARS,
    headline_faults,
    repeats,
)

PARTS = st.sampled_from(["subject", "preheader"])
LOCALES = st.sampled_from(["en", "ru", "pt-BR", "zh-Hant", "xx"])


def rules_of(text, part="subject", locale="en"):
    return {rule for _, _, rule in headline_faults(part, text, locale)}


@given(PARTS, st.text(), LOCALES)
def test_any_text_can_be_judged(part, text, locale):
    for what, cure, rule in headline_faults(part, text, locale):
        assert what
        assert cure
        assert isinstance(rule, Rule)


@given(st.text(alphabet="абвгдеж abcdef,.", min_size=1).filter(str.strip))
def test_small_letters_with_commas_are_wrong_only_by_their_length(text):
    too_long = {Rule.LONG_HEADLINE} if len(text) > MAX_SUBJECT_CHARS else set()
    assert rules_of(text) == too_long


@given(st.text(alphabet="abcdef ", min_size=1).filter(str.strip), st.integers(2, 9))
def test_more_exclamation_marks_than_one_are_too_many(text, count):
    assert Rule.EXCLAMATION_MARKS in rules_of(text + "!" * count)
    assert Rule.EXCLAMATION_MARKS not in rules_of(text + "!")


def test_a_headline_may_have_as_many_characters_as_an_inbox_shows():
    assert rules_of("a" * MAX_SUBJECT_CHARS) == set()
    assert rules_of("a" * (MAX_SUBJECT_CHARS + 1)) == {Rule.LONG_HEADLINE}
    assert rules_of("a" * MAX_PREHEADER_CHARS, "preheader") == set()
    assert rules_of("a" * (MAX_PREHEADER_CHARS + 1), "preheader") == {Rule.LONG_HEADLINE}


@pytest.mark.parametrize(
    "text",
    [
        "Welcome aboard, ANNA",
        "Your flight to USA and UK",
        "MWST",
        "Подарок в 500 миль!",
        "¡Hola, Anna!",
        "欢迎加入,您的里程已到账",
        "أهلا بك يا عبد الرحمن",
        "Restart: what changed",
        "News: fwd is not here",
        "Feel free to make money orders",
        "A flag 🇪🇸 for you",
        "👩🏽‍✈️ is one emoji of four parts",
        "5 ★ hotels",
    ],
)
def test_what_only_looks_like_a_fault_is_none(text):
    assert rules_of(text) <= {Rule.SPAM_WORDS} if "make money" in text else rules_of(text) == set()


@pytest.mark.parametrize(
    ("text", "locale", "rule"),
    [
        ("", "en", Rule.EMPTY_HEADLINE),
        ("\u00a0 ", "en", Rule.EMPTY_HEADLINE),
        ("LAST CALL FOR MILES", "en", Rule.SHOUTING),
        ("ПОСЛЕДНИЙ ДЕНЬ", "ru", Rule.SHOUTING),
        ("Miles！！", "en", Rule.EXCLAMATION_MARKS),  # noqa: RUF001
        ("RE: your miles", "en", Rule.FAKE_REPLY),
        ("Fwd[2] : miles", "en", Rule.FAKE_REPLY),
        ("Отв: мили", "ru", Rule.FAKE_REPLY),
        ("Act now and fly", "en-GB", Rule.SPAM_WORDS),
        ("Save $$$ today", "en", Rule.SPAM_WORDS),
        ("Вам дополнительный доход", "ru", Rule.SPAM_WORDS),
        ("🎉🎉 Miles", "en", Rule.TOO_MANY_EMOJI),
        ("Miles\u202e", "en", Rule.CONTROL_CHARACTER),
        ("Mi\u00adles", "en", Rule.CONTROL_CHARACTER),
    ],
)
def test_a_fault_is_found_in_its_language(text, locale, rule):
    assert rules_of(text, locale=locale) == {rule}


def test_words_are_held_against_their_own_language_alone():
    assert rules_of("Act now", locale="ru") == set()


def test_only_a_subject_pretends_to_be_an_answer():
    assert rules_of("Re: miles", "preheader") == set()


@given(st.text(alphabet="abc XYZ!", min_size=1).filter(lambda text: text.strip(" !")))
def test_a_preheader_that_is_the_subject_repeats_it(text):
    assert repeats(text, f" {text.upper()} ! ")
    assert not repeats(text, f"{text}, and more than that")
