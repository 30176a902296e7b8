"""Writes the big run's figures into docs/reliability.md: what ``milepost simulate --json`` said.

``python -m chalicelib.simulation.reliability_document RESULT.json``, or the results of several
runs whose seeds follow each other, from as many machines or nights. What they came to is kept
beside the page, and a test holds the two against each other: no figure is written by hand.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chalicelib.bootstrap import ROOT
from chalicelib.simulation.summary import together

PAGE = ROOT / "docs" / "reliability.md"
RESULT = ROOT / "docs" / "reliability-run.json"
_BEGIN, _END = "<!-- the run: generated -->", "<!-- the run ends -->"
_SECTION = re.compile(f"{re.escape(_BEGIN)}\n.*?{re.escape(_END)}", re.DOTALL)

Result = Mapping[str, Any]


class ResultError(ValueError):
    """What was given is no summary of a run, or the page has no place for it."""


def read_result(file: Path) -> Result:
    try:
        result: Result = json.loads(file.read_text(encoding="utf-8"))
        list(section(result))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultError(
            f"{file} is no summary of a run: {error!r}. Make it with milepost simulate --json"
        ) from error
    return result


def read_results(files: Sequence[Path]) -> Result:
    """Read what several runs came to together."""
    try:
        return together([read_result(file) for file in files])
    except (ValueError, KeyError) as error:
        raise ResultError(f"These results can't be added up: {error}") from error


def filled(page: str, result: Result) -> str:
    """Return the page with the run's figures between its marks."""
    if not _SECTION.search(page):
        raise ResultError(f"The page has no section from {_BEGIN} to {_END}. Put both marks in")
    text = "\n".join([_BEGIN, *section(result), _END])
    return _SECTION.sub(lambda _: text, page)


def section(result: Result) -> Iterator[str]:
    """Yield the lines of the run's section."""
    yield f"`{command(result)}`"
    yield ""
    yield (
        f"**{result['seeds']:,} runs, {result['calls']:,} calls of ports: {_verdict(result)}** "
        f"{_crashes(result['crash_sites'])}"
    )
    yield from _table("What happened", result["happened"])
    yield from _table("Fault", result["faults"])
    yield from _table("Reason or coincidence", result["coincidences"])
    yield ""


def command(result: Result) -> str:
    """Return the command that does it again."""
    sizes = ("seeds", "start", "members", "days", "on")
    return "milepost simulate " + " ".join(f"--{name} {result[name]}" for name in sizes)


def _verdict(result: Result) -> str:
    broken = ", ".join(f"{name} in {runs:,}" for name, runs in result["broken"].items())
    absent = ", ".join(result["absent"])
    told = f"broken were {broken}." if broken else "every promise was kept in every run."
    return f"{told} What never happened: {absent}." if absent else told


def _crashes(sites: Mapping[str, int]) -> str:
    if not sites:
        return "No function was killed."
    total, rarest = sum(sites.values()), min(sites, key=lambda site: (sites[site], site))
    return (
        f"Functions were killed {total:,} times at {len(sites)} places, least often at "
        f"`{rarest}`, {sites[rarest]:,} times."
    )


def _table(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    """Yield a table of two pairs of columns, which takes half the lines."""
    pairs = [f"{name} | {count:,}" for name, count in counts.items()]
    half = (len(pairs) + 1) // 2
    right = [*pairs[half:], " | "][:half]
    yield ""
    yield f"| {title} | times | {title} | times |"
    yield "|---|---:|---|---:|"
    yield from (f"| {one} | {other} |" for one, other in zip(pairs, right, strict=False))


def write(sources: Sequence[Path], page: Path = PAGE, kept: Path = RESULT) -> None:
    """Keep the result and fill the page with it."""
    result = read_results(sources)
    page.write_text(filled(page.read_text(encoding="utf-8"), result), encoding="utf-8")
    text = json.dumps(result, indent=1, ensure_ascii=False)
    kept.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    write([Path(name) for name in sys.argv[1:]])
