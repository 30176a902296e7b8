"""Compiles a programme for Lambda: ``python -m chalicelib.compile_programme SOURCE TARGET``.

What is left is data: no template is parsed, no YAML or locale is read where the mails are sent, and
none of the libraries for it are there. Same source, same bytes.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from chalicelib.adapters import time_zones
from chalicelib.mail.source_mails import SourceMails, compiled_files
from chalicelib.operations.lint_folder import lint_folder
from chalicelib.programme import compiled, images
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.images import image_paths
from chalicelib.programme.loader import load_programme

USAGE = "Usage: python -m chalicelib.compile_programme SOURCE TARGET"


class CompileError(Exception):
    """The target can't be written; no retry helps until it is another folder."""


def compile_programme(source: Path, target: Path) -> None:
    """Make the folder ``target`` of the programme in ``source``, in place of an older one there.

    ``ProgrammeError`` with every problem that lint finds: what is compiled is never looked at
    again. ``CompileError`` for a target with anything else in it.
    """
    _check_is_ours(target)  # before lint takes its time
    if problems := lint_folder(source):
        raise ProgrammeError(problems)
    write_compiled(source, target)


def write_compiled(source: Path, target: Path) -> None:
    """Make the folder without lint's promise, which takes longer: for those who measure.

    Still ``ProgrammeError`` or ``MailError`` for what can't be read, and ``CompileError``.
    """
    _check_is_ours(target)
    files = dict(_files(source))
    if target.exists():
        shutil.rmtree(target)
    for name, content in files.items():
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else _json(content))


def _files(source: Path) -> Iterator[tuple[str, object]]:
    programme = load_programme(source)
    yield compiled.FILE, compiled.data_of(programme)
    yield time_zones.FILE, time_zones.airports_by_zone()
    yield from compiled_files(SourceMails.load(source).offering(programme.locales))
    for name, path in image_paths(source).items():
        yield f"{images.FOLDER}/{name}.png", path.read_bytes()


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def _check_is_ours(target: Path) -> None:
    """``CompileError`` for any other folder: what stands in it will be gone."""
    if (target / compiled.FILE).exists():
        return
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CompileError(f"{target} is no compiled programme; name a folder that is not there")


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:  # noqa: PLR2004 - the source and the target
        sys.stderr.write(f"{USAGE}\n")
        return 2
    try:
        compile_programme(*map(Path, arguments))
    except (ProgrammeError, CompileError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
