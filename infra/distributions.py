"""What the installed distributions in a package say of themselves, and what is required."""

import csv
import re
from collections.abc import Mapping
from email.parser import HeaderParser
from pathlib import Path


class RequirementError(ValueError):
    """A line of requirements.txt that does not say exactly what to install."""


def required(file: Path) -> frozenset[str]:
    """Return each line as ``name==version``, the name in its normal form."""
    lines = (line.partition("#")[0].strip() for line in file.read_text("utf-8").splitlines())
    return frozenset(_pin(file, line) for line in lines if line)


def recorded(entries: Mapping[str, bytes]) -> dict[str, frozenset[str]]:
    """Return the files of each distribution among the entries, by ``name==version``."""
    stems = [name.removesuffix("/METADATA") for name in entries if _is_metadata(name)]
    return {_pin_of(entries[f"{stem}/METADATA"]): _files(entries, stem) for stem in stems}


def _pin(file: Path, line: str) -> str:
    name, separator, version = line.partition("==")
    if not separator or not re.fullmatch(r"[A-Za-z0-9.!+_-]+", version):
        raise RequirementError(f"{file}: {line!r} is no pin. Write name==version, nothing else")
    return f"{_normal(name)}=={version}"


def _pin_of(metadata: bytes) -> str:
    told = HeaderParser().parsestr(metadata.decode("utf-8"))
    return f"{_normal(told['Name'])}=={told['Version']}"


def _files(entries: Mapping[str, bytes], stem: str) -> frozenset[str]:
    """Return what the RECORD lists; what an installer adds to it beside is part of it."""
    lines = entries.get(f"{stem}/RECORD", b"").decode("utf-8").splitlines()
    own = (name for name in entries if name.startswith(f"{stem}/"))
    return frozenset({*(row[0] for row in csv.reader(lines) if row), *own})


def _is_metadata(name: str) -> bool:
    return re.fullmatch(r"[^/]+\.dist-info/METADATA", name) is not None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
