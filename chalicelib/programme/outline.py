"""The schema seen from above: which section describes which place in programme.yaml."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from chalicelib.programme.schema import ProgrammeSection
from chalicelib.programme.section import Section
from chalicelib.programme.yaml_tree import Location

_ANY: Mapping[object, str] = {dict: "<name>", list: "[]"}
"""What stands for any key of a mapping, and for any place in a list."""


@cache
def outline() -> Mapping[tuple[str, ...], type[Section]]:
    """Return every section by the keys that lead to it, in the order of the schema."""
    return dict(_outline((), ProgrammeSection))


def section_at(at: Location) -> type[Section] | None:
    """Return the section that describes a place in the file; None where there is none."""
    for pattern, section in outline().items():
        if len(pattern) == len(at) and all(map(_fits, pattern, at)):
            return section
    return None


def fields_of(section: type[Section]) -> dict[str, FieldInfo]:
    """Return the fields by the keys they have in the file."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def _outline(
    at: tuple[str, ...], section: type[Section]
) -> Iterator[tuple[tuple[str, ...], type[Section]]]:
    yield at, section
    for key, field in fields_of(section).items():
        for between, below in _sections_in(field.annotation):
            yield from _outline((*at, key, *between), below)


def _sections_in(annotation: Any) -> Iterator[tuple[tuple[str, ...], type[Section]]]:  # noqa: ANN401 - annotations share no type
    """Yield the sections of ``Section | None``, of a list and of a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield (), annotation
    between = (_ANY[get_origin(annotation)],) if get_origin(annotation) in _ANY else ()
    for part in get_args(annotation):
        for further, section in _sections_in(part):
            yield (*between, *further), section


def _fits(pattern: str, part: str | int) -> bool:
    return pattern == part or pattern == _ANY[list if isinstance(part, int) else dict]
