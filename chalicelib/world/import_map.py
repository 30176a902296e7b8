"""What may stand in a map: how a row of somebody's CSV file becomes a ``member.joined`` event.

Strict, like the programme's own file: no unknown keys, every expression compiled when the map is
read, every fault with its line. Which columns a file has is asked when there is a file.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from chalicelib.domain.problem import Problem
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.notations import did_you_mean
from chalicelib.programme.yaml_tree import Location, YamlTree, read_tree
from chalicelib.world.import_errors import ImportMapError
from chalicelib.world.import_expressions import (
    Expression,
    ExpressionError,
    Table,
    compile_expression,
)

GUIDE = "See docs/how-to/import-members.md"
_FAULT = "fault"


def _compiled(raw: object) -> Expression:
    try:
        return compile_expression(raw)
    except ExpressionError as error:
        raise _fault(error.what, error.cure) from error


def _fault(what: str, cure: str) -> PydanticCustomError:
    return PydanticCustomError(_FAULT, "{what}. {cure}", {"what": what, "cure": cure})


Expr = Annotated[Expression, BeforeValidator(_compiled)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Entry = Annotated[str, BeforeValidator(lambda raw: str(raw) if isinstance(raw, int) else raw)]


class Section(BaseModel):
    """A part of the file with fields of its own."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True
    )


class MomentSection(Section):
    """A time: either ``date``, or ``year`` and ``month`` for files that know no day.

    Without an offset it is by the member's clock, from midnight and from the first day on.
    """

    date: Expr | None = Field(default=None, description="A date or a time, as ISO 8601 writes it.")
    year: Expr | None = Field(default=None, description="The year, in four digits.")
    month: Expr | None = Field(default=None, description="The month, from 1 to 12.")
    day: Expr | None = Field(default=None, description="The day of the month; without it, the 1st.")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        parts = (self.year, self.month)
        if all(parts) if self.date is None else not any((*parts, self.day)):
            return self
        raise _fault("a time needs `date`, or `year` and `month`", "Write the one or the others")


class MemberSection(Section):
    """What is told of a member. An expression that gives nothing leaves its field untold."""

    card: Expr = Field(description="The card number, by which the engine knows the member.")
    channel: Expr = Field(description="How the member joined: online or offline.")
    joined_at: MomentSection = Field(description="When the member joined.")
    left_at: MomentSection | None = Field(
        default=None, description="When the member left; whoever did is never mailed."
    )
    email: Expr | None = Field(default=None, description="The e-mail address.")
    phone: Expr | None = Field(default=None, description="The phone number, with + and country.")
    locale: Expr | None = Field(default=None, description="The language of the mails, like en.")
    first_name: Expr | None = Field(default=None, description="The first name.")
    last_name: Expr | None = Field(default=None, description="The last name.")
    name_on_card: Expr | None = Field(default=None, description="The name as embossed.")
    home_airport: Expr | None = Field(default=None, description="The IATA code, like YYZ.")
    time_zone: Expr | None = Field(
        default=None, description="An IANA name, like America/Toronto; without it, times are UTC."
    )
    tier: Expr | None = Field(default=None, description="One of the programme's tiers.")
    balances: dict[Name, Expr] = Field(
        default={}, max_length=16, description="Whole numbers, by the programme's units."
    )

    def texts(self) -> dict[str, Expression]:
        """Return the fields that are one line of text each, by their names."""
        told = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: value for name, value in told if isinstance(value, Expression)}


class CheckSection(Section):
    """What a column has to hold; a row that fails is set aside."""

    type: Literal["integer", "decimal", "text"] = Field(description="What a value is.")
    empty: Literal["allowed", "refused"] = Field(
        default="refused", description="Whether a value may be left out."
    )
    min: int | None = Field(default=None, description="The least number allowed.")
    max: int | None = Field(default=None, description="The greatest number allowed.")

    @model_validator(mode="after")
    def _bounds_numbers(self) -> Self:
        if self.type == "text" and not (self.min is None and self.max is None):
            raise _fault("text has no `min` and `max`", "Delete them, or say integer or decimal")
        return self


class ImportMap(Section):
    """The whole file."""

    member: MemberSection = Field(description="What is told of a member, from the row.")
    tables: dict[Name, dict[str, Entry]] = Field(
        default={}, max_length=20, description="Lookup tables, by name."
    )
    checks: dict[str, CheckSection] = Field(
        default={}, max_length=200, description="What columns have to hold, by the column's name."
    )

    def columns(self) -> frozenset[str]:
        """Return the columns that a file must have."""
        named = [expression.columns for _, expression in expressions((), self.member)]
        return frozenset(self.checks).union(*named)

    def lookup(self) -> Mapping[str, Table]:
        return {name: Table(name, entries) for name, entries in self.tables.items()}


def read_map(path: Path) -> ImportMap:
    """Return the map, or raise ``ImportMapError`` with all that could be found."""
    try:
        tree = read_tree(path)
    except ProgrammeError as error:
        raise ImportMapError(error.problems) from error
    try:
        mapping = ImportMap.model_validate(tree.data)
    except ValidationError as error:
        raise ImportMapError([_problem(details, tree) for details in error.errors()]) from error
    if problems := list(_undeclared_tables(mapping, tree)):
        raise ImportMapError(problems)
    return mapping


def expressions(at: Location, section: BaseModel) -> Iterator[tuple[Location, Expression]]:
    """Yield every expression of a section and those in it, with its place in the file."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        for key, one in value.items() if isinstance(value, dict) else [(None, value)]:
            place = (*at, name) if key is None else (*at, name, key)
            if isinstance(one, Expression):
                yield place, one
            elif isinstance(one, BaseModel):
                yield from expressions(place, one)


def _undeclared_tables(mapping: ImportMap, tree: YamlTree) -> Iterator[Problem]:
    for place, expression in expressions(("member",), mapping.member):
        for name in sorted(expression.tables - mapping.tables.keys()):
            cure = did_you_mean(name, list(mapping.tables)) or "Write it below `tables`"
            yield tree.problem(place, f"there is no table `{name}`", cure)


def _problem(details: ErrorDetails, tree: YamlTree) -> Problem:
    at = tuple(part for part in details["loc"] if part != "[key]")
    return tree.problem(at, *_explain(details, at))


def _explain(details: ErrorDetails, at: Location) -> tuple[str, str]:
    """Say what is wrong and how to mend it."""
    place = ".".join(map(str, at)) or "the map"
    around = ".".join(map(str, at[:-1])) or "the map"
    known = _fields_at(at[:-1])
    match details["type"]:
        case "missing":
            return f"`{around}` has no `{at[-1]}`", f"Add it: {known[str(at[-1])]}".rstrip(".")
        case "extra_forbidden":
            near = did_you_mean(str(at[-1]), list(known))
            return f"`{around}` has no field called `{at[-1]}`", near or f"Known: {_listed(known)}"
        case kind if kind == _FAULT:
            return f"`{place}`: {details['ctx']['what']}", str(details["ctx"]["cure"])
        case "model_type" | "dict_type":
            return f"`{place}` has no fields", f"Write them below it, indented: {GUIDE}"
        case _:
            return f"`{place}`: {details['msg']}", GUIDE


def _fields_at(at: Location) -> Mapping[str, str]:
    """Return the fields that may stand at a place, with what they mean."""
    section: type[Section] = ImportMap
    match at:
        case ("member",):
            section = MemberSection
        case ("member", _):
            section = MomentSection
        case ("checks", _):
            section = CheckSection
    return {name: field.description or "" for name, field in section.model_fields.items()}


def _listed(names: Mapping[str, str]) -> str:
    return ", ".join(names)
