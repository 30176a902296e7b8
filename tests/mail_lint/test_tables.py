"""The lint's own data, and the page that is made of it."""

from datetime import date

import pytest
import yaml
from mail_lint.features import BY_FEATURE

from chalicelib.domain.lint_rules import LintRule
from chalicelib.mail_lint import tables
from chalicelib.mail_lint.reference import FILE, page
from chalicelib.mail_lint.tables import client_support, explanations, words

FEATURES = client_support().features
KINDS = {"element", "attribute", "property", "function", "unit", "at_rule", "pseudo_class", "image"}


def table(name):
    folder = FILE.parents[2] / "chalicelib" / "mail_lint"
    return yaml.safe_load((folder / name).read_text(encoding="utf-8"))


def test_the_reference_is_what_the_rules_say():
    """Mend with: python -m chalicelib.mail_lint.reference."""
    assert FILE.read_text(encoding="utf-8") == page()


def test_every_rule_is_explained_and_nothing_else_is():
    assert list(table("explanations.yaml")) == [rule.value for rule in LintRule]


@pytest.mark.parametrize("rule", LintRule)
def test_a_rule_is_said_in_one_sentence(rule):
    assert rule.sentence.endswith(".")
    assert rule.sentence.count(". ") == 0
    assert explanations()[rule].why.endswith((".", '."'))
    assert explanations()[rule].mend.endswith((".", "."))


def test_every_feature_has_a_broken_template():
    assert [feature.name for feature in FEATURES] == sorted(
        BY_FEATURE, key=[feature.name for feature in FEATURES].index
    )


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_feature_says_who_lacks_it_and_where_that_is_from(feature):
    assert feature.kind in KINDS
    assert feature.lacks
    assert set(feature.lacks) <= set(client_support().clients)
    assert feature.source.startswith("https://")
    assert feature.tested is None or feature.tested < client_support().read
    assert not feature.instead.endswith(".")


def test_the_tables_say_when_they_were_read():
    assert client_support().read >= date(2026, 11, 22)


def test_words_are_small_letters_without_punctuation_around_them():
    for said in words().vague_links.values():
        assert {word.casefold().strip(" .!") for word in said} == said
    assert set(words().spam_words) <= set(words().vague_links)


def test_a_rule_without_an_explanation_is_an_error(monkeypatch):
    monkeypatch.setattr(tables, "_read", lambda _: {})
    with pytest.raises(KeyError):
        explanations.__wrapped__()
