"""The gallery of a finished demonstration: one self-contained page for people.

What was run, how far the mails got, what they changed, one member's whole story, and every
mail once in each language, as a member would see it on a phone and on a wide screen.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.domain.arms import Arm
from chalicelib.domain.feedback import FeedbackKind
from chalicelib.domain.journey import Programme
from chalicelib.domain.member import Member
from chalicelib.domain.report import JourneyReport
from chalicelib.world.funnel import KINDS, Stage, funnel
from chalicelib.world.lift_picture import lift_figures, lift_svg
from chalicelib.world.mail_view import NO_IMAGES, MailView, mail_name, mail_view, read_html
from chalicelib.world.mailbox import ReceivedMail
from chalicelib.world.page_templates import date_text, masked, render, words
from chalicelib.world.timeline import MemberStory, known_facts, timeline

MAX_SPECIMENS, MAX_SUBJECTS = 60, 100
_SUBJECT = re.compile(rb"^Subject:.*(?:\r?\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryData:
    """What the gallery shows; ``now`` is the world's time at the end of ``days``."""

    programme: Programme
    seed: int
    days: int
    now: datetime
    report: JourneyReport
    mails: Sequence[ReceivedMail]
    member: MemberStory
    images: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measure:
    """One bar of the funnel; ``percent`` is of the mails sent, 0 to 100."""

    label: str
    count: int
    percent: float


@dataclass(frozen=True, slots=True)
class MailFunnel:
    """What became of one mail."""

    mail: str
    sent: int
    measures: list[Measure]


_LABELS = {
    FeedbackKind.OPENED_BY_PERSON: "opened",
    FeedbackKind.CLICKED: "clicked",
    FeedbackKind.HARD_BOUNCED: "bounced",
    FeedbackKind.COMPLAINED: "called spam",
}


def gallery_html(data: GalleryData) -> str:
    """Return the page."""
    zone = ZoneInfo(data.programme.time_zone)
    specimens = pick_specimens(data.programme, data.mails, data.images)
    title = f"What the {words(data.report.journey)} journey changed"
    return render(
        "gallery.html",
        data=data,
        assigned={arm.value: data.report.assigned.get(arm, 0) for arm in Arm},
        began=date_text((data.now - timedelta(days=data.days)).astimezone(zone)),
        ended=date_text(data.now.astimezone(zone)),
        funnels=[_mail_funnel(stage) for stage in funnel(data.programme, data.report)],
        unsent=_unsent(data.report),
        lifts=lift_figures(data.report.lifts),
        lift_title=title,
        lift_picture=lift_svg(data.report.lifts, title=title),
        milestones=timeline(_with_links(data.member, specimens), zone),
        facts=_facts(data.member.member),
        specimens=specimens,
    )


def _facts(member: Member) -> list[tuple[str, str]]:
    return [(k, masked(v) if k == "email" else v) for k, v in known_facts(member)]


def pick_specimens(
    programme: Programme, mails: Iterable[ReceivedMail], images: Mapping[str, bytes] = NO_IMAGES
) -> list[MailView]:
    """Return the first of each mail in each language, in the order of the journeys."""
    found: dict[tuple[str, str], MailView] = {}
    for name, received in _with_new_subjects(programme, mails):
        key = (name, read_html(received.part("html")).language)
        if key not in found and len(found) < MAX_SPECIMENS:
            found[key] = mail_view(programme, received, images)
    order = _order(programme)
    return sorted(found.values(), key=lambda v: (order.get(v.line.mail, len(order)), v.language))


def _with_new_subjects(
    programme: Programme, mails: Iterable[ReceivedMail]
) -> Iterator[tuple[str, ReceivedMail]]:
    """Yield mails that may be in a new language: two languages share no subject.

    Most of a large mailbox is so passed over unread; where every mail has a subject of its
    own, the first ``MAX_SUBJECTS`` of them are looked at.
    """
    seen: defaultdict[str, set[bytes]] = defaultdict(set)
    for received in mails:
        name = mail_name(programme, received)
        found = _SUBJECT.search(received.mail.mime)
        subject = found[0] if found else b""
        if subject not in seen[name] and len(seen[name]) < MAX_SUBJECTS:
            seen[name].add(subject)
            yield name, received


def _order(programme: Programme) -> dict[str, int]:
    steps = [step for journey in programme.journeys.values() for step in journey.steps]
    return {step.mail: place for place, step in reversed(list(enumerate(steps)))}


def _mail_funnel(stage: Stage) -> MailFunnel:
    heard = dict(zip(KINDS, stage.heard, strict=True))
    return MailFunnel(
        words(stage.mail),
        stage.sent,
        [
            Measure(label, heard[kind], 100 * heard[kind] / stage.sent if stage.sent else 0.0)
            for kind, label in _LABELS.items()
        ],
    )


def _unsent(report: JourneyReport) -> list[tuple[str, int]]:
    """Return reasons and counts, the most frequent first."""
    counts = Counter(report.skipped) + Counter(report.failed)
    return [(reason.explanation, number) for reason, number in counts.most_common()]


def _with_links(story: MemberStory, specimens: Sequence[MailView]) -> MemberStory:
    """Let each mail of the story lead to its specimen, in the member's language if there is one."""
    locale = story.member.attribute("locale")
    ranked = sorted(specimens, key=lambda view: view.language == locale)
    anchors = {view.line.mail: f"#mail-{view.line.number}" for view in ranked}
    links = {
        (journey.journey, step.step): anchors[step.mail]
        for journey in story.stories
        for step in journey.steps
        if step.state == "sent" and step.mail in anchors
    }
    return replace(story, mail_links=links)
