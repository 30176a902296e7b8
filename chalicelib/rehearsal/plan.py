"""What a rehearsal of years is: which members, which days, which seed.

Data, and the programme that it stands for. Nothing here runs anything.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from chalicelib.domain.journey import Programme
from chalicelib.mail.templates import MailTemplates
from chalicelib.programme.loader import load_programme

PARTNER = "demo"
"""Who tells of everything; its name opens nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearsPlan:
    """Members live from the day ``first`` through the day ``last``, where the programme is."""

    folder: Path
    first: date
    last: date
    seed: int = 2027

    @property
    def programme(self) -> Programme:
        return loaded(self.folder)[0]


@cache
def loaded(folder: Path) -> tuple[Programme, MailTemplates]:
    """Load the programme once a process, without its journeys: nobody is mailed here."""
    programme = replace(load_programme(folder), journeys={})
    return programme, MailTemplates.load(folder)
