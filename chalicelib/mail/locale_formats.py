"""How a language writes numbers and dates, taken from babel's copy of CLDR when mails are built.

What is taken is all that rendering will know; a language that would need more is an error here,
and never written wrongly.
"""

import re
from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import DateTimeFormat, DateTimePattern

from chalicelib.mail.language import Formats

YEAR = 2000  # any: what is written of a month does not depend on it
MONTHS = range(1, 13)
DECIMALS = (0, 3)
_FIELD = re.compile(r"%\((\w+)\)s|%%")
_PUT_IN = {"d": "{d}", "dd": "{d:02}", "y": "{y}", "yyyy": "{y:04}"}
_KNOWN_BY_MONTH = "GMLQq"


class LocaleFormatError(ValueError):
    """There is no such language, or it writes numbers or dates as no other does."""


def formats_of(language: str) -> Formats:
    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise LocaleFormatError(f"nothing is known of the language {language!r}") from error
    pattern = locale.decimal_formats[None]
    if (pattern.frac_prec, pattern.prefix, pattern.suffix) != (DECIMALS, ("", "-"), ("", "")):
        raise LocaleFormatError(f"numbers in {language!r} are written as {pattern.pattern}")
    symbols = locale.number_symbols["latn"]
    return Formats(
        decimal=symbols.get("decimal", "."),
        group=symbols.get("group", ","),
        grouping=pattern.grouping,
        months=tuple(long_date(locale, month) for month in MONTHS),
    )


def long_date(locale: Locale, month: int) -> str:
    """Write a long date in that month with `{d}` and `{y}` for day and year."""
    pattern: DateTimePattern = locale.date_formats["long"]
    known = DateTimeFormat(date(YEAR, month, 1), locale)

    def written(match: re.Match[str]) -> str:
        field = match[1]
        if field is None:
            return "%"
        if field[0] in _KNOWN_BY_MONTH:
            return str(known[field])
        if field not in _PUT_IN:
            raise LocaleFormatError(f"dates in {locale} are written as {pattern.pattern}")
        return _PUT_IN[field]

    return _FIELD.sub(written, str(pattern.format))
