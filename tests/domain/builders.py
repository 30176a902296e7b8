"""Members, journeys and enrolments with everything filled in, for tests that care for one thing.

Below the builders are hypothesis strategies: ``situations`` of every kind, sensible or not, and
``open_situations`` in which nothing speaks against the mail.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from chalicelib.domain.arms import Arm
from chalicelib.domain.brakes import NO_PAUSES, Pauses
from chalicelib.domain.contact_rules import FrequencyCap, QuietHours
from chalicelib.domain.enrolment import Enrolment, Exit, StepRecord, StepState
from chalicelib.domain.events import EventType, PartnerEvent
from chalicelib.domain.feedback import FeedbackKind
from chalicelib.domain.identity import Alias, AliasType
from chalicelib.domain.journey import Goal, Journey, Programme, Sender, Step
from chalicelib.domain.member import (
    Consent,
    ConsentStatus,
    Member,
    Suppression,
    SuppressionCause,
)
from chalicelib.domain.reasons import Reason

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
GOALS = ("account_registered", "home_airport_given", "app_installed")
ZONES = (
    "UTC",
    "Europe/Moscow",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)


def goal(name, event=EventType.ACCOUNT_REGISTERED, within=30 * DAY, prior=10):
    return Goal(name=name, event=event, within=within, prior=prior)


def journey(*steps, **changes):
    """A journey of steps, or of step names that are mails of the same name."""
    made = Journey(
        name="welcome",
        version=1,
        entry_event=EventType.MEMBER_JOINED,
        entry_when=None,
        salt="welcome-2027",
        holdout=0.5,
        goals=GOALS,
        exit_when=None,
        steps=tuple(Step(name=s, mail=s) if isinstance(s, str) else s for s in steps),
    )
    return replace(made, **changes)


def programme(*journeys, **changes):
    made = Programme(
        name="airline-bonus",
        sender=Sender(name="Vesper Club", address="news@mail.example.com"),
        locales=("en", "ru"),
        time_zone="Europe/Moscow",
        consent_required=False,
        units=("redeemable", "qualifying"),
        tiers=("basic", "silver"),
        quiet_hours=None,
        frequency_caps=(),
        goals={
            "account_registered": goal("account_registered"),
            "home_airport_given": goal("home_airport_given", EventType.PROFILE_COMPLETED),
            "app_installed": goal("app_installed", EventType.APP_INSTALLED),
        },
        journeys={made.name: made for made in journeys},
        links={},
        details={},
    )
    return replace(made, **changes)


def member(consent=ConsentStatus.UNSAID, *, joined_at=NOW, member_id="m" * 26, **changes):
    made = Member(
        member_id=member_id,
        joined_at=joined_at,
        consent=Consent(consent, joined_at),
        attributes={"email": "ann@example.com", "channel": "offline"},
    )
    return replace(made, **changes)


def enrolment(step="welcome", **changes):
    made = Enrolment(
        member_id="m" * 26,
        journey="welcome",
        journey_version=1,
        entry=1,
        arm=Arm.TREATED,
        entered_at=NOW,
        step=step,
        ready_at=NOW,
        due_at=NOW,
    )
    return replace(made, **changes)


def record(state=StepState.SENT, at=NOW, **fields):
    return StepRecord(state=state, at=at, **fields)


def event(kind=EventType.MEMBER_UPDATED, at=NOW, **fields):
    made = PartnerEvent(
        partner="loyalty",
        event_id="e1",
        type=kind,
        occurred_at=at,
        aliases=(Alias(AliasType.CARD, "7000123"),),
    )
    return replace(made, **fields)


@dataclass(frozen=True)
class Situation:
    """All that a decision depends on."""

    programme: Programme
    enrolment: Enrolment
    member: Member
    now: datetime
    mailed: tuple[datetime, ...] = ()
    pauses: Pauses = NO_PAUSES

    @property
    def arguments(self):
        return (
            self.programme, self.enrolment, self.member, self.now, self.mailed, self.pauses
        )  # fmt: skip


def clock(minute):
    """Return the time of day; minutes run on past midnight and back before it."""
    return time(minute % 1440 // 60, minute % 60)


odd = st.sampled_from([False] * 11 + [True])
"""Were every veto as likely as not, everything would be vetoed."""
sometimes = st.sampled_from([False] * 3 + [True])
moments = st.integers(0, 13_000_000).map(lambda n: datetime(2010, 1, 1, tzinfo=UTC) + n * MINUTE)
spans = st.integers(0, 30 * 1440).map(lambda n: n * MINUTE)
near = st.integers(-40 * 1440, 40 * 1440).map(lambda n: n * MINUTE)
lately = st.integers(-1440, 0).map(lambda n: n * MINUTE)
clocks = st.integers(0, 1439).map(clock)
quiet_hours = st.builds(QuietHours, clocks, clocks)
caps = st.builds(FrequencyCap, st.integers(1, 3), spans.map(lambda span: span + MINUTE))
zone_names = st.sampled_from(ZONES)
odd_zone_names = st.text(max_size=5) | st.just("America")
mailings = st.lists(near | lately, max_size=6)
cap_lists = st.lists(caps, max_size=2)


def always(_facts):
    return True


def never(_facts):
    return False


CONDITIONS = [
    *[None] * 4,
    always,
    lambda facts: facts["channel"] == "offline",
    lambda facts: facts["goals"]["account_registered"],
    lambda facts: facts["balances"]["redeemable"] > 0,
    never,
]
STEP_NAMES = ("welcome", "reminder", "collect", "questionnaire")


@st.composite
def journeys(draw, conditions=st.sampled_from(CONDITIONS), goals=st.sampled_from([None, *GOALS])):  # noqa: B008 - strategies don't change
    names = draw(st.permutations(STEP_NAMES))[draw(st.integers(0, 1)) :]
    steps = [
        Step(
            name=name,
            mail=name,
            wait=draw(st.sampled_from([timedelta(0), MINUTE, 4 * DAY])),
            wait_for=draw(conditions),
            when=draw(conditions),
            goal=draw(goals),
        )
        for name in names
    ]
    return journey(*steps, exit_when=draw(st.sampled_from([*[None] * 6, never, always])))


@st.composite
def members(draw, now):
    said = st.sampled_from([ConsentStatus.GIVEN, ConsentStatus.UNSAID])
    suppression = Suppression(draw(st.sampled_from(SuppressionCause)), now + draw(near))
    return member(
        ConsentStatus.DECLINED if draw(odd) else draw(said),
        attributes={
            "email": "" if draw(odd) else "ann@example.com",
            "channel": draw(st.sampled_from(["online", "offline"])),
            "time_zone": draw(odd_zone_names if draw(odd) else zone_names),
        },
        balances=draw(st.sampled_from([{}, {"redeemable": 5}, {"redeemable": -5}])),
        granted=draw(st.sampled_from([{}, {"redeemable": 7}, {"qualifying": 1}])),
        goals={name: now + draw(near) for name in GOALS if draw(sometimes)},
        suppression=suppression if draw(odd) else None,
        left_at=now + draw(near) if draw(odd) else None,
    )


@st.composite
def step_records(draw, now):
    kinds = st.lists(st.sampled_from(FeedbackKind), max_size=3)
    return record(
        draw(st.sampled_from(StepState)),
        now + draw(near),
        reason=draw(st.sampled_from([None, *Reason])),
        feedback=dict.fromkeys(draw(kinds), now),
    )


@st.composite
def enrolments(draw, now, eventful=sometimes):
    """Enrolments of any kind; ``eventful`` draws which steps and goals something is known of."""
    ended = Exit(draw(st.sampled_from(Reason)), now + draw(near))
    return enrolment(
        "removed" if draw(odd) else draw(st.sampled_from([*STEP_NAMES, None])),
        journey="gone" if draw(odd) else "welcome",
        arm=Arm.CONTROL if draw(odd) else Arm.TREATED,
        entered_at=now + draw(near),
        ready_at=now + draw(near | lately),
        due_at=draw(st.sampled_from([None, now, now + draw(near)])),
        steps={name: draw(step_records(now)) for name in STEP_NAMES if draw(eventful)},
        goals={name: now + draw(near) for name in GOALS if draw(eventful)},
        exit=ended if draw(odd) else None,
    )


@st.composite
def situations(draw):
    """Any state at all, however odd: the decision has an answer to each."""
    now = draw(moments)
    return Situation(
        programme(
            draw(journeys()),
            consent_required=draw(odd),
            quiet_hours=None if draw(odd) else draw(quiet_hours),
            frequency_caps=tuple(draw(cap_lists)),
            time_zone=draw(zone_names),
        ),
        draw(enrolments(now)),
        draw(members(now)),
        now,
        tuple(now + offset for offset in draw(mailings)),
    )


@st.composite
def open_situations(draw):
    """A treated member before a step for which nothing speaks against the mail."""
    now, zone, required = draw(moments), draw(zone_names), draw(odd)
    holding = st.sampled_from([None, always])
    chain = draw(journeys(conditions=holding, goals=st.sampled_from([None, "app_installed"])))
    return Situation(
        programme(
            replace(chain, exit_when=None),
            consent_required=required,
            quiet_hours=None if draw(odd) else draw(quiet_hours_around(now, zone, hit=False)),
            frequency_caps=tuple(draw(cap_lists)),
        ),
        enrolment(draw(st.sampled_from(chain.steps)).name, ready_at=now - draw(spans)),
        member(
            ConsentStatus.GIVEN if required else ConsentStatus.UNSAID,
            attributes={"email": "ann@example.com", "time_zone": zone},
        ),
        now,
    )


@st.composite
def quiet_hours_around(draw, now, zone, *, hit):
    """Quiet hours that hold the minute of ``now`` on the clock of the zone, or that do not."""
    local = now.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    offset = draw(st.integers(-1000, 0) if hit else st.integers(1, 1000))
    shortest, longest = (1 - offset, 1439) if hit else (1, 1440 - offset)
    start = minute + offset
    return QuietHours(clock(start), clock(start + draw(st.integers(shortest, longest))))
