"""What a stage sets: ``infra/stages/<stage>.json`` as one typed model.

Everything else about a deployment is the same in every stage. No secret belongs here: those are in
Parameter Store.
"""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "infra" / "stages"
NAME_GRAMMAR = r"^[a-z][a-z0-9-]{0,19}$"
"""A stage's name is part of names that AWS bounds; the longest is a queue's."""

_DOMAIN = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$"
Domain = Annotated[str, StringConstraints(pattern=_DOMAIN, max_length=253)]
LogRetention = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731]
"""Days that CloudWatch Logs has a setting for."""


class StageError(ValueError):
    """The stage can't be packaged; the message says which file, what and how to mend it."""


class CustomDomain(BaseModel):
    """A domain of one's own before the API; its DNS record is left to its owner."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Domain
    certificate_arn: Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:acm:.+$")]


class Stage(BaseModel):
    """One deployment: its programme, its sender, its limits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(pattern=NAME_GRAMMAR)]
    programme: str = Field(description="the programme's folder in the repository")
    sender_domain: Domain = Field(description="the domain that mails are sent from")
    create_sender_identity: bool = Field(
        default=True,
        description="false when another stage of the account has made the domain's SES identity",
    )
    mail_from_domain: Domain | None = Field(
        default=None, description="a subdomain for bounces, which DMARC's SPF alignment needs"
    )
    custom_domain: CustomDomain | None = Field(
        default=None, description="a domain of your own for the API and the member's pages"
    )
    sends_per_second: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="the most mails a second, where that is to be less than the account's quota; "
        "without it, as many as SES takes, by ten senders at the most",
    )
    due_shards: int = Field(default=16, ge=1, le=99, description="shards of the due index")
    alarm_email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")] | None = Field(
        default=None, description="who hears of alarms; must be confirmed by a link in a mail"
    )
    log_retention_days: LogRetention = Field(default=30, description="how long logs are kept")
    traced_share: float | None = Field(
        default=0.01,
        ge=0,
        le=1,
        description="which share of the API's requests X-Ray follows; null leaves it to the "
        "account's own rules, which begin with one request a second",
    )
    delivery_events: bool = Field(
        default=False,
        description="whether SES tells of each delivery: one per cent on the bill, and a mail "
        "whose call had no answer is known to have gone out before it is opened",
    )
    requests_per_second: int = Field(
        default=100, ge=1, le=10_000, description="what the API takes before it answers 429"
    )

    @property
    def stack(self) -> str:
        """The stack's name, with which every name in it begins."""
        return f"milepost-{self.name}"

    @property
    def parameters(self) -> str:
        """The path in Parameter Store below which the stage's secrets are."""
        return f"/milepost/{self.name}"

    @property
    def packaged_programme(self) -> str:
        """Where the package has the programme, wherever the repository does."""
        return f"templates/{Path(self.programme).name}"


def read_stage(name: str, folder: Path = FOLDER) -> Stage:
    """Read the stage's file, or raise ``StageError``."""
    file = folder / f"{name}.json"
    if not re.fullmatch(NAME_GRAMMAR, name) or not file.is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.json")))
        raise StageError(
            f"There is no stage {name!r}: {folder} has {known}. "
            f"Copy one of them to {name}.json and set what is different"
        )
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return Stage.model_validate({**told, "name": name})
    except ValidationError as error:
        raise StageError("\n".join(_fault(file, each) for each in error.errors())) from None
    except (ValueError, TypeError) as error:
        raise StageError(f"{file} is not a JSON object: {error}") from None


def _fault(file: Path, error: "ErrorDetails") -> str:
    place = ".".join(map(str, error["loc"])) or "the file"
    return f"{file}: {place}: {error['msg']}; got {error['input']!r}"
