"""How much a template may say, so that reading and rendering it take little time and memory.

Looked at before anything is parsed: parsers go into what is nested by calling themselves, and deep
enough they end the process. Shipped mails come to a tenth of each bound, or less.
"""

import re
from dataclasses import dataclass, field

from jinja2 import Environment, TemplateSyntaxError

MAX_SOURCE_CHARS = 131_072
MAX_TAGS = 1_000
MAX_WORDS_IN_A_TAG = 200
MAX_BRACKETS = 25
MAX_BRANCHES = 30
"""How many statements may stand round one place; each `elif` is as deep as an `if` in it."""
MAX_NUMBER_CHARS = 20
MAX_ELEMENTS = 60
"""How many elements of HTML and MJML may stand in each other."""

_OPENING = ("variable_begin", "block_begin")
_WITHOUT_END = ("elif", "else", "pluralize")
_SILENT = ("whitespace", "data", "comment", "comment_begin", "comment_end")
_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_NUMBERS = ("integer", "float")
_HALF_A_CHARACTER = re.compile(r"\\(?:u|U0000)[dD][89a-fA-F]")
_ELEMENT = re.compile(r"<(/?)([a-zA-Z][\w-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)")
VOID_ELEMENTS = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()  # noqa: SIM905
)
"""Elements of HTML that have no end."""


def check_source(environment: Environment, source: str, name: str) -> None:
    """Raise TemplateSyntaxError, with its line, for the first bound that is broken."""
    if len(source) > MAX_SOURCE_CHARS:
        too_long = f"{name} has {len(source)} characters, over {MAX_SOURCE_CHARS}; shorten it"
        raise TemplateSyntaxError(too_long, 1, name)
    counts = _Counts()
    for line, kind, word in environment.lex(source, name):
        counts.add(kind, word)
        what = counts.fault() or _fault_of_word(kind, word)
        if what:
            raise TemplateSyntaxError(what, line, name)


@dataclass(slots=True)
class _Counts:
    """What has been read so far: tags, and in the last of them words and open brackets."""

    tags: int = 0
    words: int = 0
    brackets: int = 0
    branches: list[int] = field(default_factory=list)
    _at_block: bool = False

    def add(self, kind: str, word: str) -> None:
        if kind in _OPENING:
            self.tags, self.words, self.brackets = self.tags + 1, 0, 0
        elif kind not in _SILENT:
            self.words += 1
        if kind == "operator":
            self.brackets += _BRACKETS.get(word, 0)
        if self._at_block and kind == "name":
            self._branch(word)
        self._at_block = kind == "block_begin" or (self._at_block and kind == "whitespace")

    def _branch(self, word: str) -> None:
        if word.startswith("end"):
            del self.branches[-1:]
        elif word == "elif" and self.branches:
            self.branches[-1] += 1
        elif word not in _WITHOUT_END:
            self.branches.append(1)

    def fault(self) -> str | None:
        if self.tags > MAX_TAGS:
            return f"over {MAX_TAGS} tags; say less in one template"
        if self.words > MAX_WORDS_IN_A_TAG:
            return f"a tag of over {MAX_WORDS_IN_A_TAG} words; make it several"
        if self.brackets > MAX_BRACKETS:
            return f"brackets nested over {MAX_BRACKETS} deep; take some out"
        if sum(self.branches) > MAX_BRANCHES:
            return f"over {MAX_BRANCHES} statements in each other; take some out"
        return None


def _fault_of_word(kind: str, word: str) -> str | None:
    if kind in _NUMBERS and len(word) > MAX_NUMBER_CHARS:
        return f"a number of over {MAX_NUMBER_CHARS} characters; write a smaller one"
    if kind == "string" and _HALF_A_CHARACTER.search(word):
        return "half a character; write it out"
    return None


def place_too_deep(text: str) -> int | None:
    """Return where more elements stand in each other than may; None when that is nowhere."""
    depth = 0
    for element in _ELEMENT.finditer(text):
        closing, name, attributes = element.groups()
        if closing:
            depth = max(0, depth - 1)
        elif name.lower() not in VOID_ELEMENTS and not attributes.endswith("/"):
            depth += 1
        if depth > MAX_ELEMENTS:
            return element.start()
    return None
