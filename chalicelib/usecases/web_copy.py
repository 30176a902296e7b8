"""The web copy of a mail: what its link shows in a browser."""

from chalicelib.domain.feedback import StepKey
from chalicelib.mail.errors import MailError
from chalicelib.usecases.compose_mail import mail_links, mail_values
from chalicelib.usecases.engine import Engine


def web_copy(engine: Engine, key: StepKey) -> str | None:
    """Return the mail as HTML; None when the member, the step or the mail is gone."""
    member = engine.members.load(key.member_id)
    journey = engine.programme.journeys.get(key.journey)
    step = journey.step(key.step) if journey else None
    if member is None or step is None:
        return None
    values = mail_values(engine, member, step, mail_links(engine, key))
    try:
        return engine.mails.render(step.mail, str(values["locale"]), values).html
    except MailError:
        return None
