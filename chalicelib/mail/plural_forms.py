"""Plural forms of languages, by CLDR's rules, as gettext's catalogues declare them.

Miles are counted in whole numbers below a million here: a form that only fractions or whole
millions take is left out, as translators' tools leave it out.
"""

from collections.abc import Callable
from functools import cache
from gettext import c2py

from babel import Locale
from babel.messages.plurals import get_plural
from babel.plural import PluralRule, to_gettext

CATEGORIES = ("zero", "one", "two", "few", "many", "other")
SHOWN = 4
NUMBERS = (*range(1_000), *range(1_000, 1_000_000, 1_000))


@cache
def plural_forms(language: str) -> tuple[int, str]:
    """Return how many forms there are, and the expression that picks one.

    babel's own expression is shorter to read, and old where CLDR has moved on.
    """
    rule = Locale.parse(language, sep="-").plural_form
    by_rule = _forms_of(rule)
    known = get_plural(language.replace("-", "_"))
    return (known[0], known[1]) if same_forms((known[0], known[1]), by_rule) else by_rule


def same_forms(one: tuple[int, str], other: tuple[int, str]) -> bool:
    """Two expressions of as many forms that pick the same one for every number."""
    if one[0] != other[0]:
        return False
    picks, picks_too = _compiled(one[1]), _compiled(other[1])
    return all(picks(number) == picks_too(number) for number in NUMBERS)


def examples(language: str) -> tuple[tuple[int, ...], ...]:
    """Return for each form the first few numbers that take it."""
    count, expression = plural_forms(language)
    pick = _compiled(expression)
    takers: list[list[int]] = [[] for _ in range(count)]
    for number in range(1_000):
        takers[pick(number)].append(number)
    return tuple(tuple(numbers[:SHOWN]) for numbers in takers)


@cache
def _compiled(expression: str) -> Callable[[int], int]:
    return c2py(expression)


def _forms_of(rule: PluralRule) -> tuple[int, str]:
    used = {rule(number) for number in NUMBERS}
    *asked, _ = (category for category in CATEGORIES if category in used)
    header = to_gettext(PluralRule({category: rule.rules[category] for category in asked}))
    count, _, expression = header.removeprefix("nplurals=").partition("; plural=")
    return int(count), expression.rstrip(";")
