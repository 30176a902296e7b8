"""What the member's pages may say: of the programme, and of what the member has chosen.

Never a name, an address or a balance: a page is shown to whoever has its address.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from chalicelib.domain.journey import Programme
from chalicelib.domain.member import ConsentStatus, Member, SuppressionCause
from chalicelib.domain.preferences import DAY

NOTHING: Mapping[str, object] = MappingProxyType({})


class Obstacle(StrEnum):
    """Why no mail goes out, whatever the member chooses."""

    COMPLAINED = "complained"
    BOUNCED = "bounced"
    LEFT = "left"
    NO_ADDRESS = "no_address"
    """None is known, or none that may be used."""


class FormProblem(StrEnum):
    """What is wrong with what a browser sent; nothing of it is stored."""

    TOPIC = "topic"
    SPACING = "spacing"
    LANGUAGE = "language"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"


class Saved(StrEnum):
    """What a member has just done."""

    CHOICES = "choices"
    OFF = "off"
    ON = "on"


def page_values(
    programme: Programme,
    links: Mapping[str, str] | None = None,
    choices: Mapping[str, object] = NOTHING,
) -> Mapping[str, object]:
    """Return all that a page may name; ``links`` are the member's own, where there is one."""
    return {
        "programme": programme.details,
        "links": {**programme.links, **(links or {})},
        "choices": choices,
    }


def choices_of(
    programme: Programme,
    member: Member,
    problem: FormProblem | None = None,
    saved: Saved | None = None,
) -> Mapping[str, object]:
    """Return what holds now, as the pages of preferences name it: ``choices.…``."""
    preferences, language = member.preferences, programme.locale_of(member)
    days = preferences.spacing // DAY if preferences.spacing else 0
    offered = [spacing // DAY for spacing in programme.spacing]
    return {
        "mails": mails_are_on(programme, member),
        "obstacle": obstacle(member) or "",
        "problem": problem or "",
        "saved": saved or "",
        "no_spacing": not days,
        "other_spacing": days if days not in offered else 0,
        **{f"topic.{topic}": not preferences.declines(topic) for topic in programme.topics},
        **{f"spacing.{each}": each == days for each in offered},
        **{f"locale.{locale}": locale == language for locale in programme.locales},
    }


def mails_are_on(programme: Programme, member: Member) -> bool:
    """Tell whether the member's last word allows mails."""
    status = member.consent.status
    if programme.consent_required:
        return status is ConsentStatus.GIVEN
    return status is not ConsentStatus.DECLINED


_SUPPRESSED = {
    SuppressionCause.COMPLAINT: Obstacle.COMPLAINED,
    SuppressionCause.HARD_BOUNCE: Obstacle.BOUNCED,
    SuppressionCause.ERASED: Obstacle.NO_ADDRESS,
}


def obstacle(member: Member) -> Obstacle | None:
    """Say what would forbid mails even to a member who wants them."""
    if member.left_at:
        return Obstacle.LEFT
    if member.suppression:
        return _SUPPRESSED[member.suppression.cause]
    return None if member.attribute("email") else Obstacle.NO_ADDRESS
