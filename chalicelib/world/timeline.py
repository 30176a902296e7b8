"""One member's story as a time line: days since joining, and on each what happened and why.

Days are counted on the programme's clock, as a person would count them; what has no time
(a step still ahead, the end of a journey) comes last.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType

from chalicelib.domain.arms import Arm
from chalicelib.domain.gifts import Grant
from chalicelib.domain.member import ATTRIBUTES, ConsentStatus, Member
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.explain import JourneyStory, StepStory
from chalicelib.world.page_templates import date_text, grouped, sentence, words


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberStory:
    """A member, the journeys, the gifts; ``mail_links`` by journey and step, where there is one."""

    member: Member
    stories: Sequence[JourneyStory]
    grants: Sequence[Grant]
    mail_links: Mapping[tuple[str, str], str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, or will. ``kind`` picks its mark; ``at`` is None: no time known."""

    kind: str
    at: datetime | None
    title: str
    note: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Milestone:
    """A day and its moments, each with its hour; ``number`` counts from joining.

    What has no date stands under a ``label`` of its own, without a number.
    """

    label: str
    number: int | None
    date: str
    moments: list[tuple[str, Moment]]


_STEPS: Mapping[str, tuple[str, str]] = {
    "sent": ("sent", "Mail sent: {}"),
    "sending": ("waiting", "Being sent: {}"),
    "unknown": ("waiting", "Sent, and no answer yet: {}"),
    "skipped": ("skipped", "Mail skipped: {}"),
    "failed": ("bad", "Mail given up: {}"),
    "due": ("waiting", "Goes out next: {}"),
    "waiting": ("waiting", "Waits: {}"),
    "paused": ("waiting", "Paused: {}"),
    "to be skipped": ("skipped", "Will be skipped: {}"),
    "ahead": ("ahead", "Still ahead: {}"),
}
"""Mark and words for a step in each state; "not sent" is told once, with the journey's end."""

_HEARD: Mapping[str, tuple[str, str]] = {
    "delayed": ("heard", "Delivery is delayed: {}"),
    "opened": ("heard", "Opened, perhaps by a machine: {}"),
    "opened_by_person": ("heard", "Opened: {}"),
    "clicked": ("heard", "Link followed, perhaps by a machine: {}"),
    "clicked_by_person": ("heard", "Link followed: {}"),
    "soft_bounced": ("bad", "Returned, may work another time: {}"),
    "hard_bounced": ("bad", "Bounced, the address does not work: {}"),
    "complained": ("bad", "Called spam by the member: {}"),
    "rejected": ("bad", "Not sent by the mail service after all: {}"),
}
"""Feedback that a reader wants to hear of: not that a sent mail was sent and delivered."""

_ENTERED = {
    Arm.TREATED.value: "drawn to be mailed",
    Arm.CONTROL.value: "drawn to be held out",
}


def timeline(story: MemberStory, zone: tzinfo) -> list[Milestone]:
    """Return the story day by day."""
    moments = list(_moments(story))
    dated = sorted(((m.at, m) for m in moments if m.at), key=itemgetter(0))
    joined_on = story.member.joined_at.astimezone(zone).date()
    days = [
        Milestone("day", (day - joined_on).days, date_text(day), _with_clocks(pairs, zone))
        for day, pairs in groupby(dated, lambda pair: pair[0].astimezone(zone).date())
    ]
    undated = [("", moment) for moment in moments if not moment.at]
    if not undated:
        return days
    label = "end" if any(story.ended for story in story.stories) else "ahead"
    return [*days, Milestone(label, None, "", undated)]


def _with_clocks(
    pairs: Iterable[tuple[datetime, Moment]], zone: tzinfo
) -> list[tuple[str, Moment]]:
    return [(f"{at.astimezone(zone):%H:%M}", moment) for at, moment in pairs]


def _moments(story: MemberStory) -> Iterator[Moment]:
    """Tell everything; of what happens at one time a cause comes before its effect."""
    yield from _membership(story.member)
    for journey in story.stories:
        note = _ENTERED.get(journey.arm, "")
        yield Moment("entered", journey.entered_at, f"Journey begun: {journey.journey}", note)
        for goal, at in journey.goals.items():
            yield Moment("goal", at, f"Goal reached: {words(goal)}")
    yield from map(_gift, story.grants)
    for journey in story.stories:
        for step in journey.steps:
            yield from _step(step, story.mail_links.get((journey.journey, step.step), ""))
        yield from _end(journey)


def known_facts(member: Member) -> list[tuple[str, str]]:
    """Return what is known of the member: attributes, balances, the word on mails."""
    balances = [(words(unit), grouped(member.balance(unit))) for unit in member.units()]
    known = [(words(name), member.attribute(name)) for name in ATTRIBUTES if member.attribute(name)]
    return [*known, *balances, ("consent", member.consent.status.value)]


def _membership(member: Member) -> Iterator[Moment]:
    yield Moment("joined", member.joined_at, "Joined the programme", member.attribute("channel"))
    if member.consent.status is ConsentStatus.DECLINED:
        yield Moment("bad", member.consent.at, "Asked for no more mails")
    if member.suppression:
        cause = words(member.suppression.cause.value)
        yield Moment("bad", member.suppression.at, "No mail may go to this address any more", cause)
    if member.left_at:
        yield Moment("ended", member.left_at, "Left the programme")


def _step(step: StepStory, link: str) -> Iterator[Moment]:
    if step.state not in _STEPS:
        return
    mail = words(step.mail)
    kind, title = _STEPS[step.state]
    if step.state == "waiting" and step.at:
        title = "Planned: {}"
    yield Moment(kind, step.at, title.format(mail), sentence(step.reason), link)
    for heard, at in step.feedback.items():
        if heard in _HEARD and f"{heard}_by_person" not in step.feedback:
            kind, title = _HEARD[heard]
            yield Moment(kind, at, title.format(mail))


def _end(journey: JourneyStory) -> Iterator[Moment]:
    if not journey.ended:
        return
    unsent = ", ".join(words(s.mail) for s in journey.steps if s.state not in _STEPS)
    note = sentence(journey.ended) + (f"; not sent: {unsent}" if unsent else "")
    kind = "done" if journey.ended is Reason.COMPLETED else "ended"
    yield Moment(kind, None, f"Journey ended: {journey.journey}", note)


def _gift(grant: Grant) -> Moment:
    step = grant.source.rpartition(".")[2]
    title = f"Gift: {grouped(grant.amount)} {words(grant.unit)}"
    return Moment("gift", grant.granted_at, title, f"promised by the mail of step {step}")
