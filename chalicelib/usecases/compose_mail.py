"""From a step and a member to the mail: values, links, envelope, tags.

The tags carry the step's key and the attempt, so that feedback finds its step by a key.
"""

from collections.abc import Mapping

from chalicelib.domain.feedback import StepKey
from chalicelib.domain.journey import Step
from chalicelib.domain.member import Member
from chalicelib.mail.address import ascii_address
from chalicelib.mail.mime import Envelope, build_mime
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import OutgoingMail, TokenPurpose


def compose_mail(
    engine: Engine, member: Member, step: Step, key: StepKey, attempt: str
) -> OutgoingMail:
    """Return the step's mail for the member; ``MailError`` when it can't be made."""
    links = mail_links(engine, key)
    values = mail_values(engine, member, step, links)
    rendered = engine.mails.render(step.mail, str(values["locale"]), values)
    return OutgoingMail(
        sender=engine.programme.sender.address,
        recipient=ascii_address(member.attribute("email")),
        mime=build_mime(rendered, _envelope(engine, member, key, attempt, links)),
        tags={
            "member": key.member_id,
            "journey": key.journey,
            "entry": str(key.entry),
            "step": key.step,
            "attempt": attempt,
        },
    )


def mail_links(engine: Engine, key: StepKey) -> Mapping[str, str]:
    """Return the links that are this mail's own, by the names that mails give them."""
    paths = {TokenPurpose.UNSUBSCRIBE: "unsubscribe", TokenPurpose.WEB_COPY: "mail"}
    return {
        purpose.value: f"{engine.base_url}/m/{path}/{engine.tokens.issue(purpose, key)}"
        for purpose, path in paths.items()
    }


def mail_values(
    engine: Engine, member: Member, step: Step, links: Mapping[str, str]
) -> Mapping[str, object]:
    """Return everything that a mail may name; the names are those of conditions, and more."""
    return {
        **engine.programme.facts(member),
        "gift": step.gift.amount if step.gift else 0,
        "links": {**engine.programme.links, **links},
        "programme": engine.programme.details,
    }


def _envelope(
    engine: Engine, member: Member, key: StepKey, attempt: str, links: Mapping[str, str]
) -> Envelope:
    sender = engine.programme.sender
    return Envelope(
        sender_name=sender.name,
        sender_address=sender.address,
        recipient_name=_full_name(member),
        recipient_address=member.attribute("email"),
        unsubscribe_url=links["unsubscribe"],
        web_copy_url=links["web_copy"],
        message_key=attempt,
        message_domain=sender.address.rpartition("@")[2],
        feedback_id=(key.step, key.journey, engine.programme.name),
        date=engine.clock.now(),
    )


def _full_name(member: Member) -> str:
    names = (member.attribute("first_name"), member.attribute("last_name"))
    return " ".join(name for name in names if name)
