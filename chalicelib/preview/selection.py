"""Which mails, languages and samples are wanted; empty means all of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chalicelib.preview.snapshot import Snapshot
from chalicelib.programme.notations import did_you_mean


class SelectionError(ValueError):
    """Something was asked for by a name that nothing has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What the command line named."""

    mails: tuple[str, ...] = ()
    locales: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()

    def check(self, snapshot: Snapshot) -> None:
        """SelectionError if a name is none of the folder's."""
        samples = {s.name: 1 for mail in snapshot.mails for s in snapshot.samples(mail)}
        _check("mail", self.mails, snapshot.mails)
        _check("language", self.locales, snapshot.locales)
        _check("sample", self.samples, list(samples))

    def mails_of(self, snapshot: Snapshot) -> list[str]:
        return _wanted(snapshot.mails, self.mails)

    def locales_of(self, snapshot: Snapshot) -> list[str]:
        return _wanted(snapshot.locales, self.locales)

    def samples_of(self, snapshot: Snapshot, mail: str) -> list[str]:
        return _wanted((sample.name for sample in snapshot.samples(mail)), self.samples)

    def every(self, snapshot: Snapshot) -> Iterator[tuple[str, str, str]]:
        """Yield mail, language and sample of everything that is wanted."""
        for mail in self.mails_of(snapshot):
            for locale in self.locales_of(snapshot):
                for sample in self.samples_of(snapshot, mail):
                    yield mail, locale, sample


def _wanted(there: Iterable[str], named: Sequence[str]) -> list[str]:
    """Names that are no longer there are passed over: a folder changes while it is looked at."""
    return [name for name in there if not named or name in named]


def _check(kind: str, named: Sequence[str], there: Sequence[str]) -> None:
    for name in named:
        if name not in there:
            near = did_you_mean(name, there) or f"There are {', '.join(there) or 'none'}"
            raise SelectionError(f"there is no {kind} {name!r}. {near}")
