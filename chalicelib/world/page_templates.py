"""The templates of Milepost's own pages, and how times, counts and addresses read on them.

Everything from outside is a value and is escaped; a page loads nothing from anywhere, and
says so to the browser as well.
"""

from datetime import date, datetime, tzinfo
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chalicelib.domain.reasons import Reason


def render(template: str, /, **values: object) -> str:
    """Fill a template of ``pages/``; a name that it misses is an error."""
    return _environment.get_template(template).render(values)


def grouped(number: int) -> str:
    return f"{number:,}"


def date_text(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def time_text(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{date_text(local)}, {local:%H:%M}"


def words(name: str) -> str:
    """Read a declared name as words: ``app_installed`` is "app installed"."""
    return name.replace("_", " ")


def masked(address: str) -> str:
    """Hide whose address it is, and keep what a reader recognises: ``m•••@example.com``."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••{at}{domain}" if at else "•••"


def sentence(reason: Reason | None) -> str:
    return reason.explanation if reason else ""


def _environment_of(folder: Path) -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(folder),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"grouped": grouped, "words": words, "masked": masked}
    return environment


FOLDER = Path(__file__).parent / "pages"
_environment = _environment_of(FOLDER)
