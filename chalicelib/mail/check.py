"""Lint of a programme's mails: every fault with its file, its line and its cure.

What a template reads is held against what the programme declares, each translation against its
source text, and every mail must let the member unsubscribe and see it in a browser. Nothing is
rendered: a fault in a branch no test member takes is found all the same.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail.balance import unbalanced_conditions
from chalicelib.mail.choices import CHOSEN, OF_AN_ENTRY
from chalicelib.mail.dialect import FUNCTIONS, parse
from chalicelib.mail.names import NameUse, names_always_read, names_read
from chalicelib.mail.part import KEPT_SOURCES, Part
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.sources import Source
from chalicelib.mail.translations import missing_translations

PREFERENCES = "preferences"
ALWAYS_LINKED = {"unsubscribe": LintRule.NO_UNSUBSCRIBE, "web_copy": LintRule.NO_WEB_COPY}
MADE_LINKS = frozenset({*ALWAYS_LINKED, PREFERENCES})
"""The engine makes them for each mail, so that no programme declares them."""
ALWAYS_GIVEN = frozenset({"gift", "language"})
HEADLINES = frozenset({"subject", "preheader"})
NOBODYS_PAGE = "invalid_link"
CHOICES = frozenset({"mails", "obstacle", "problem", "saved", "no_spacing", "other_spacing"})
"""What pages of preferences are told of the member, beside what is `chosen` of each list."""
ONE_OF = {
    **{name: f"value of a {name}" for name in OF_AN_ENTRY},
    "choices": "value of `choices`",
    "goals": "goal",
    "balances": "balance",
    "standing": "value of the standing",
    "links": "link",
    "images": "picture",
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
    images: frozenset[str] = frozenset()
    standing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Readable:
    """What one template may read: plain names, and mappings with the names in them."""

    names: frozenset[str]
    mappings: Mapping[str, frozenset[str]]


def check_mails(
    mails: SourceMails, declared: DeclaredNames, locales: Sequence[str]
) -> list[Problem]:
    """Collect all problems, sorted by file and line; an empty list means: ship it."""
    faulty = unbalanced_conditions(mail_sources(mails)) or syntax_problems(mails)
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
    return sorted({fault.problem.found_by(LintRule.SYNTAX) for fault in faults if fault})


def mail_sources(mails: SourceMails) -> Iterator[Source]:
    parts = [part for mail in mails.parts.values() for part in mail.values()]
    for part in (*parts, *mails.page_parts.values()):
        yield from part.document.sources


def undeclared_names(mails: SourceMails, declared: DeclaredNames) -> list[Problem]:
    """A page is shown to anybody who has its address, so it may read nothing about a member.

    But for what the member chose, on the pages that show just this.
    """
    mail, html = readable_by_mail(declared), readable_by_html(declared)
    problems: set[Problem] = set()
    for parts in mails.parts.values():
        for name, part in parts.items():
            problems.update(part_problems(part, html if name == "html" else mail))
    for page, part in mails.page_parts.items():
        problems.update(part_problems(part, readable_by_page(declared, page)))
    return sorted(problems)


def readable_by_mail(declared: DeclaredNames) -> Readable:
    mappings = {
        "goals": declared.goals,
        "balances": declared.balances,
        "standing": declared.standing,
        "links": declared.links | MADE_LINKS,
        "images": declared.images,
        "programme": declared.programme,
    }
    return Readable(declared.attributes | ALWAYS_GIVEN, mappings)


def readable_by_html(declared: DeclaredNames) -> Readable:
    mail = readable_by_mail(declared)
    return Readable(mail.names | HEADLINES, mail.mappings)


def readable_by_page(declared: DeclaredNames, page: str) -> Readable:
    """What is said of a link that is none can't lead to anybody's preferences."""
    made = frozenset[str]() if page == NOBODYS_PAGE else frozenset({PREFERENCES})
    mappings = {"links": declared.links | made, "programme": declared.programme}
    if not page.startswith(PREFERENCES):
        return Readable(frozenset({"language"}), mappings)
    entries = {name: frozenset({*has, CHOSEN}) for name, has in OF_AN_ENTRY.items()}
    lists = frozenset(f"{name}s" for name in OF_AN_ENTRY)
    return Readable(lists | {"language"}, {**mappings, **entries, "choices": CHOICES})


def part_problems(part: Part, readable: Readable) -> Iterator[Problem]:
    for source in part.document.sources:
        for use in _names_read(source):
            known, kind = known_names(use, readable)
            wanted = use.name if use.key is None else use.key
            if wanted not in known | FUNCTIONS:
                line = source.line + use.line - 1
                what, rule = f"unknown {kind} {wanted!r}", LintRule.UNDEFINED_NAME
                yield Problem(source.file, line, what, cure(wanted, known), rule)


@lru_cache(maxsize=KEPT_SOURCES)
def _names_read(source: Source) -> tuple[NameUse, ...]:
    return tuple(names_read(parse(source.text, source.file)))


@lru_cache(maxsize=KEPT_SOURCES)
def _names_always_read(source: Source) -> tuple[NameUse, ...]:
    return tuple(names_always_read(parse(source.text, source.file)))


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
            for link in sorted(ALWAYS_LINKED.keys() - links_in(parts[kind])):
                what = f"mail {name!r} has no links.{link} in its {kind}"
                cure_text = f"Put {{{{ links.{link} }}}} where every member gets it"
                file = parts[kind].document.sources[0].file
                problems.append(Problem(file, 1, what, cure_text, ALWAYS_LINKED[link]))
    return problems


def links_in(part: Part) -> frozenset[str]:
    uses = (use for source in part.document.sources for use in _names_always_read(source))
    return frozenset(use.key for use in uses if use.name == "links" and use.key)
