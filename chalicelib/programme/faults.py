"""What pydantic finds wrong, said to a marketer: the field, the fault and the cure.

pydantic speaks of types and patterns to programmers; here each of its error types that the
schema can cause has one phrase for the fault and one for what to write instead.
"""

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from chalicelib.domain.problem import Problem
from chalicelib.programme.field_types import FAULT
from chalicelib.programme.notations import did_you_mean, shown
from chalicelib.programme.outline import fields_of, section_at
from chalicelib.programme.yaml_tree import Location, YamlTree

_INDENT = "Write its fields below it, indented"
_PHRASES: Mapping[str, tuple[str, str]] = {
    "string_type": ("is no text", "Put the text into quotes"),
    "int_type": ("is no whole number", "Write digits alone, without quotes"),
    "dict_type": ("has no fields", _INDENT),
    "model_type": ("has no fields", _INDENT),
    "list_type": ("is no list", "Write each entry on a line of its own, after a hyphen"),
    "string_pattern_mismatch": (
        "is not written as it has to be",
        "Begin with a small letter; see docs/reference/programme.md for what may follow",
    ),
    "string_too_short": ("is empty", "Write the text, or delete the line"),
    "string_too_long": ("is too long", "Stay within {max_length} characters"),
    "too_short": ("has too few entries", "Write at least {min_length}"),
    "too_long": ("has too many entries", "Stay within {max_length}"),
    "greater_than": ("is too small", "Write more than {gt:g}"),
    "greater_than_equal": ("is too small", "Write {ge} or more"),
    "less_than_equal": ("is too large", "Write {le} or less"),
}


def problems_of(error: ValidationError, tree: YamlTree) -> list[Problem]:
    """Return one problem for each fault, at the line of the value at fault."""
    return [_problem(details, tree) for details in error.errors()]


def path(at: Location) -> str:
    """Write a location as people do, with list places from 1: ``steps[2].wait``."""
    written = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in at)
    return written.removeprefix(".") or "the programme"


def _problem(details: ErrorDetails, tree: YamlTree) -> Problem:
    at = tuple(part for part in details["loc"] if part != "[key]")
    what, cure = _explain(details, at)
    return tree.problem(at, what, cure)


def _explain(details: ErrorDetails, at: Location) -> tuple[str, str]:
    context = details.get("ctx", {})
    match details["type"]:
        case "missing":
            return _missing(at)
        case "extra_forbidden":
            return _unknown(at)
        case "enum" | "literal_error":
            return _not_among(at, details["input"], context["expected"])
        case kind if kind == FAULT:
            return f"`{path(at)}`: {context['what']}", context["cure"]
        case kind:
            said, cure = _PHRASES.get(kind, (details["msg"], "See docs/reference/programme.md"))
            return f"`{path(at)}` {said}", cure.format(**context)


def _missing(at: Location) -> tuple[str, str]:
    section = section_at(at[:-1])
    field = fields_of(section).get(str(at[-1])) if section else None
    means = f": {field.description}" if field and field.description else ""
    return f"`{path(at[:-1])}` has no `{at[-1]}`", f"Add it{means}".rstrip(".")


def _unknown(at: Location) -> tuple[str, str]:
    section = section_at(at[:-1])
    known = list(fields_of(section)) if section else []
    cure = did_you_mean(str(at[-1]), known) or f"Known here: {', '.join(known)}"
    return f"`{path(at[:-1])}` has no field called `{at[-1]}`", cure


def _not_among(at: Location, given: object, expected: str) -> tuple[str, str]:
    words = expected.replace(" or ", ", ").replace("'", "").split(", ")
    return f"`{path(at)}` can't be {shown(given)}", did_you_mean(
        str(given), words
    ) or f"Write {expected}"
