"""The shipped programme with one thing changed, and where that thing stands."""

import shutil
from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "templates" / "airline-bonus"


class Edited:
    """A copy of the shipped programme, to be broken; changes are replacements of text."""

    def __init__(self, folder):
        shutil.copytree(SHIPPED, folder)
        self.folder = folder
        self.file = folder / "programme.yaml"

    def replace(self, old, new, file="programme.yaml"):
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{file} no longer has {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return self

    def line_of(self, text):
        """The only line that has the text."""
        lines = self.file.read_text(encoding="utf-8").splitlines()
        (line,) = [number for number, said in enumerate(lines, 1) if text in said]
        return line
