from collections.abc import Callable
from pathlib import Path

import pytest
from mail_lint.clean import FILES


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """The programme without a fault."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def change(clean: Path) -> Callable[[str, str, str], int]:
    """Replaces a text once, writes a file anew, or deletes it; says on which line."""

    def replaced(file: str, old: str, new: str) -> int:
        path = clean / file
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(new.encode("latin-1"))
            return 1
        if not old and not new:
            path.unlink()
            return 1
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    return replaced
