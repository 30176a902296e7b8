"""The pictures of a programme: `images/*.png`, by the names that mails give them.

A file is served under a name that tells its bytes, so that whoever has fetched it once need never
ask again. Looked at when a programme is read or compiled, and never on a server.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.programme.errors import ProgrammeError

FOLDER = "images"
MAX_IMAGES = 50
MAX_IMAGE_BYTES = 102_400
DIGEST_CHARS = 8
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
PNG = b"\x89PNG\r\n\x1a\n"


def image_files(folder: Path) -> Mapping[str, str]:
    """Return `{"hero": "hero.1a2b3c4d.png"}`; ProgrammeError for what no mail could show."""
    paths = image_paths(folder)
    if problems := [problem for path in paths.values() for problem in _problems(path)]:
        raise ProgrammeError(problems)
    if len(paths) > MAX_IMAGES:
        what = f"{len(paths)} pictures, over {MAX_IMAGES}"
        raise ProgrammeError([Problem(str(folder / FOLDER), 1, what, "Delete those no mail names")])
    return {name: served_name(name, path.read_bytes()) for name, path in paths.items()}


def image_paths(folder: Path) -> dict[str, Path]:
    """Return every picture by its name; what lies deeper, such as their sources, is none."""
    return {path.stem: path for path in sorted((folder / FOLDER).glob("*.png"))}


def served_name(name: str, content: bytes) -> str:
    return f"{name}.{sha256(content).hexdigest()[:DIGEST_CHARS]}.png"


def _problems(path: Path) -> list[Problem]:
    content = path.read_bytes()
    if not NAME.fullmatch(path.stem):
        cure = "Rename it: small letters, digits and _, beginning with a letter"
        return [Problem(str(path), 1, "mails can't name it", cure)]
    if not content.startswith(PNG):
        return [Problem(str(path), 1, "it is no PNG", "Save it as one")]
    if len(content) > MAX_IMAGE_BYTES:
        what = f"{len(content)} bytes, over {MAX_IMAGE_BYTES}"
        cure = "Use fewer colours, or a smaller picture"
        return [Problem(str(path), 1, what, cure, LintRule.HEAVY_IMAGE)]
    return []
