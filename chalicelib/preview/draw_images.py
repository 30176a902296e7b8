"""Draws a programme's pictures: ``python -m chalicelib.preview.draw_images PROGRAMME``.

Each `images/source/*.svg` that is no part of another becomes `images/*.png`, in the colours of the
theme, twice as large as mails show it, with a palette of its own. Never reaches a network.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from chalicelib.mail.sources import INCLUDE, assemble, read_text, read_theme
from chalicelib.preview.browser import Browser
from chalicelib.preview.small_png import small_png

USAGE = "Usage: python -m chalicelib.preview.draw_images PROGRAMME"
WIDTH = 600
SCALE = 2
COLOURS = 96
VIEW_BOX = re.compile(r'viewBox="0 0 (\d+) (\d+)"')
PAGE = "<!doctype html><style>*{{margin:0}}svg{{display:block;width:{width}px}}</style>{svg}"


def draw_images(programme: Path) -> list[Path]:
    """Draw every picture anew, and return their files; MailError for a fault in a source."""
    folder, theme = programme / "images", read_theme(programme / "theme.yaml")
    sources = {path.name: path for path in sorted((folder / "source").glob("*.svg"))}
    parts = {found for path in sources.values() for found in _included(path)}
    drawn = []
    with Browser() as browser, TemporaryDirectory() as scratch:
        for name, path in sources.items():
            if name not in parts:
                svg = assemble(path, sources, theme).text
                page = PAGE.format(width=WIDTH, svg=svg)
                shot = browser.shot(page, Path(scratch) / "shot.png", width=WIDTH, scale=SCALE)
                target = folder / f"{path.stem}.png"
                with Image.open(shot) as picture:
                    drawn_part = picture.crop((0, 0, picture.width, _height(svg) * SCALE))
                target.write_bytes(small_png(drawn_part, COLOURS))
                drawn.append(target)
    return drawn


def _included(path: Path) -> list[str]:
    return [match["jinja"] for match in INCLUDE.finditer(read_text(path)) if match["jinja"]]


def _height(svg: str) -> int:
    """Return the height that a drawing of full width has, which its viewBox tells."""
    box = VIEW_BOX.search(svg)
    return WIDTH * int(box[2]) // int(box[1]) if box else WIDTH


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write(f"{USAGE}\n")
        return 2
    for file in draw_images(Path(arguments[0])):
        sys.stdout.write(f"{file.stat().st_size:>8,}  {file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
