"""Conditions that begin and end in different places, found before a template is compiled.

A condition that opens in one element and closes in another leaves some members with half of an
element. MJML tears such a thing apart without a word. A file's condition must end in that file.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail.bounds import VOID_ELEMENTS
from chalicelib.mail.sources import Source

_TOKEN = re.compile(
    r"<!--.*?-->|\{#.*?#\}|\{\{(?:(?!\{\{|\{%).)*?\}\}"
    r"|\{%-?\s*(?P<word>\w+)(?:(?!\{%).)*?%\}"
    r"|<(?P<end>/?)(?P<tag>[A-Za-z][\w-]*)(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^'\">])*)>",
    re.DOTALL,
)
_ENDS = {"endif": "if", "endtrans": "trans"}
_BRANCHES = ("elif", "else")
_OTHERS = ("pluralize", "for", "endfor", "include")
_KNOWN = frozenset({*_ENDS, *_ENDS.values(), *_BRANCHES, *_OTHERS})
_WRAPPER = "mj-raw"  # MJML's way of letting Jinja stand between elements; none is left of it


@dataclass(frozen=True, slots=True)
class _Opened:
    word: str
    line: int
    inside: tuple[int, ...]


def unbalanced_conditions(sources: Iterable[Source]) -> list[Problem]:
    """Hold each file alone, once, however many mails include it."""
    files = {source.file: source for source in sources}
    return sorted(problem for source in files.values() for problem in _in_file(source))


def _in_file(source: Source) -> Iterator[Problem]:
    opened: list[_Opened] = []
    words = list(_words(source.text))
    if any(word not in _KNOWN for word, _, _ in words):
        return  # likely one of them, misspelt; compiling says which
    for word, line, inside in words:
        if word in _ENDS.values():
            opened.append(_Opened(word, line, inside))
        elif word in _ENDS or word in _BRANCHES:
            wanted = _ENDS.get(word, "if")
            if not opened or opened[-1].word != wanted:
                what = f"{{% {word} %}} without {{% {wanted} … %}} before it in this file"
                yield _problem(source, line, what, f"Write {{% {wanted} … %}}, or take it out")
                return
            if inside != opened[-1].inside:
                began = f"{{% {wanted} … %}} on line {source.line + opened[-1].line - 1}"
                what = f"{{% {word} %}} is in another element than {began}"
                yield _problem(source, line, what, "Begin and end a condition in one element")
                return
            if word in _ENDS:
                opened.pop()
    if opened:
        what = f"{{% {opened[-1].word} … %}} has no end in this file"
        cure = f"Write {{% end{opened[-1].word} %}}"
        yield _problem(source, opened[-1].line, what, cure)


def _problem(source: Source, line: int, what: str, cure: str) -> Problem:
    place = source.line + line - 1
    return Problem(source.file, place, what, cure, LintRule.UNBALANCED_CONDITION)


def _words(text: str) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    """Yield each statement's word, its line, and the elements it stands in, by their number."""
    inside: list[tuple[str, int]] = []
    for number, token in enumerate(_TOKEN.finditer(text)):
        line = text.count("\n", 0, token.start()) + 1
        if word := token["word"]:
            yield word, line, tuple(at for tag, at in inside if tag != _WRAPPER)
        elif tag := token["tag"]:
            yield from _words_in(token["rest"], line, inside, number)
            _move(inside, tag, token["end"], token["rest"], number)


def _words_in(
    attributes: str, line: int, inside: list[tuple[str, int]], number: int
) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    """A condition within a tag is in an element of its own, as it were."""
    place = (*(at for _, at in inside), -number)
    for found in re.finditer(r"\{%-?\s*(\w+)", attributes):
        yield found[1], line + attributes.count("\n", 0, found.start()), place


def _move(inside: list[tuple[str, int]], tag: str, end: str, rest: str, number: int) -> None:
    if not end and not rest.endswith("/") and tag.lower() not in VOID_ELEMENTS:
        inside.append((tag, number))
    elif end:
        for depth in range(len(inside) - 1, -1, -1):
            if inside[depth][0] == tag:
                del inside[depth:]
                return
