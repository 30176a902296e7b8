"""Takes the README's pictures of mails anew: ``python -m chalicelib.preview.readme_pictures``.

The shipped mails for a sample member, as a browser shows them, small enough for a first screen.
"""

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from chalicelib.bootstrap import ROOT
from chalicelib.mail.samples import read_samples
from chalicelib.mail.templates import MailTemplates
from chalicelib.operations.own_images import images_by_url, with_own_images
from chalicelib.operations.specimens import BASE_URL, specimen
from chalicelib.preview.browser import Browser
from chalicelib.preview.small_png import small_png
from chalicelib.programme.loader import load_programme

PROGRAMME = ROOT / "templates" / "airline-bonus"
TARGET = ROOT / "docs" / "images"
# File, mail, language, width, whether dark, and how much of the mail from its top; in CSS pixels.
PICTURES = (
    ("mail.png", "welcome", "en", 375, False, 985),
    ("mail-dark.png", "reminder", "en", 375, True, 985),
)
SCALE = 2
COLOURS = 256
FIRST_NAME = "Anna"


def take(browser: Browser, scratch: Path) -> None:
    programme, templates = load_programme(PROGRAMME), MailTemplates.load(PROGRAMME)
    images = images_by_url(programme, templates, BASE_URL)
    for file, mail, language, width, dark, height in PICTURES:
        sample = read_samples(PROGRAMME, mail)[0]
        sample = replace(sample, attributes={**sample.attributes, "first_name": FIRST_NAME})
        html = specimen(programme, templates, mail, language, sample).rendered.html
        page = with_own_images(html, images)
        shot = browser.shot(page, scratch / file, width=width, dark=dark, scale=SCALE)
        with Image.open(shot) as picture:
            top = picture.crop((0, 0, picture.width, min(height * SCALE, picture.height)))
        (TARGET / file).write_bytes(small_png(top, COLOURS))


def main() -> int:
    with Browser() as browser, TemporaryDirectory() as scratch:
        take(browser, Path(scratch))
    for file, *_ in PICTURES:
        sys.stdout.write(f"{(TARGET / file).stat().st_size:>8,}  {TARGET / file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
