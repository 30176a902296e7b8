"""Checks of a local world: what it says of itself, and the programme that it may be run with."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from chalicelib.operations.findings import Finding, fault, ok, warning
from chalicelib.operations.lint_folder import lint_folder
from chalicelib.operations.words import counted


def examine_world(status: Mapping[str, Any], now: datetime) -> Iterator[Finding]:
    """Examine what a running world answers at ``/_world/status``; ``now`` is the wall's time."""
    ahead = datetime.fromisoformat(status["at"]) - now
    hours = f"{ahead.total_seconds() / 3600:,.1f} hours"
    yield ok("clock", f"the world's is {hours} ahead of this machine's")
    letters = {queue["name"]: queue["dead_letters"] for queue in status["queues"]}
    for name, count in letters.items():
        if count:
            cure = f"See what they are: milepost dlq list {name}"
            yield warning(f"queue {name}", f"dead letters: {count}", cure)
        else:
            yield ok(f"queue {name}", "no dead letters")
    broken = sum(counts.get("mail_not_rendered", 0) for counts in status["counts"].values())
    if broken:
        cure = "Lint the programme; see whose they are: milepost tail"
        yield fault("mails", f"{broken} could not be made", cure)
    else:
        yield ok("mails", "every mail could be made")


def examine_folder(folder: Path) -> Iterator[Finding]:
    problems = lint_folder(folder)
    if problems:
        what = f"{folder.name} has {counted(len(problems), 'fault')}"
        yield fault("programme", what, f"See them: milepost lint {folder}")
    else:
        yield ok("programme", f"{folder.name} has no fault")
