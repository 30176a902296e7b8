"""Sample members: whom a programme's mails are shown to before any real member gets them.

`samples.yaml` of a programme is for all of its mails; one in a mail's own folder adds to those,
or replaces the one of the same name. A sample is made up: never put a real member's data here.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import yaml

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.member import ATTRIBUTES
from chalicelib.domain.problem import Problem
from chalicelib.domain.standing import Kind, number_of
from chalicelib.mail.errors import TemplateSourceError
from chalicelib.mail.sources import read_text, yaml_problem

FILE = "samples.yaml"
MAX_SAMPLES = 24
MAX_ABOUT_CHARS = 120
NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,15}")
FIELDS = ("about", *ATTRIBUTES, "balances", "standing", "goals", "gift")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A made-up member. `gift` None is that of the step that sends the mail."""

    name: str
    about: str
    attributes: Mapping[str, str]
    balances: Mapping[str, int]
    goals: frozenset[str]
    gift: int | None
    standing: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


BUILT_IN = (
    Sample(
        name="everything",
        about="everything is known",
        attributes={
            "channel": "online",
            "first_name": "Anna",
            "last_name": "Sokolova",
            "name_on_card": "ANNA SOKOLOVA",
            "card": "3051 7720 4416",
            "email": "anna@example.com",
            "phone": "+44 20 7946 0000",
            "home_airport": "LHR",
        },
        balances={},
        goals=frozenset(),
        gift=None,
    ),
    Sample(
        name="nothing",
        about="nothing is known but an address",
        attributes={"channel": "offline", "email": "member@example.com"},
        balances={},
        goals=frozenset(),
        gift=None,
    ),
)
"""For a programme that has no samples of its own."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A sample and the line of each of its fields; of goals and balances, of each name."""

    sample: Sample
    file: str
    lines: Mapping[str, int]


def read_samples(folder: Path, mail: str) -> tuple[Sample, ...]:
    """Return the samples for a mail of the programme in `folder`, in the order of the files.

    TemplateSourceError with file and line for what is no sample.
    """
    return tuple(written.sample for written in _samples_for(folder, mail)) or BUILT_IN


def sample_problems(  # noqa: PLR0913 - what a programme declares, a kind each
    folder: Path,
    mails: Iterable[str],
    *,
    goals: Collection[str],
    units: Collection[str],
    tiers: Sequence[str],
    standing: Mapping[str, Kind],
) -> list[Problem]:
    """Hold the samples of all mails against what the programme declares."""
    problems: set[Problem] = set()
    for mail in mails:
        try:
            for written in _samples_for(folder, mail):
                problems.update(_undeclared(written, "goal", written.sample.goals, goals))
                problems.update(_undeclared(written, "unit", written.sample.balances, units))
                tier = written.sample.attributes.get("tier", "")
                problems.update(_undeclared(written, "tier", [tier] if tier else [], tiers))
                problems.update(_standing_problems(written, standing, tiers))
        except TemplateSourceError as error:
            problems.add(error.problem.found_by(LintRule.SAMPLE))
    return sorted(problems)


def _undeclared(
    written: _Written, kind: str, names: Iterable[str], declared: Collection[str]
) -> Iterator[Problem]:
    for name in names:
        if name not in declared:
            line = written.lines["tier" if kind == "tier" else f"{kind}.{name}"]
            what, cure = f"unknown {kind} {name!r}", _cure(name, declared)
            yield Problem(written.file, line, what, cure, LintRule.SAMPLE)


def _standing_problems(
    written: _Written, kinds: Mapping[str, Kind], tiers: Sequence[str]
) -> Iterator[Problem]:
    told = written.sample.standing
    yield from _undeclared(written, "standing", told, kinds)
    for name, text in told.items():
        if name not in kinds:
            continue
        try:
            number_of(kinds[name], tiers, text)
        except ValueError:
            line, what = written.lines[f"standing.{name}"], f"{name!r} can't be {text!r}"
            yield Problem(written.file, line, what, _WRITTEN[kinds[name]], LintRule.SAMPLE)


_WRITTEN = {
    Kind.AMOUNT: "Write a whole number",
    Kind.DAY: "Write a day, as 2027-03-31",
    Kind.SWITCH: "Write true or false",
    Kind.TIER: "Write a tier of programme.yaml",
}


def _samples_for(folder: Path, mail: str) -> list[_Written]:
    samples: dict[str, _Written] = {}
    for path in (folder / FILE, folder / "mails" / mail / FILE):
        if path.exists():
            samples.update((written.sample.name, written) for written in _read(path))
            if len(samples) > MAX_SAMPLES:
                raise _fault(path, 1, f"over {MAX_SAMPLES} samples for a mail", "Take some out")
    return list(samples.values())


