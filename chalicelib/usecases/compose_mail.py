"""From a step and a member to the mail: values, links, envelope, tags.

The tags carry the step's key and the attempt, so that feedback finds its step by a key.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.arms import Arm
from chalicelib.domain.feedback import StepKey, feedback_step
from chalicelib.domain.journey import Programme, Step
from chalicelib.domain.member import Member
from chalicelib.mail.address import ascii_address
from chalicelib.mail.mime import SENDER_ID, Envelope, build_mime
from chalicelib.mail.templates import RenderedMail
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import OutgoingMail, TokenPurpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """Which mail it is: the step, the arm that the enrolment has on record, and the attempt."""

    key: StepKey
    arm: Arm
    attempt: str


def compose_mail(engine: Engine, member: Member, step: Step, mailing: Mailing) -> OutgoingMail:
    """Return the step's mail for the member; ``MailError`` when it can't be made."""
    return rendered_and_composed(engine, member, step, mailing)[1]


def rendered_and_composed(
    engine: Engine, member: Member, step: Step, mailing: Mailing
) -> tuple[RenderedMail, OutgoingMail]:
    """Return the mail as it reads, too, for those who look at what goes out."""
    key = mailing.key
    links = mail_links(engine, engine.programme, key, mailing.arm)
    gift_amount = step.gift.amount if step.gift else 0
    values = mail_values(engine.programme, member, gift_amount, links, engine.base_url)
    rendered = engine.mails.render(step.mail, str(values["locale"]), values)
    mail = OutgoingMail(
        sender=engine.programme.sender.address,
        recipient=ascii_address(member.attribute("email")),
        mime=build_mime(rendered, _envelope(engine, member, mailing, links, rendered)),
        tags={
            "member": key.member_id,
            "journey": key.journey,
            "entry": str(key.entry),
            "step": key.step,
            "attempt": mailing.attempt,
        },
    )
    return rendered, mail


def mail_links(engine: Engine, programme: Programme, key: StepKey, arm: Arm) -> Mapping[str, str]:
    """Return all links of a mail by name: the programme's as this step has them, and its own.

    The programme is the one that the mail shows; of an older mail it is not the engine's.
    """
    return {**programme.links_in(key.journey, key.step, arm), **own_links(engine, key)}


def own_links(engine: Engine, key: StepKey) -> Mapping[str, str]:
    """Return the links to the pages of this mail's member, by the names that mails give them.

    The base URL and the keys can change while a process lives, so asking for them is not free.
    """
    base_url, tokens = engine.base_url, engine.tokens
    return {
        purpose.value: f"{base_url}/m/{path}/{tokens.issue(purpose, key)}"
        for purpose, path in _PATHS.items()
    }


_PATHS = {
    TokenPurpose.UNSUBSCRIBE: "unsubscribe",
    TokenPurpose.WEB_COPY: "mail",
    TokenPurpose.PREFERENCES: "preferences",
}


def mail_values(
    programme: Programme,
    member: Member,
    gift_amount: int,
    links: Mapping[str, str],
    base_url: str,
) -> Mapping[str, object]:
    """Return everything that a mail may name; the names are those of conditions, and more."""
    return {
        **programme.facts(member),
        "gift": gift_amount,
        "links": links,
        "images": programme.image_urls(base_url),
        "programme": programme.details,
    }


def _envelope(
    engine: Engine,
    member: Member,
    mailing: Mailing,
    links: Mapping[str, str],
    rendered: RenderedMail,
) -> Envelope:
    key = mailing.key
    sender = engine.programme.sender
    return Envelope(
        sender_name=sender.name_in(rendered.language),
        sender_address=sender.address,
        recipient_name=_full_name(member),
        recipient_address=member.attribute("email"),
        unsubscribe_url=links["unsubscribe"],
        web_copy_url=links["web_copy"],
        message_key=mailing.attempt,
        message_domain=sender.address.rpartition("@")[2],
        feedback_id=(
            feedback_step(key.journey, key.step),
            key.journey,
            engine.programme.name,
            SENDER_ID,
        ),
        date=engine.clock.now(),
    )


def _full_name(member: Member) -> str:
    names = (member.attribute("first_name"), member.attribute("last_name"))
    return " ".join(name for name in names if name)
