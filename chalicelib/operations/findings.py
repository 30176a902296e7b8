"""What a check of ``milepost doctor`` finds: a verdict with what, where and how to mend it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_errors import error_code
from chalicelib.mail.errors import MailError
from chalicelib.operations.aws_faults import (
    AWS_ERRORS,
    NOT_PERMITTED,
    OperationError,
    is_missing,
    plain_words,
)
from chalicelib.operations.deployment import (
    Deployment,
    find_deployment,
    programme_folder,
    settings_of,
)
from chalicelib.programme.errors import ProgrammeError
from chalicelib.usecases.ports import Clock, UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_sesv2.type_defs import GetAccountResponseTypeDef

    from chalicelib.operations.clients import AwsClients
    from chalicelib.settings import Settings


class Verdict(StrEnum):
    """What a finding means for who is asked to deploy or to send."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; ``cure`` is empty when all is well."""

    verdict: Verdict
    check: str
    what: str
    cure: str = ""


def ok(check: str, what: str) -> Finding:
    return Finding(verdict=Verdict.OK, check=check, what=what)


def warning(check: str, what: str, cure: str) -> Finding:
    return Finding(verdict=Verdict.WARNING, check=check, what=what, cure=cure)


def fault(check: str, what: str, cure: str) -> Finding:
    return Finding(verdict=Verdict.FAULT, check=check, what=what, cure=cure)


class Stage:
    """The stage that is examined; its stack and settings are looked up when first asked for.

    ``folder`` is where this machine has the programme, if not where the settings say.
    """

    def __init__(
        self, name: str, clients: "AwsClients", clock: Clock, folder: Path | None = None
    ) -> None:
        self.name = name
        self.clients = clients
        self.clock = clock
        self._folder = folder

    @cached_property
    def deployment(self) -> Deployment:
        return find_deployment(self.clients, self.name)

    @cached_property
    def settings(self) -> "Settings":
        return settings_of(self.clients, self.deployment)

    @property
    def programme_folder(self) -> Path:
        return programme_folder(self.settings, self._folder)

    @cached_property
    def mail_account(self) -> "GetAccountResponseTypeDef":
        """What SES says of the account; it answers this question once a second."""
        return self.clients.sesv2.get_account()

    @property
    def deploy(self) -> str:
        """Say how to bring the stage to what its template says."""
        return f"Deploy it again: make deploy STAGE={self.name}"


Check = Callable[[Stage], Iterable[Finding]]


def examine(stage: Stage, checks: Iterable[Check]) -> Iterator[Finding]:
    """Run each check; one that can't look is a finding, too, and stops none of the others."""
    for check in checks:
        name = check.__name__.replace("_", " ")
        try:
            yield from check(stage)
        except ClientError as error:
            yield _refused(stage, name, error)
        except AWS_ERRORS as error:
            yield _told(name, plain_words(error))
        except (OperationError, UnavailableError) as error:
            yield _told(name, str(error))
        except (ProgrammeError, MailError, OSError) as error:
            folder = stage.programme_folder
            what = f"{folder.name} can't be read here: {str(error).splitlines()[0]}"
            yield fault(name, what, f"See all of it: milepost lint {folder}")


def _told(check: str, message: str) -> Finding:
    """Part a message into what is wrong and how to mend it."""
    what, _, cure = message.partition(". ")
    return fault(check, what, cure or "Mend it, then ask again")


def _refused(stage: Stage, name: str, error: ClientError) -> Finding:
    if is_missing(error):
        return fault(name, f"it is not there: {plain_words(error)}", stage.deploy)
    if error_code(error) in NOT_PERMITTED:
        what = f"it can't be looked at: the role may not do {error.operation_name}"
        return warning(name, what, f"Let the role do {error.operation_name}")
    return _told(name, plain_words(error))
