"""What members choose for themselves on their page of preferences: topics, pace, language.

Nobody chooses for them: no event of a partner changes what stands here. What was not chosen is
as the programme has it, so that the empty preferences change nothing.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib.domain.contact_rules import FrequencyCap

DAY = timedelta(days=1)
_DAYS_OF = {"d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7}
_SPACING = re.compile(rf"([1-9][0-9]{{0,2}}) *({'|'.join(_DAYS_OF)})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """``spacing`` is the least time between two mails; ``language`` "" means as partners tell."""

    declined_topics: frozenset[str] = frozenset()
    spacing: timedelta | None = None
    language: str = ""

    def declines(self, topic: str | None) -> bool:
        """Tell whether the member wants no mails of the topic; what has none goes to everybody."""
        return topic in self.declined_topics

    def caps(self, caps: Iterable[FrequencyCap]) -> list[FrequencyCap]:
        """Return the programme's caps and the member's own: whichever is stricter holds."""
        own = [FrequencyCap(1, self.spacing)] if self.spacing else []
        return [*caps, *own]

    def choosing(self, choice: "Choice", declared: Collection[str]) -> "Preferences":
        """Return what holds after the choice, among the topics that are declared now.

        What was declined of a topic that the programme no longer has stays declined: it may come
        back. A language is chosen only by changing it: who saves other choices stays with what
        the partner tells.
        """
        kept = self.declined_topics - set(declared)
        return replace(
            self,
            declined_topics=kept | (set(declared) - choice.topics),
            spacing=choice.spacing,
            language=choice.language or self.language,
        )


NO_PREFERENCES = Preferences()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a member has sent: the topics that are wanted; a language only where it is another."""

    topics: frozenset[str]
    spacing: timedelta | None = None
    language: str = ""


def spacing_of(text: str) -> timedelta | None:
    """Read "7 days" or "2 weeks", up to a year; None for what is no number of whole days."""
    match = _SPACING.fullmatch(text)
    days = int(match[1]) * _DAYS_OF[match[2]] if match else 0
    return days * DAY if 0 < days <= 365 else None  # noqa: PLR2004 - a year
