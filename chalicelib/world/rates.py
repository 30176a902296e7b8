"""How often the simulated people do what they do, from the figures of the case.

What the mailing adds is the difference between the case's two groups, spread over the mails
that ask for it; what people do anyway is the rate of the group that got nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Shares, 0 to 1. ``answers``: to a mail, by an event; ``anyway``: events within 30 days."""

    bounced: float
    complained: float
    opened: float
    clicked: float
    answers: Mapping[str, tuple[str, float]]
    anyway: Mapping[str, float]


_WITHOUT_AIRPORT, _WITHOUT_CARD, _WITHOUT_APP = 21 / 6467, 65 / 6467, 67 / 6467

CASE = Rates(
    bounced=0.004,
    complained=0.0005,
    opened=0.40,
    clicked=0.05,
    answers={
        "welcome": ("account.registered", 12 / 272 / 2),
        "reminder": ("account.registered", 12 / 272 / 2),
        "questionnaire": ("profile.completed", 161 / 6469 - _WITHOUT_AIRPORT),
        "app": ("app.installed", 117 / 6469 - _WITHOUT_APP),
    },
    anyway={
        "profile.completed": _WITHOUT_AIRPORT,
        "card.issued": _WITHOUT_CARD,
        "app.installed": _WITHOUT_APP,
    },
)
