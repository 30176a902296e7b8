"""Languages: how they are named, which one a member gets, and how it writes numbers and dates.

Languages are named by their BCP 47 tag ("pt-BR"), which is also what HTML's `lang` wants. What is
known of a language's formats comes from CLDR, by way of `locale_formats`; nothing is looked up
here, so that no library of locales is needed to write a mail.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from chalicelib.mail.filters import FILTERS

SOURCE_LANGUAGE = "en"
THOUSANDS = (3, 3)
LARGEST_EXACT = 10**25  # with three decimals, the 28 digits that a Decimal keeps
_THIRD_DECIMAL = Decimal("0.001")


def language_tag(locale: str) -> str:
    return locale.replace("_", "-")


def negotiate(locale: str, languages: Container[str]) -> str:
    """Pick the exact language, or the one it is a variant of, or the source language."""
    wanted = language_tag(locale)
    for tag in (wanted, wanted.partition("-")[0]):
        if tag in languages:
            return tag
    return SOURCE_LANGUAGE


@dataclass(frozen=True, slots=True)
class Formats:
    """One language's. `grouping` is the size of the last group of digits and of those before it.

    `months` has twelve long dates, each with its month in it and `{d}` and `{y}` to put in.
    """

    decimal: str
    group: str
    grouping: tuple[int, int]
    months: tuple[str, ...]

    def number(self, value: object) -> str:
        """24215 is "24,215" in English and "24 215", with a no-break space, in Russian."""
        if type(value) is int and -LARGEST_EXACT < value < LARGEST_EXACT:
            return f"-{self._grouped(str(-value))}" if value < 0 else self._grouped(str(value))
        exact = Decimal(str(value))
        if not exact.is_finite():
            raise ValueError(f"{value} is no number to show")
        sign = "-" if exact.is_signed() else ""
        whole, _, fraction = f"{abs(exact).quantize(_THIRD_DECIMAL):f}".partition(".")
        fraction = fraction.rstrip("0")
        return sign + self._grouped(whole) + (self.decimal + fraction if fraction else "")

    def _grouped(self, digits: str) -> str:
        if self.grouping == THOUSANDS:
            return f"{int(digits):,}".replace(",", self.group)
        last, before = self.grouping
        groups, digits = [digits[-last:]], digits[:-last]
        while digits:
            groups.append(digits[-before:])
            digits = digits[:-before]
        return self.group.join(reversed(groups))

    def long_date(self, value: date) -> str:
        """5 March 2026 as each language writes it out; a datetime must be in the member's zone."""
        return self.months[value.month - 1].format(d=value.day, y=value.year)

    def filters(self) -> Mapping[str, Callable[..., Any]]:
        return {**FILTERS, "number": self.number, "date": self.long_date}
