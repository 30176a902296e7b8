"""A programme's folder as it was at one moment: what it renders to, and what is wrong with it.

Nothing here raises for what a marketer wrote: a fault is a value that stands in the place of the
picture, and a fault in one mail takes no other mail away.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from stat import S_ISDIR
from typing import TypeVar

from chalicelib.domain.journey import Programme
from chalicelib.domain.member import Consent, ConsentStatus, Member
from chalicelib.domain.problem import Problem
from chalicelib.mail.errors import MailError, TemplateSourceError
from chalicelib.mail.samples import BUILT_IN, Sample, read_samples
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.templates import MailTemplates
from chalicelib.operations.lint_folder import lint_folder
from chalicelib.operations.specimens import BASE_URL, MEMBER_ID, NOW, Specimen, specimen
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.loader import load_programme
from chalicelib.usecases.page_values import Saved, choices_of, page_values

Made = TypeVar("Made")

MAX_FILES = 5_000
EXCERPT_LINES = 3  # above the line at fault, and below


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is nothing to show: in words, and as lines that an editor can jump to."""

    what: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """Everything of a folder that a preview shows; read on first use, then kept."""

    folder: Path
    version: str
    _samples: dict[str, tuple[Sample, ...] | Fault] = field(default_factory=dict)
    _specimens: dict[tuple[str, str, str], Specimen | Fault] = field(default_factory=dict)

    @cached_property
    def mails(self) -> tuple[str, ...]:
        """The mails there are, those that a step sends first, in the order of the journeys."""
        there = {path.name for path in self.folder.glob("mails/*/")}
        sent = [name for name in self.steps if name in there]
        return (*sent, *sorted(there - {*sent}))

    @cached_property
    def pages(self) -> tuple[str, ...]:
        return tuple(sorted(path.stem for path in self.folder.glob("pages/*.html")))

    @cached_property
    def steps(self) -> Mapping[str, tuple[str, ...]]:
        """Return for each mail the steps that send it, as people say it."""
        if isinstance(self.programme, Fault):
            return {}
        steps: dict[str, list[str]] = {}
        for journey in self.programme.journeys.values():
            for place, step in enumerate(journey.steps, start=1):
                steps.setdefault(step.mail, []).append(f"{journey.name}, step {place}")
        return {mail: tuple(sent_by) for mail, sent_by in steps.items()}

    @cached_property
    def programme(self) -> Programme | Fault:
        return _or_fault(lambda: load_programme(self.folder))

    @cached_property
    def locales(self) -> tuple[str, ...]:
        """The programme's languages; while it has a fault, those that are translated to."""
        if isinstance(self.programme, Programme):
            return self.programme.locales
        return ("en", *sorted(path.name for path in self.folder.glob("locales/*/")))

    @cached_property
    def images(self) -> Mapping[str, bytes]:
        """The programme's own pictures, by the addresses that mails give them."""
        if isinstance(self.programme, Fault):
            return {}
        urls = self.programme.image_urls(BASE_URL)
        paths = {url: self.folder / "images" / f"{name}.png" for name, url in urls.items()}
        return {url: path.read_bytes() for url, path in paths.items() if path.is_file()}

    def samples(self, mail: str) -> tuple[Sample, ...]:
        """Return the mail's sample members; while their file has a fault, the built-in ones."""
        read = self._read_samples(mail)
        return BUILT_IN if isinstance(read, Fault) else read

    def _read_samples(self, mail: str) -> tuple[Sample, ...] | Fault:
        if mail not in self._samples:
            self._samples[mail] = _or_fault(lambda: read_samples(self.folder, mail))
        return self._samples[mail]

    def specimen(self, mail: str, locale: str, sample: str) -> Specimen | Fault:
        key = (mail, locale, sample)
        if key not in self._specimens:
            self._specimens[key] = _or_fault(lambda: self._specimen(mail, locale, sample))
        return self._specimens[key]

    def page(self, name: str, locale: str) -> str | Fault:
        programme, templates = self.programme, self._templates(name)
        if isinstance(programme, Fault):
            return programme
        if isinstance(templates, Fault):
            return templates
        values = _page_values(programme, name, locale)
        return _or_fault(lambda: templates.render_page(name, locale, values))

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What lint says of the whole folder."""
        return tuple(lint_folder(self.folder))

    def problems_of(self, mail: str) -> tuple[list[Problem], list[Problem]]:
        """Part what lint says into what is in the mail's own folder, and what many mails share."""
        own = f"{self.folder / 'mails' / mail}/"
        others = f"{self.folder / 'mails'}/"
        return (
            [told for told in self.problems if told.file.startswith(own)],
            [told for told in self.problems if not told.file.startswith(others)],
        )

    def excerpt(self, problem: Problem) -> list[tuple[int, str]]:
        """Return the lines around a problem, numbered; none if it is in no file of the folder."""
        path = Path(problem.file)
        if not path.is_file() or self.folder.resolve() not in path.resolve().parents:
            return []
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        begin = max(problem.line - 1 - EXCERPT_LINES, 0)
        return list(enumerate(lines, start=1))[begin : problem.line + EXCERPT_LINES]

    def _specimen(self, mail: str, locale: str, name: str) -> Specimen | Fault:
        programme, templates = self.programme, self._templates(mail)
        if isinstance(programme, Fault):
            return programme
        if isinstance(templates, Fault):
            return templates
        read = self._read_samples(mail)
        if isinstance(read, Fault):
            return read
        samples = {sample.name: sample for sample in read}
        if name not in samples:
            return Fault(f"{mail} has no sample {name!r}; it has {', '.join(samples)}")
        return specimen(programme, templates, mail, locale, samples[name])

    def _templates(self, name: str) -> MailTemplates | Fault:
        """All at once, which is quick; where that has a fault, the mail or page alone."""
        if isinstance(self._together, MailTemplates):
            return self._together
        return _or_fault(lambda: MailTemplates.of(SourceMails.load(self.folder, {name})))

    @cached_property
    def _together(self) -> MailTemplates | Fault:
        return _or_fault(lambda: MailTemplates.of(SourceMails.load(self.folder)))


