"""A small programme without a fault, for tests to break in one place each."""

from pathlib import Path

FOLDER = Path(__file__).parent / "clean_programme"
FILES = {
    path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(FOLDER.rglob("*"))
    if path.is_file()
}
