"""How a profile's former values look in its item.

docs/data-model.md is the reference. They are personal data, and must stand nowhere else.
"""

from collections.abc import Iterable, Mapping

from chalicelib.domain.member import Past


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
