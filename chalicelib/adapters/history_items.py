"""How a profile's former values look in its item, and mails of members merged into it.

docs/data-model.md is the reference. They are personal data, and must stand nowhere else.
"""

from collections.abc import Iterable, Mapping

from chalicelib.adapters import moments
from chalicelib.domain.member import Mails, Past


def past_map(past: Iterable[Past]) -> dict[str, str]:
    """A version changes a name once at the most, so that the two name an entry.

    >>> past_map([Past("first_name", "Ann", 7)])
    {'7#first_name': 'Ann'}
    """
    return {f"{each.until}#{each.name}": each.value for each in past}


def past_of(entries: Mapping[str, str]) -> tuple[Past, ...]:
    """Read it back, the oldest first: a map has no order."""
    keys = ((key.partition("#"), value) for key, value in entries.items())
    past = [Past(name, value, int(until)) for (until, _, name), value in keys]
    return tuple(sorted(past, key=lambda each: (each.until, each.name)))


def mails_map(mails: Mails) -> dict[str, str]:
    """Name each mail by journey and step, with its times in microseconds.

    >>> from datetime import UTC, datetime
    >>> mails_map({("welcome", "reminder"): (datetime(2026, 11, 21, 20, 30, tzinfo=UTC),)})
    {'welcome#reminder': '1795293000000000'}
    """
    return {
        "#".join(name): " ".join(str(moments.microseconds(at)) for at in times)
        for name, times in mails.items()
    }


def mails_of(entries: Mapping[str, str]) -> Mails:
    """Read it back."""
    named = ((name.partition("#"), text.split()) for name, text in entries.items())
    return {
        (journey, step): tuple(moments.from_microseconds(int(number)) for number in numbers)
        for (journey, _, step), numbers in named
    }
