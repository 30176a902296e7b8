"""What an inbox shows of a mail: subject and preheader, for every sample in every language.

A fault is told once a mail and language, for the first sample that shows it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

from chalicelib.domain.lint_rules import LintRule
from chalicelib.mail.language import language_tag
from chalicelib.mail_lint.tables import words

MAX_SUBJECT_CHARS = 70
"""What Gmail shows on a desktop; telephones show 30 to 45, so the point comes first."""
MAX_PREHEADER_CHARS = 140
"""The most that any inbox shows beside or below the subject."""
MAX_EMOJI = 1
MIN_CAPITALS = 8
LOUD_SHARE = 0.7
_LIMITS = {"subject": MAX_SUBJECT_CHARS, "preheader": MAX_PREHEADER_CHARS}
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[\u2600-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*"
    "(?:\u200d[\u2640-\u27bf\U0001f300-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*)*"
)
_JOINS = "\u200c\u200d\u200e\u200f\ufe0f"  # within an emoji, and in scripts that need them
_UNSEEN = frozenset("\u00ad\u200b\u2060\ufeff\u180e\u034f")
_PLING = re.compile(r"[!\uff01]")

Fault = tuple[str, str, LintRule]


def headline_faults(part: str, text: str, locale: str) -> Iterator[Fault]:
    """Yield what is wrong with a subject or a preheader: what, cure and rule."""
    if not text.strip():
        yield "is empty", "Say something to every member", LintRule.EMPTY_HEADLINE
        return
    for fault in _FAULTS:
        yield from fault(part, text, language_tag(locale).partition("-")[0])


def repeats(subject: str, preheader: str) -> bool:
    """Whether the preheader tells nothing that the subject does not."""
    first, second = _letters(subject), _letters(preheader)
    return bool(first) and (first == second or second in first)


def _too_long(part: str, text: str, _: str) -> Iterator[Fault]:
    if len(text) > _LIMITS[part]:
        what = f"has {len(text)} characters, over {_LIMITS[part]},"
        yield what, "Shorten it; the first 40 are what a telephone shows", LintRule.LONG_HEADLINE


def _shouts(_: str, text: str, __: str) -> Iterator[Fault]:
    cased = [letter for letter in text if letter.lower() != letter.upper()]
    loud = sum(letter.isupper() for letter in cased)
    if loud >= MIN_CAPITALS and loud > LOUD_SHARE * len(cased):
        yield "is in capitals", "Write it as a sentence", LintRule.SHOUTING


def _exclaims(_: str, text: str, __: str) -> Iterator[Fault]:
    count = len(_PLING.findall(text))
    if count > 1:
        what = f"has {count} exclamation marks"
        yield what, "Keep one at most", LintRule.EXCLAMATION_MARKS


def _pretends(part: str, text: str, _: str) -> Iterator[Fault]:
    if part == "subject" and (mark := words().reply_marks.match(text)):
        what = f"begins with {mark[0].strip()!r}, as an answer does,"
        yield what, "Say what the mail is about", LintRule.FAKE_REPLY


def _sells(_: str, text: str, language: str) -> Iterator[Fault]:
    for word in words().spam_words.get(language, ()):
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE):
            what = f"has {word!r}, which spam filters know,"
            yield what, "Say it in other words", LintRule.SPAM_WORDS


def _smiles(_: str, text: str, __: str) -> Iterator[Fault]:
    count = len(_EMOJI.findall(text))
    if count > MAX_EMOJI:
        yield f"has {count} emoji", f"Keep {MAX_EMOJI} at most", LintRule.TOO_MANY_EMOJI


def _hides(_: str, text: str, __: str) -> Iterator[Fault]:
    for character in text:
        unseen = unicodedata.category(character) in ("Cc", "Cf") and character not in _JOINS
        if unseen or character in _UNSEEN:
            what = f"has a character that nobody sees, U+{ord(character):04X},"
            yield what, "Take it out; it was likely pasted in", LintRule.CONTROL_CHARACTER
            return


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


_FAULTS: tuple[Callable[[str, str, str], Iterator[Fault]], ...] = (
    _too_long,
    _shouts,
    _exclaims,
    _pretends,
    _sells,
    _smiles,
    _hides,
)
