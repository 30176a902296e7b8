"""The price list: each line of the bill with its price, its unit and when it was last published.

``infra/prices.json`` is the only place that has prices; no code knows one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chalicelib.bootstrap import ROOT

FILE = ROOT / "infra" / "prices.json"


class PricesError(ValueError):
    """A price list that can't be read."""


class Line(StrEnum):
    """What AWS counts, by the names of the price list."""

    MAILS = "ses_mails"
    MAILS_ESSENTIALS = "ses_mails_essentials"
    WRITES = "write_units"
    READS = "read_units"
    STORAGE = "stored_gb_months"
    BACKUP = "backed_up_gb_months"
    QUEUES = "queue_requests"
    TOPICS = "topic_publishes"
    INVOCATIONS = "function_requests"
    COMPUTE = "function_gb_seconds"
    API = "api_requests"
    LOGS = "log_gb"
    METRICS = "metric_months"
    ALARMS = "alarm_months"
    DASHBOARDS = "dashboard_months"
    TRACES = "traces"


class Plan(StrEnum):
    """An account's SES plan, which sets the price of a mail."""

    NONE = "none"
    ESSENTIALS = "essentials"

    @property
    def mails(self) -> Line:
        return Line.MAILS if self is Plan.NONE else Line.MAILS_ESSENTIALS


class Price(BaseModel):
    """So many dollars for so many units."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    usd: float = Field(gt=0)
    per: int = Field(gt=0)
    unit: str
    service: str
    title: str
    published: str = Field(pattern=r"^20\d\d-\d\d$")
    note: str = ""

    def of(self, amount: float) -> float:
        """Return the dollars for this many units."""
        return amount * self.usd / self.per


@dataclass(frozen=True, slots=True)
class Prices:
    """The price list of one region."""

    region: str
    by_line: Mapping[Line, Price]

    def of(self, line: Line, amount: float) -> float:
        return self.by_line[line].of(amount)


def load_prices(file: Path = FILE) -> Prices:
    """Read the price list; ``PricesError`` says what is wrong with it and where."""
    try:
        told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        listed = {Line(name): Price.model_validate(row) for name, row in told["prices"].items()}
        region = str(told["region"])
    except (OSError, KeyError, ValueError, ValidationError) as error:
        raise PricesError(f"{file} can't be read as a price list: {error}") from error
    if missing := set(Line) - set(listed):
        raise PricesError(f"{file} has no price for {', '.join(sorted(missing))}; add them")
    return Prices(region, listed)
