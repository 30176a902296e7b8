"""Golden files: every shipped mail in every language, as a sample member gets it.

Made anew, after a change that is meant, by: .venv/bin/python tests/mail/golden_files.py
Look at what has changed before you commit it.
"""

from difflib import unified_diff
from itertools import islice
from pathlib import Path

from chalicelib.mail.samples import read_samples
from chalicelib.mail.templates import MailTemplates
from chalicelib.operations.specimens import Specimen, specimen
from chalicelib.programme.loader import load_programme

COMMAND = ".venv/bin/python tests/mail/golden_files.py"
FOLDER = Path(__file__).parent / "golden"
SHIPPED = Path(__file__).parents[2] / "templates" / "airline-bonus"
KINDS = ("subject.txt", "txt", "html", "eml")
SHOWN = {"everything": KINDS, "nothing": ("subject.txt", "txt")}
"""The samples whose mails are kept, and what of them."""
DIFF_LINES = 14


def golden_files(folder: Path = SHIPPED) -> dict[str, bytes]:
    """Return every golden file by name, as it has to be now."""
    programme, templates = load_programme(folder), MailTemplates.load(folder)
    made = [
        specimen(programme, templates, mail, locale, sample)
        for mail in templates.names
        for locale in sorted(programme.locales)
        for sample in read_samples(folder, mail)
        if sample.name in SHOWN
    ]
    return {
        f"{each.mail}.{each.locale}.{each.sample.name}.{kind}": content(each, kind)
        for each in made
        for kind in SHOWN[each.sample.name]
    }


def content(made: Specimen, kind: str) -> bytes:
    match kind:
        case "subject.txt":
            return f"{made.rendered.subject}\n{made.rendered.preheader}\n".encode()
        case "txt":
            return made.rendered.text.encode()
        case "html":
            return made.rendered.html.encode()
        case _:
            return made.mime


def difference(name: str, kept: bytes, made: bytes) -> str:
    """Return the first lines of what differs, and the command for when it is meant."""
    lines = [each.decode().splitlines() for each in (kept, made)]
    diff = unified_diff(*lines, f"{name} (golden)", f"{name} (now)", n=1, lineterm="")
    shown = [line[:160] for line in islice(diff, DIFF_LINES)]
    return "\n".join(["", *shown, f"If that is meant: {COMMAND}"])


def main() -> None:
    made = golden_files()
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.iterdir():
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_bytes(text)


if __name__ == "__main__":
    main()
