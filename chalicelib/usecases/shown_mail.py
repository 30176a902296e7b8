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

STANDING = "standing"
"""What mails name it by; a mail that names none of it has none of it written down."""


def what_is_shown(engine: Engine, member: Member, step: Step) -> Shown:
    """Return what the step's mail shows of the member as stored; ``MailError`` for no such mail."""
    programme = engine.programme
    language = negotiate(programme.locale_of(member), engine.mails.languages)
    gift = [step.gift.amount] if step.gift else []
    standing: list[int] = []
    if engine.mails.names_group(step.mail, language, STANDING):
        gift = gift or [0]  # what follows has to stand in its place
        standing = [member.standing.get(name, 0) for name in programme.standing_kinds]
    return Shown(
        template=engine.current_templates.digest(step.mail, language),
        profile_version=member.version,
        amounts=(*map(member.balance, programme.units), *gift, *standing),
    )


def member_shown(member: Member, shown: Shown, programme: Programme) -> Member | None:
    """Return the member as the mail knew them; None when that is not remembered any more."""
    then = as_of(member, shown.profile_version)
    balances = dict(zip(programme.units, shown.amounts, strict=False))
    after = shown.amounts[len(programme.units) + 1 :]
    standing = dict(zip(programme.standing_kinds, after, strict=False))
    return then and replace(then, balances=balances, granted={}, standing=standing)


def gift_shown(shown: Shown, programme: Programme) -> int:
    """Return the gift that the mail promised, 0 for none."""
    return next(iter(shown.amounts[len(programme.units) :]), 0)