def _page_values(programme: Programme, page: str, locale: str) -> Mapping[str, object]:
    """Return what a page says to a member who has just joined, and has chosen nothing yet."""
    member = Member(
        member_id=MEMBER_ID,
        joined_at=NOW,
        consent=Consent(ConsentStatus.GIVEN, NOW),
        attributes={"email": "member@example.com", "locale": locale},
    )
    saved = Saved.CHOICES if page.endswith("_saved") else None
    links = {"preferences": f"{BASE_URL}/m/preferences/sample"}
    return page_values(programme, links, choices_of(programme, member, saved=saved))


def fingerprint(folder: Path) -> str:
    """Return a text that is another one after any file of the folder was saved, come or gone."""
    told = hashlib.sha256()
    for name, changed, size in _files(folder):
        told.update(f"{name}\0{changed}\0{size}\0".encode())
    return told.hexdigest()[:16]


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    paths = sorted(path for path in folder.rglob("*") if not path.name.startswith("."))
    for path in paths[:MAX_FILES]:
        try:
            about = path.stat()
        except FileNotFoundError:  # an editor has just put another one in its place
            continue
        if S_ISDIR(about.st_mode):  # its time changes with what an editor hides in it
            yield str(path), 0, 0
        else:
            yield str(path), about.st_mtime_ns, about.st_size


def _or_fault(make: Callable[[], Made]) -> Made | Fault:
    try:
        return make()
    except TemplateSourceError as error:
        return Fault("This can't be read.", (error.problem,))
    except ProgrammeError as error:
        return Fault("The programme can't be read.", tuple(error.problems))
    except MailError as error:
        return Fault(f"This can't be rendered: {error}")
    except OSError as error:
        return Fault(f"This can't be read: {error.strerror}: {error.filename}")
