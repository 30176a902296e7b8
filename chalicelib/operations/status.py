"""What tells whether the engine works, and which of it needs a hand: pure values and a verdict.

Who looks, and where, is in ``status_aws`` and in the local world. The limits are those of the
alarms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.brakes import Pauses
from chalicelib.operations.words import counted

OLDEST_DUE_SECONDS = 600
OLDEST_MESSAGE_SECONDS: Mapping[str, int] = {"events": 1800, "sends": 900, "feedback": 3600}
"""Events about members who are not known yet wait, by intention; feedback is in no hurry."""
BOUNCE_RATE = 0.03
COMPLAINT_RATE = 0.0008
QUOTA_SHARE = 0.9
HEALTHY = "HEALTHY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue, with what was set aside of it; ``oldest_seconds`` is None when nobody knows."""

    name: str
    waiting: int = 0
    in_flight: int = 0
    oldest_seconds: int | None = None
    dead_letters: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A pause that holds mails back; no ``journey``: everything."""

    journey: str | None
    since: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm that sounds, and what it says of itself."""

    name: str
    since: datetime
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailService:
    """The account at SES: its quota for a day and what SES thinks of it. Rates are shares."""

    sent_in_a_day: int
    daily_quota: int
    per_second: float
    standing: str
    sending: bool
    production: bool
    bounce_rate: float | None = None
    complaint_rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Something that a person has to do."""

    what: str
    cure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A stage or a world at one moment.

    ``counts`` has the metrics' sums by name for each span of time, the widest last. ``due_now`` is
    without what is paused, and the least that it can be when ``more_due``. ``unseen`` says what
    could not be looked at.
    """

    stage: str
    at: datetime
    paused: tuple[Held, ...] = ()
    due_now: int = 0
    more_due: bool = False
    oldest_due_seconds: int = 0
    queues: tuple[Queue, ...] = ()
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    alarms: tuple[Alarm, ...] = ()
    mail_service: MailService | None = None
    unseen: tuple[str, ...] = ()

    def hands(self) -> list[Hand]:
        """Return what needs a hand, the most urgent first."""
        return [
            *_of_pauses(self.paused),
            *_of_mail_service(self.mail_service),
            *_of_dead_letters(self),
            *_of_delays(self),
            *_of_counts(self.counts),
            *(Hand(what=f"Alarm {a.name}", cure=a.meaning) for a in self.alarms),
            *(
                Hand(what=f"Not seen: {each}", cure="See to it, then ask again")
                for each in self.unseen
            ),
        ]


def held_by(pauses: Pauses) -> tuple[Held, ...]:
    """Return what is paused, everything first."""
    everything = [(None, pauses.everything)] if pauses.everything else []
    return tuple(
        Held(journey=journey, since=pause.since, why=pause.why)
        for journey, pause in [*everything, *sorted(pauses.journeys.items())]
    )


def _of_pauses(paused: tuple[Held, ...]) -> Iterator[Hand]:
    """A pause is somebody's to end, or it is forgotten."""
    for held in paused:
        what = f"{held.journey or 'Everything'} is paused since {held.since:%Y-%m-%d %H:%M}"
        cure = f"When that is mended: milepost resume {held.journey or '--all'}"
        yield Hand(what=f"{what}: {held.why}", cure=cure)


def _of_mail_service(service: MailService | None) -> Iterator[Hand]:
    if service is None:
        return
    if not service.sending:
        cure = "Find out why, then: aws sesv2 put-account-sending-attributes --sending-enabled"
        yield Hand(what="SES has paused the account's sending", cure=cure)
    if service.standing != HEALTHY:
        cure = "Read SES's mail to the account's owner, and answer it in the Support Center"
        yield Hand(what=f"SES has put the account on {service.standing}", cure=cure)
    if service.sent_in_a_day > QUOTA_SHARE * service.daily_quota:
        share = f"{service.sent_in_a_day:,} of {service.daily_quota:,}"
        cure = "Ask for a higher quota in Service Quotas, under SES"
        yield Hand(what=f"SES's quota for a day is nearly used up: {share}", cure=cure)
    if (service.bounce_rate or 0) > BOUNCE_RATE:
        cure = "Stop importing old addresses; see where the bounces come from: milepost report"
        yield Hand(what=f"{service.bounce_rate:.1%} of the mails bounce", cure=cure)
    if (service.complaint_rate or 0) > COMPLAINT_RATE:
        cure = "Mail less, or only those who asked for it; at 0.1 % SES reviews the account"
        yield Hand(what=f"{service.complaint_rate:.2%} of the mails are complained of", cure=cure)


def _of_dead_letters(status: Status) -> Iterator[Hand]:
    at = "" if status.stage == "local" else f" --stage {status.stage}"
    for queue in status.queues:
        if queue.dead_letters:
            what = f"{counted(queue.dead_letters, 'dead letter')} of {queue.name}"
            yield Hand(what=what, cure=f"See what they are: milepost dlq list {queue.name}{at}")


def _of_delays(status: Status) -> Iterator[Hand]:
    if status.oldest_due_seconds > OLDEST_DUE_SECONDS:
        late = f"{status.oldest_due_seconds // 60} minutes"
        cure = "See what the senders and the tick say: milepost tail"
        yield Hand(what=f"A step has been due for {late}", cure=cure)
    for queue in status.queues:
        oldest, most = queue.oldest_seconds or 0, OLDEST_MESSAGE_SECONDS.get(queue.name)
        if most is not None and oldest > most:
            late = f"{oldest // 60} minutes"
            cure = "See what the function behind it says: milepost tail"
            yield Hand(what=f"A message has been in {queue.name} for {late}", cure=cure)


def _of_counts(counts: Mapping[str, Mapping[str, int]]) -> Iterator[Hand]:
    span, widest = [*counts.items()][-1] if counts else ("", {})
    if broken := widest.get("mail_not_rendered", 0):
        cure = "Lint the programme, and see whose they are: milepost tail --since 1d"
        yield Hand(what=f"{counted(broken, 'mail')} could not be made, {span}", cure=cure)
