"""Lint of a programme's mails: every fault with its file, its line and its cure.

What a template reads is held against what the programme declares, each translation against its
source text, and every mail must let the member unsubscribe and see it in a browser. Nothing is
rendered: a fault in a branch no test member takes is found all the same.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from chalicelib.domain.problem import Problem
from chalicelib.mail.dialect import FUNCTIONS, parse
from chalicelib.mail.names import NameUse, names_always_read, names_read
from chalicelib.mail.part import Part
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.translations import missing_translations

ALWAYS_LINKED = frozenset({"unsubscribe", "web_copy"})
ALWAYS_GIVEN = frozenset({"gift", "language"})
HEADLINES = frozenset({"subject", "preheader"})
ONE_OF = {
    "goals": "goal",
    "balances": "balance",
    "links": "link",
    "programme": "value of the programme",
}


@dataclass(frozen=True, slots=True)
class DeclaredNames:
    """What a programme declares: its members' attributes, and the names in each mapping."""

    attributes: frozenset[str]
    goals: frozenset[str]
    balances: frozenset[str]
    links: frozenset[str]
    programme: frozenset[str]


@dataclass(frozen=True, slots=True)
class Readable:
    """What one template may read: plain names, and mappings with the names in them."""

    names: frozenset[str]
    mappings: Mapping[str, frozenset[str]]


def check_mails(
    mails: SourceMails, declared: DeclaredNames, locales: Sequence[str]
) -> list[Problem]:
    """Collect all problems, sorted by file and line; an empty list means: ship it."""
    faulty = syntax_problems(mails)
    if faulty:
        return faulty
    problems = {
        *undeclared_names(mails, declared),
        *missing_links(mails),
        *missing_translations(mails, locales),
    }
    return sorted(problems)


def syntax_problems(mails: SourceMails) -> list[Problem]:
    """Read now what rendering reads only when it is needed, and each file alone."""
    parts = [part for mail in mails.parts.values() for part in mail.values()]
    faults = [part.check() for part in (*parts, *mails.page_parts.values())]
    return sorted({fault.problem for fault in faults if fault})


def undeclared_names(mails: SourceMails, declared: DeclaredNames) -> list[Problem]:
    """A page is shown to anybody who has its address, so it may read nothing about a member."""
    mail, html, page = (
        readable_by_mail(declared),
        readable_by_html(declared),
        readable_by_page(declared),
    )
    problems: set[Problem] = set()
    for parts in mails.parts.values():
        for name, part in parts.items():
            problems.update(part_problems(part, html if name == "html" else mail))
    for part in mails.page_parts.values():
        problems.update(part_problems(part, page))
    return sorted(problems)


def readable_by_mail(declared: DeclaredNames) -> Readable:
    mappings = {
        "goals": declared.goals,
        "balances": declared.balances,
        "links": declared.links | ALWAYS_LINKED,
        "programme": declared.programme,
    }
    return Readable(declared.attributes | ALWAYS_GIVEN, mappings)


def readable_by_html(declared: DeclaredNames) -> Readable:
    mail = readable_by_mail(declared)
    return Readable(mail.names | HEADLINES, mail.mappings)


def readable_by_page(declared: DeclaredNames) -> Readable:
    mappings = {"links": declared.links, "programme": declared.programme}
    return Readable(frozenset({"language"}), mappings)


def part_problems(part: Part, readable: Readable) -> Iterator[Problem]:
    for source in part.document.sources:
        for use in names_read(parse(source.text, source.file)):
            known, kind = known_names(use, readable)
            wanted = use.name if use.key is None else use.key
            if wanted not in known | FUNCTIONS:
                line = source.line + use.line - 1
                yield Problem(source.file, line, f"unknown {kind} {wanted!r}", cure(wanted, known))


def known_names(use: NameUse, readable: Readable) -> tuple[frozenset[str], str]:
    """Return the names that could stand there, and what such a name is called."""
    if use.key is None or use.name not in readable.mappings:
        return readable.names | frozenset(readable.mappings), "name"
    return readable.mappings[use.name], ONE_OF[use.name]


def cure(wanted: str, known: Collection[str]) -> str:
    close = get_close_matches(wanted, known, n=1)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Declare it in programme.yaml, or use one of: {', '.join(sorted(known))}"


def missing_links(mails: SourceMails) -> list[Problem]:
    """Every member's copy, in HTML and in text, has both links, outside any `if`."""
    problems = []
    for name, parts in mails.parts.items():
        for kind in ("html", "text"):
            for link in sorted(ALWAYS_LINKED - links_in(parts[kind])):
                what = f"mail {name!r} has no links.{link} in its {kind}"
                cure_text = f"Put {{{{ links.{link} }}}} where every member gets it"
                problems.append(Problem(parts[kind].document.sources[0].file, 1, what, cure_text))
    return problems


def links_in(part: Part) -> frozenset[str]:
    uses = (
        use
        for source in part.document.sources
        for use in names_always_read(parse(source.text, source.file))
    )
    return frozenset(use.key for use in uses if use.name == "links" and use.key)
