"""A small programme for the preview's tests: two mails and two samples of the shipped one."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chalicelib.preview.selection import Selection
from chalicelib.preview.server import PreviewServer

SHIPPED = Path(__file__).parents[1] / "templates" / "airline-bonus"
MAILS = ("welcome", "app")
SAMPLES = """\
known:
  about: a name is known
  channel: offline
  first_name: Anna
  email: anna@example.com
  balances: {redeemable: 24215}
nothing:
  about: nothing is known
  channel: offline
"""


def make_folder(root: Path) -> Path:
    """Return a copy that a test may break."""
    folder = root / "airline-bonus"
    shutil.copytree(SHIPPED, folder)
    for mail in folder.glob("mails/*/"):
        if mail.name not in MAILS:
            shutil.rmtree(mail)
    (folder / "samples.yaml").write_text(SAMPLES, encoding="utf-8")
    return folder


def edit(path: Path, old: str, new: str) -> None:
    """Save a file with one text in place of another, as an editor would."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@contextmanager
def serving(folder: Path, selection: Selection | None = None) -> Iterator[PreviewServer]:
    with PreviewServer(0, folder, selection or Selection()) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
