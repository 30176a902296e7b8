"""How the bench tells what it found: a table for people, JSON for programs."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import Row, Section

FORM = 1
WIDTH = 150
LIBRARIES = ("boto3", "botocore", "chalice", "jinja2")


def print_rows(title: str, rows: Iterable[Row]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(style="dim")
    for row in rows:
        table.add_row(row.what, row.figure, row.note)
    Console(width=WIDTH).print(table)


def write_report(
    file: Path, sections: Sequence[Section], *, quick: bool, made_at: datetime
) -> dict[str, Any]:
    """Write the report; return what stands in it."""
    content = {
        "form": FORM,
        "made_at": made_at.isoformat(timespec="seconds"),
        "quick": quick,
        "machine": machine(),
        "sections": {section.name: section.content for section in sections},
        "tables": {
            section.name: {"title": section.title, "rows": [asdict(row) for row in section.rows]}
            for section in sections
        },
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return content


def machine() -> dict[str, Any]:
    """Say what the figures are of: they are good for a machine of this kind alone."""
    return {
        "python": platform.python_version(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }
