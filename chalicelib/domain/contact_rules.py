"""When a member may be written to: quiet hours and the frequency cap.

Both answer with the moment from which the rule allows a mail, or None when it allows one now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """No mail from ``start`` until ``end`` by the clock on the member's wall."""

    start: time
    end: time

    def allowed_from(self, now: datetime, zone: tzinfo) -> datetime | None:
        local = now.astimezone(zone)
        if not self._holds(local.time()):
            return None
        return self._next_end(local).astimezone(UTC)

    def _holds(self, clock: time) -> bool:
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def _next_end(self, local: datetime) -> datetime:
        """Return the next end on the wall clock, always later than ``local``.

        In an hour that comes twice, whoever is in its second pass stays there (``fold``);
        where clocks jump over the end, it comes as much after the jump as it was into it.
        """
        day = local.date() if local.time() < self.end else local.date() + timedelta(days=1)
        return datetime.combine(day, self.end, tzinfo=local.tzinfo).replace(fold=local.fold)


@dataclass(frozen=True, slots=True)
class FrequencyCap:
    """At most ``mails`` in any span of length ``per``, over all journeys."""

    mails: int
    per: timedelta

    def allowed_from(self, now: datetime, mailed: Sequence[datetime]) -> datetime | None:
        recent = sorted(at for at in mailed if at > now - self.per)
        if len(recent) < self.mails:
            return None
        return recent[-self.mails] + self.per
