"""The pages of the live local world: its overview, a mail, a member.

Pure functions from data to HTML. Every act on a page is a plain form, so that nothing needs
scripts; the paths they post to are those that the server answers below ``/_world/``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from chalicelib.domain.journey import Programme
from chalicelib.domain.lift import Lift
from chalicelib.domain.member import ConsentStatus, Member
from chalicelib.operations.letter_words import letter_told
from chalicelib.usecases.dead_letters import FiledLetter
from chalicelib.world.lift_picture import lift_figures
from chalicelib.world.mail_view import mail_line, mail_view
from chalicelib.world.mailbox import ReceivedMail
from chalicelib.world.page_templates import date_text, render, time_text, words
from chalicelib.world.timeline import MemberStory, known_facts, timeline

MAX_ROWS = 200
"""Of mails, members and dead letters, so many of the newest are listed."""
_NEWEST = slice(None, -MAX_ROWS - 1, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldData:
    """The whole world; mails, members and dead letters in the order in which they came.

    ``base_url`` and ``partner`` are for the help on sending events; the secret stays outside.
    """

    programme: Programme
    now: datetime
    base_url: str
    partner: str
    mails: Sequence[ReceivedMail] = ()
    members: Sequence[Member] = ()
    letters: Sequence[FiledLetter] = ()
    lifts: Mapping[str, Lift] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class MailData:
    """One mail; ``now`` is the world's time."""

    programme: Programme
    now: datetime
    received: ReceivedMail
    images: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberData:
    """One member; ``mails`` are those that this member got, or all of the world."""

    programme: Programme
    now: datetime
    story: MemberStory
    mails: Sequence[ReceivedMail] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """A member as one line of the list."""

    member_id: str
    name: str
    email: str
    joined: str
    standing: str
    goals: int


def world_page(data: WorldData) -> str:
    zone = ZoneInfo(data.programme.time_zone)
    return render(
        "world.html",
        data=data,
        clock=_clock(data.programme, data.now),
        mails=[mail_line(data.programme, mail) for mail in data.mails[_NEWEST]],
        members=[_member_line(member, zone) for member in data.members[_NEWEST]],
        letters=[letter_told(filed) for filed in data.letters[_NEWEST]],
        lifts=lift_figures(data.lifts),
        event_url=f"{data.base_url}/v1/partners/{data.partner}/events",
        example=_example_event(data.now),
    )


def mail_page(data: MailData) -> str:
    return render(
        "mail.html",
        programme=data.programme,
        clock=_clock(data.programme, data.now),
        view=mail_view(data.programme, data.received, data.images),
    )


def member_page(data: MemberData) -> str:
    zone = ZoneInfo(data.programme.time_zone)
    member = data.story.member
    story = replace(data.story, mail_links=_mail_links(member, data.mails))
    return render(
        "member.html",
        programme=data.programme,
        clock=_clock(data.programme, data.now),
        line=_member_line(member, zone),
        facts=known_facts(member),
        milestones=timeline(story, zone),
        grants=[(time_text(grant.granted_at, zone), grant) for grant in story.grants],
    )


def _clock(programme: Programme, now: datetime) -> dict[str, str]:
    local = now.astimezone(ZoneInfo(programme.time_zone))
    return {
        "date": date_text(local),
        "time": f"{local:%H:%M}",
        "zone": programme.time_zone,
        "iso": local.isoformat(timespec="seconds"),
    }


def _member_line(member: Member, zone: ZoneInfo) -> MemberLine:
    name = f"{member.attribute('first_name')} {member.attribute('last_name')}".strip()
    return MemberLine(
        member_id=member.member_id,
        name=name or "no name",
        email=member.attribute("email") or "no address",
        joined=date_text(member.joined_at.astimezone(zone)),
        standing=_standing(member),
        goals=len(member.goals),
    )


def _standing(member: Member) -> str:
    """Say why no mail goes to the member; "" when nothing speaks against it."""
    if member.left_at:
        return "left"
    if member.suppression:
        return words(member.suppression.cause.value)
    return "declined" if member.consent.status is ConsentStatus.DECLINED else ""


def _mail_links(member: Member, mails: Sequence[ReceivedMail]) -> dict[tuple[str, str], str]:
    return {
        (
            received.mail.tags["journey"],
            received.mail.tags["step"],
        ): f"/_world/mail/{received.number}"
        for received in mails
        if received.mail.tags.get("member") == member.member_id
    }


def _example_event(now: datetime) -> str:
    """Return a body for the shell: JSON without an apostrophe, which would end its quotes."""
    event = {
        "type": "member.joined",
        "timestamp": now.isoformat(timespec="seconds"),
        "data": {
            "member": {"card": "7000000001", "email": "grace@example.com"},
            "channel": "offline",
            "locale": "en",
            "first_name": "Grace",
            "name_on_card": "GRACE HARTLEY",
        },
    }
    return json.dumps(event)
