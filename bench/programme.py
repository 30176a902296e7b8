"""The bench's programme: the chain of ``programme.yaml`` here, in the shipped programme's mails.

It is the chain that other engines were measured with, so its numbers must not change.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path

CHAIN = Path(__file__).with_name("programme.yaml")
SHIPPED = Path(__file__).resolve().parent.parent / "templates" / "airline-bonus"
SHARE_REGISTERED = 0.3
STEPS_MAILED = ("welcome", "reminder", "app")
WAIT_DAYS = 4


def registrations(members: int) -> int:
    """Return how many of so many register in time, and so need no reminder."""
    return round(members * SHARE_REGISTERED)


def mails_due(members: int) -> int:
    return members * len(STEPS_MAILED) - registrations(members)


def make_programme(folder: Path) -> Path:
    """Write the programme below ``folder``; return it in the form that Lambda would load."""
    source = folder / "programme"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(SHIPPED, source)
    shutil.copy(CHAIN, source / "programme.yaml")
    return _compiled(source, folder / "compiled")


def _compiled(source: Path, target: Path) -> Path:
    """Compile the programme as the package does, where this checkout can; with mails unused."""
    if find_spec("chalicelib.compile_programme") is None:
        return source
    from chalicelib.compile_programme import write_compiled  # noqa: PLC0415

    shutil.rmtree(target, ignore_errors=True)
    write_compiled(source, target)
    return target
