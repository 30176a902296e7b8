"""Writes the tables of docs/cost.md: ``python -m chalicelib.cost_document``.

A test holds the page against the command's output, but for what varies with the machine.
"""

import re
from pathlib import Path

from click.testing import CliRunner

from chalicelib.bootstrap import ROOT
from chalicelib.commands.cost import cost

FILE = ROOT / "docs" / "cost.md"
_BLOCK = re.compile(
    r"(```sh\nmilepost cost(?P<options>[^\n]*)\n```\n\n```text\n).*?(```\n)", re.DOTALL
)


class CostDocumentError(Exception):
    """The command could not be run as the page has it."""


def printed(options: str) -> str:
    """Return what the command prints, without trailing blanks."""
    result = CliRunner().invoke(cost, options.split())
    if result.exit_code:
        raise CostDocumentError(f"milepost cost{options}: {result.output}")
    return "".join(f"{line.rstrip()}\n" for line in result.output.splitlines())


def filled(page: str) -> str:
    """Return the page with what each of its commands prints."""
    return _BLOCK.sub(lambda found: found[1] + printed(found["options"]) + found[3], page)


def shown(page: str) -> dict[str, str]:
    """Return what the page shows, by the options of each command."""
    return {
        found["options"]: found[0].split("```text\n")[1].removesuffix("```\n")
        for found in _BLOCK.finditer(page)
    }


def write(file: Path = FILE) -> None:
    file.write_text(filled(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
