"""The web copy of a mail: the very page that was sent, whatever has changed since.

The mail itself is not kept. It is rendered again, from its template, the profile as it was and the
amounts that were written down with the send. What can't be shown as it was is not shown at all.
"""

from dataclasses import dataclass

from chalicelib.domain.enrolment import Enrolment, Shown
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.journey import Programme
from chalicelib.domain.member import Member
from chalicelib.mail.compiled_mails import CompiledMail
from chalicelib.mail.errors import MailError
from chalicelib.mail.templates import MailTemplates
from chalicelib.programme.compiled import showing
from chalicelib.usecases.compose_mail import mail_links, mail_values
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.shown_mail import gift_shown, member_shown


@dataclass(frozen=True, slots=True)
class _Template:
    """A mail as it was when it was sent, and the programme that it shows."""

    mails: MailTemplates
    programme: Programme
    mail: str
    language: str


def web_copy(engine: Engine, key: StepKey) -> str | None:
    """Return the mail's HTML; None when it was never sent, or can't be shown as it was."""
    enrolment = engine.enrolments.load(key.member_id, key.journey, key.entry)
    shown = _shown(enrolment, key)
    member = _as_known(engine, key.member_id) if shown else None
    if enrolment is None or shown is None or member is None:
        return None
    template = _template(engine, shown)
    known = member_shown(member, shown, template.programme) if template else None
    if template is None or known is None:
        return None
    programme = template.programme
    links = mail_links(engine, programme, key, enrolment.arm)
    gift = gift_shown(shown, programme)
    values = mail_values(programme, known, gift, links, engine.base_url)
    try:
        return template.mails.render(template.mail, template.language, values).html
    except MailError:
        return None


def _as_known(engine: Engine, member_id: str) -> Member | None:
    """Return the profile; of a member who was merged into another the one of before."""
    stone = engine.members.merge_stone(member_id)
    return stone.profile if stone else engine.members.load(member_id)


def _shown(enrolment: Enrolment | None, key: StepKey) -> Shown | None:
    record = enrolment.steps.get(key.step) if enrolment else None
    return record.on_show if record else None


def _template(engine: Engine, shown: Shown) -> _Template | None:
    """Find the template: today's, if it is the same, else the one that was kept."""
    if current := engine.current_templates.named(shown.template):
        return _Template(engine.mails, engine.programme, *current)
    kept = engine.sent_templates.find(shown.template)
    if kept is None:
        return None
    mail = CompiledMail.of(kept.content)
    programme = showing(engine.programme, kept.content["programme"])
    return _Template(MailTemplates.of(mail), programme, mail.name, mail.language)
