"""All checks of a stage, in the order in which one thing rests on another."""

from collections.abc import Iterator

from chalicelib.operations import doctor_account, doctor_keys, doctor_mail, doctor_stack
from chalicelib.operations.findings import Check, Finding, Stage, Verdict, examine, ok

CHECKS: tuple[Check, ...] = (
    *doctor_account.CHECKS,
    *doctor_stack.CHECKS,
    *doctor_keys.CHECKS,
    *doctor_mail.CHECKS,
)
_OF_THE_ACCOUNT: tuple[Check, ...] = (
    doctor_account.clock,
    doctor_account.mail_account,
    doctor_account.sandbox,
    doctor_account.pricing_plan,
)
"""What can be looked at before anything is deployed."""


def examine_stage(stage: Stage) -> Iterator[Finding]:
    """Yield every finding. Where there are no credentials, or no stack, the rest is left out."""
    known = list(examine(stage, [doctor_account.credentials]))
    yield from known
    if _has_fault(known):
        return
    found = list(examine(stage, [deployed]))
    if _has_fault(found):
        yield from examine(stage, _OF_THE_ACCOUNT)
        yield from found
        return
    yield from examine(stage, [each for each in CHECKS if each is not doctor_account.credentials])


def _has_fault(findings: list[Finding]) -> bool:
    return any(finding.verdict is Verdict.FAULT for finding in findings)


def deployed(stage: Stage) -> Iterator[Finding]:
    """Fail when there is no stack, so that not every check says so."""
    yield ok("stack", f"found {stage.deployment.stage}")
