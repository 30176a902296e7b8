"""What a mail shows: written down when it is composed, and put together again for its web copy.

Both directions stand here, beside each other, because one must undo the other.
"""

from dataclasses import replace

from chalicelib.domain.enrolment import Shown
from chalicelib.domain.journey import Programme, Step
from chalicelib.domain.member import Member
from chalicelib.domain.profile_history import as_of
from chalicelib.mail.language import negotiate
from chalicelib.usecases.engine import Engine


def what_is_shown(engine: Engine, member: Member, step: Step) -> Shown:
    """Return what the step's mail shows of the member as stored; ``MailError`` for no such mail."""
    programme = engine.programme
    language = negotiate(programme.locale_of(member), engine.mails.languages)
    gift = (step.gift.amount,) if step.gift else ()
    return Shown(
        template=engine.current_templates.digest(step.mail, language),
        profile_version=member.version,
        amounts=(*map(member.balance, programme.units), *gift),
    )


def member_shown(member: Member, shown: Shown, programme: Programme) -> Member | None:
    """Return the member as the mail knew them; None when that is not remembered any more."""
    then = as_of(member, shown.profile_version)
    balances = dict(zip(programme.units, shown.amounts, strict=False))
    return then and replace(then, balances=balances, granted={})


def gift_shown(shown: Shown, programme: Programme) -> int:
    """Return the gift that the mail promised, 0 for none."""
    return next(iter(shown.amounts[len(programme.units) :]), 0)
