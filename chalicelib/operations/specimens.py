"""A specimen: what a sample member would be sent, the same bytes each time.

Made by the functions that make real mails, with a fixed time, fixed ids and a key for links that
opens nothing. No member, no store and no mail service is touched.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

from chalicelib.adapters.clock import VirtualClock
from chalicelib.adapters.tokens import HmacTokens
from chalicelib.domain.arms import Arm
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.journey import Gift, Programme, Step
from chalicelib.domain.member import Consent, ConsentStatus, Member
from chalicelib.domain.standing import number_of
from chalicelib.mail.samples import Sample
from chalicelib.mail.templates import MailTemplates, RenderedMail
from chalicelib.usecases.compose_mail import Mailing, rendered_and_composed
from chalicelib.usecases.engine import Engine

NOW = datetime(2027, 3, 5, 9, 30, tzinfo=UTC)
BASE_URL = "https://miles.example.com"
MEMBER_ID = "sample" + "a" * 20
ATTEMPT = "sample" + "a" * 6
ADDRESS = "member@example.com"
NO_JOURNEY = "journey"
"""What the journey is called of a mail that no step sends yet."""
_OPENS_NOTHING = b"samples: links that open nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """`rendered` is how the mail reads, `mime` what is sent."""

    mail: str
    locale: str
    sample: Sample
    rendered: RenderedMail
    mime: bytes

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """The top part's, one line each, decoded as an inbox shows them."""
        told = message_from_bytes(self.mime, policy=SMTP).items()
        return [(name, str(value)) for name, value in told]


class _Desk(Engine):
    """As much of an engine as composing a mail takes; to ask it for more is an AttributeError."""

    def __init__(self, programme: Programme, templates: MailTemplates) -> None:
        self.__dict__.update(  # the dataclass is frozen
            programme=programme,
            mails=templates,
            tokens=HmacTokens({"sample": _OPENS_NOTHING}),
            clock=VirtualClock(NOW),
            base_url=BASE_URL,
        )


def specimen(
    programme: Programme, templates: MailTemplates, mail: str, locale: str, sample: Sample
) -> Specimen:
    """Return the mail as the sample would get it in that language; MailError when it can't be."""
    engine, member = _Desk(programme, templates), _member(programme, sample, locale)
    journey, step = _first_step(programme, mail)
    step = _with_gift(programme, step, sample.gift)
    key = StepKey(member_id=MEMBER_ID, journey=journey, entry=1, step=step.name)
    mailing = Mailing(key=key, arm=Arm.TREATED, attempt=ATTEMPT)
    rendered, composed = rendered_and_composed(engine, member, step, mailing)
    return Specimen(mail=mail, locale=locale, sample=sample, rendered=rendered, mime=composed.mime)


def _first_step(programme: Programme, mail: str) -> tuple[str, Step]:
    """Return journey and step; of a mail that no step sends, a step of the mail's own name."""
    for journey in programme.journeys.values():
        for step in journey.steps:
            if step.mail == mail:
                return journey.name, step
    return NO_JOURNEY, Step(name=mail, mail=mail)


def _with_gift(programme: Programme, step: Step, amount: int | None) -> Step:
    if amount is None:
        return step
    goal, unit = next(iter(programme.goals)), programme.units[0]
    return replace(step, gift=Gift(goal=goal, unit=unit, amount=amount) if amount else None)


def _member(programme: Programme, sample: Sample, locale: str) -> Member:
    return Member(
        member_id=MEMBER_ID,
        joined_at=NOW,
        consent=Consent(ConsentStatus.GIVEN, NOW),
        attributes={"email": ADDRESS, **sample.attributes, "locale": locale},
        balances=sample.balances,
        standing=_standing(programme, sample),
        goals=dict.fromkeys(sorted(sample.goals), NOW),
    )


def _standing(programme: Programme, sample: Sample) -> dict[str, int]:
    """Return the facts as a profile keeps them, but for those that lint finds fault with."""
    kinds, numbers = programme.standing_kinds, {}
    for name, text in sample.standing.items():
        with suppress(KeyError, ValueError):
            numbers[name] = number_of(kinds[name], programme.tiers, text)
    return numbers
