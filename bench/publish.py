"""Puts a report's tables into ``docs/performance.md``, so that nobody copies figures by hand.

Each table stands between two comments; nothing else of the page is touched.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
MACHINE = "machine"
_BLOCK = re.compile(r"(<!-- bench: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


class PublishError(Exception):
    """A report that doesn't fit the page."""


def publish(report: Path, page: Path = PAGE) -> list[str]:
    """Write the report's tables into the page; return the names of the blocks that were filled.

    A block that the report has nothing for stays as it is.
    """
    content = json.loads(report.read_text(encoding="utf-8"))
    if content["quick"]:
        raise PublishError(f"{report} is of a quick run; publish a whole one")
    blocks = {name: _table(table["rows"]) for name, table in content["tables"].items()}
    blocks[MACHINE] = _machine(content)
    text = page.read_text(encoding="utf-8")
    if missing := blocks.keys() - {name for _, name, _ in _BLOCK.findall(text)}:
        raise PublishError(f"{page} has no place for {', '.join(sorted(missing))}; make one")
    page.write_text(_filled(text, blocks), encoding="utf-8")
    return sorted(blocks)


def _filled(text: str, blocks: Mapping[str, str]) -> str:
    def filled(found: re.Match[str]) -> str:
        table = blocks.get(found[2])
        return f"{found[1]}\n{table}\n\n{found[3]}" if table else found[0]

    return _BLOCK.sub(filled, text)


def _table(rows: Iterable[Mapping[str, str]]) -> str:
    lines = ["| what | figure | beside |", "|---|---|---|"]
    for row in rows:
        indent = "&nbsp;" * (len(row["what"]) - len(row["what"].lstrip()))
        cells = (f"{indent}{row['what'].lstrip()}", row["figure"], row["note"])
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines)


def _machine(content: Mapping[str, Any]) -> str:
    machine = content["machine"]
    libraries = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    return (
        f"Measured on {content['made_at'][:10]} with Python {machine['python']} on "
        f"{machine['cores']} cores ({machine['processor']}); {libraries}."
    )
