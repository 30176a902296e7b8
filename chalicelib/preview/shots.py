"""Pictures of every mail, in files whose names sort, and a sheet that shows them side by side.

The browser itself is told which scheme it prefers, so a dark picture is what a real reader sees.
"""

from dataclasses import dataclass
from pathlib import Path

from chalicelib.operations.own_images import with_own_images
from chalicelib.operations.specimens import Specimen
from chalicelib.preview.browser import Browser
from chalicelib.preview.page_frame import fill
from chalicelib.preview.selection import Selection
from chalicelib.preview.snapshot import Fault, Snapshot
from chalicelib.preview.variants import VIEWS, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A mail in one language for one sample, and its pictures: view and file name."""

    mail: str
    locale: str
    sample: str
    made: Specimen | Fault
    pictures: tuple[tuple[View, str], ...]

    @property
    def said(self) -> str:
        """Return why there is no picture."""
        if not isinstance(self.made, Fault):
            return ""
        return "; ".join(map(str, self.made.problems)) or self.made.what


def take_shots(
    snapshot: Snapshot, selection: Selection, folder: Path, browser: Browser
) -> list[Shot]:
    """Take them all; a mail with a fault has none, and takes no other's away."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [
        Shot(
            mail=mail,
            locale=locale,
            sample=sample,
            made=(one := snapshot.specimen(mail, locale, sample)),
            pictures=() if isinstance(one, Fault) else tuple(_named(mail, locale, sample)),
        )
        for mail, locale, sample in selection.every(snapshot)
    ]
    for view in VIEWS:  # one kind of screen after the other: the browser sets it up once
        for shot in made:
            _take(snapshot, shot, view, folder, browser)
    sheet = fill("sheet.html", shots=made, folder=snapshot.folder.as_posix())
    (folder / "index.html").write_text(sheet, encoding="utf-8")
    return made


def file_name(mail: str, locale: str, sample: str, view: View) -> str:
    """Sort by mail, then language, then sample: what a person compares stands together."""
    return f"{mail}.{locale}.{sample}.{view.name}.png"


def _named(mail: str, locale: str, sample: str) -> list[tuple[View, str]]:
    return [(view, file_name(mail, locale, sample, view)) for view in VIEWS]


def _take(snapshot: Snapshot, shot: Shot, view: View, folder: Path, browser: Browser) -> None:
    if isinstance(shot.made, Fault):
        return
    browser.shot(
        with_own_images(shot.made.rendered.html, snapshot.images),
        folder / file_name(shot.mail, shot.locale, shot.sample, view),
        width=view.width,
        dark=view.dark,
        images=view.images,
    )