def _read(path: Path) -> Iterator[_Written]:
    try:
        node = _composed(read_text(path))
    except yaml.YAMLError as error:
        raise TemplateSourceError(yaml_problem(path, error)) from error
    for name, line, value in _pairs(path, node, 1) if node else ():
        if not NAME.fullmatch(name):
            cure = "Use small letters, digits, - and _; begin with a letter"
            raise _fault(path, line, f"{name!r} is no name of a sample", cure)
        yield _sample(path, name, line, value)


@lru_cache(maxsize=32)
def _composed(text: str) -> yaml.Node | None:
    """Every mail is shown in every language: the same file is asked for many times."""
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _sample(path: Path, name: str, line: int, node: yaml.Node) -> _Written:
    fields = {key: (at, value) for key, at, value in _pairs(path, node, line)}
    for key, (at, _) in fields.items():
        if key not in FIELDS:
            raise _fault(path, at, f"a sample has no field {key!r}", _cure(key, FIELDS))
    texts = {key: _text(path, *fields[key]) for key in ("about", *ATTRIBUTES) if key in fields}
    about = texts.pop("about", "").strip()
    if not 1 <= len(about) <= MAX_ABOUT_CHARS:
        what = f"the sample {name!r} has no `about`" if not about else "`about` is too long"
        raise _fault(path, line, what, f"Say in up to {MAX_ABOUT_CHARS} characters who it is")
    lines = {key: at for key, (at, _) in fields.items()}
    balances = dict(_balances(path, *fields["balances"], lines)) if "balances" in fields else {}
    standing = _standing(path, *fields["standing"], lines) if "standing" in fields else {}
    goals = frozenset(_goals(path, *fields["goals"], lines)) if "goals" in fields else frozenset()
    gift = _number(path, *fields["gift"]) if "gift" in fields else None
    if gift is not None and gift < 0:
        raise _fault(path, lines["gift"], f"a gift of {gift}", "Write 0 or more")
    sample = Sample(
        name=name,
        about=about,
        attributes=texts,
        balances=balances,
        goals=goals,
        gift=gift,
        standing=standing,
    )
    return _Written(sample, str(path), lines)


def _balances(
    path: Path, line: int, node: yaml.Node, lines: dict[str, int]
) -> Iterator[tuple[str, int]]:
    for unit, at, value in _pairs(path, node, line):
        lines[f"unit.{unit}"] = at
        yield unit, _number(path, at, value)


def _standing(path: Path, line: int, node: yaml.Node, lines: dict[str, int]) -> dict[str, str]:
    told = {}
    for name, at, value in _pairs(path, node, line):
        lines[f"standing.{name}"] = at
        told[name] = _text(path, at, value)
    return told


def _goals(path: Path, line: int, node: yaml.Node, lines: dict[str, int]) -> Iterator[str]:
    if not isinstance(node, yaml.SequenceNode):
        raise _fault(path, line, "`goals` is no list", "Write them as [account_registered]")
    for entry in node.value:
        at = entry.start_mark.line + 1
        goal = _text(path, at, entry)
        lines[f"goal.{goal}"] = at
        yield goal


def _pairs(path: Path, node: yaml.Node, line: int) -> Iterator[tuple[str, int, yaml.Node]]:
    """Yield key, line and value; each key is one word, and stands there once."""
    if not isinstance(node, yaml.MappingNode):
        raise _fault(
            path, line, "here are no fields", "Write them below, indented, as `name: value`"
        )
    seen: set[str] = set()
    for key, value in node.value:
        at = key.start_mark.line + 1
        name = _text(path, at, key)
        if name in seen:
            raise _fault(path, at, f"{name!r} stands here twice", "Keep one")
        seen.add(name)
        yield name, at, value


def _text(path: Path, line: int, node: yaml.Node) -> str:
    """Text is text: a card number is none to count with, and `no` is a word."""
    if not isinstance(node, yaml.ScalarNode):
        raise _fault(path, line, "here has to be one text", "Put it into quotes")
    return str(node.value)


def _number(path: Path, line: int, node: yaml.Node) -> int:
    text = _text(path, line, node)
    if not WHOLE_NUMBER.fullmatch(text):
        raise _fault(path, line, f"{text!r} is no whole number", "Write digits alone")
    return int(text)


def _fault(path: Path, line: int, what: str, cure: str) -> TemplateSourceError:
    return TemplateSourceError(Problem(str(path), line, what, cure, LintRule.SAMPLE))


def _cure(wanted: str, known: Collection[str]) -> str:
    close = get_close_matches(wanted, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"Known: {', '.join(known)}"
