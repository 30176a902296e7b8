"""The file of one language's translations, brought up to date with the texts of the mails.

Translations and comments stay; a text that has changed gets its old translation as a guess,
marked fuzzy; what no mail says any more goes to the end. Same texts, same bytes, and the head of
the file is its author's. Nothing here asks whether a translation is right.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from io import BytesIO, StringIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import read_po, write_po

from chalicelib.mail.catalogue import forms
from chalicelib.mail.extraction import Message
from chalicelib.mail.language import language_tag
from chalicelib.mail.plural_forms import SHOWN, examples, plural_forms

WIDTH = 100
LIKENESS = 0.75  # below it a guess costs its reader more than it saves
FORMER = re.compile(r"(?:^#\|.*\n)+", re.MULTILINE)
"""What a guess was made from, as it stands above it."""
HEADER = re.compile(r'^msgid ""\nmsgstr .*\n?(?:".*"\n?)*', re.MULTILINE)
"""The entry of the empty text. What stands above it, its author's remarks, is of the head too."""
HEAD = """\
# {language} texts of the mails and pages.
# Write each translation between the quotes of msgstr, below its English text. Keep what stands in
# %(…)s and in <…> as it is; it may stand elsewhere in the sentence.
{forms}msgid ""
msgstr ""
"Language: {tag}\\n"
"Plural-Forms: nplurals={count}; plural={expression};\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""


def catalogue_file(folder: Path, locale: str) -> Path:
    """Return where a language's translations are, in the spelling of a folder that is there."""
    locales = folder / "locales"
    written = [each.name for each in locales.glob("*") if language_tag(each.name) == locale]
    return locales / (written[0] if written else locale) / "LC_MESSAGES" / "messages.po"


def updated(written: str, locale: str, texts: Sequence[Message], folder: Path) -> str:
    """Return the file with these texts; `written` is what it was, "" for a new one."""
    header = HEADER.search(written)
    head = (written[: header.end()] if header else new_head(locale)).strip("\n")
    catalogue = _read(written if header else f"{head}\n\n{written}", locale)
    former = {**_former_texts(written, locale), **_guess(catalogue, texts)}
    template = Catalog(locale=catalogue.locale)
    for text in texts:
        template.add(_msgid(text), locations=_files(text, folder))
    catalogue.update(template, no_fuzzy_matching=True)
    for singular, was in former.items():
        guess = catalogue.get(singular)
        if guess and guess.fuzzy:
            guess.previous_id = was
    return f"{head}\n\n{_entries(catalogue)}\n"


def _entries(catalogue: Catalog) -> str:
    for msgid, entry in list(catalogue.obsolete.items()):
        if not any(forms(entry.string)):
            del catalogue.obsolete[msgid]
    opened = BytesIO()
    write_po(
        opened,
        catalogue,
        width=WIDTH,
        omit_header=True,
        include_previous=True,
        include_lineno=False,
    )
    return opened.getvalue().decode().strip()


def _guess(catalogue: Catalog, texts: Sequence[Message]) -> dict[str, list[str]]:
    """Mark what was changed; return, by the new text, the one whose translation is its guess.

    Only a text that no mail says any more is taken for the old form of another.
    """
    said = {text.forms[0] for text in texts}
    gone = {
        forms(entry.id)[0]: entry
        for entry in catalogue
        if entry.id and any(forms(entry.string)) and forms(entry.id)[0] not in said
    }
    former: dict[str, list[str]] = {}
    for text in texts:
        entry = catalogue.get(text.forms[0])
        near = [] if entry else get_close_matches(text.forms[0], gone, 1, LIKENESS)
        if near:
            entry = gone.pop(near[0])
            catalogue.delete(entry.id)
        if entry and any(forms(entry.string)) and forms(entry.id) != text.forms:
            former[text.forms[0]] = list(forms(entry.id))
            _put_guess(catalogue, text, entry)
    return former


def _put_guess(catalogue: Catalog, text: Message, entry: Entry) -> None:
    """A counted text has as many forms as the language; what is not known of them is empty."""
    known = forms(entry.string)
    missing = catalogue.num_plurals - len(known)
    catalogue.delete(entry.id)
    catalogue.add(
        _msgid(text),
        (*known, *[""] * missing) if len(text.forms) > 1 else known[0],
        flags={"fuzzy"},
        user_comments=entry.user_comments,
    )


def _read(text: str, locale: str) -> Catalog:
    """Read a file with what stands at its end, so that it is found when a mail says it again."""
    without = FORMER.sub("", text)  # babel takes these lines for comments
    catalogue = read_po(StringIO(without), locale=locale.replace("-", "_"))
    for entry in [entry for entry in catalogue.obsolete.values() if entry.id not in catalogue]:
        catalogue[entry.id] = entry
    catalogue.obsolete.clear()
    return catalogue


def _former_texts(written: str, locale: str) -> dict[str, list[str]]:
    """Return what guesses in the file were made from, which babel writes and does not read."""
    former = {}
    for found in FORMER.finditer(written):
        was = re.sub(r"^#\| ?", "", found[0], flags=re.MULTILINE)
        old = _first_text(f'{was}msgstr ""', locale)
        now = _first_text(written[found.end() :], locale)
        if old and now:
            former[now[0]] = list(old)
    return former


def _first_text(text: str, locale: str) -> tuple[str, ...] | None:
    return next((forms(entry.id) for entry in _read(text, locale) if entry.id), None)


def new_head(locale: str) -> str:
    """Return the head of a new file: how to fill it in, and the language's plural forms."""
    tag = language_tag(locale)
    count, expression = plural_forms(tag)
    forms = [_taken_by(form, numbers) for form, numbers in enumerate(examples(tag))]
    return HEAD.format(
        language=Locale.parse(tag, sep="-").get_display_name("en"),
        tag=tag,
        forms="".join(forms) if count > 1 else "",
        count=count,
        expression=expression,
    )


def _taken_by(form: int, numbers: Sequence[int]) -> str:
    more = " and so on" if len(numbers) == SHOWN else ""
    return f"# msgstr[{form}] is for {', '.join(map(str, numbers))}{more}.\n"


def _msgid(text: Message) -> str | tuple[str, ...]:
    return text.forms if len(text.forms) > 1 else text.forms[0]


def _files(text: Message, folder: Path) -> list[tuple[str, int]]:
    """Without lines, which change with every edit above."""
    files = sorted({Path(file).relative_to(folder).as_posix() for file, _ in text.places})
    return [(file, 0) for file in files]
