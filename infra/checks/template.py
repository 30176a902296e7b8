"""Rules over the template as a whole: what Chalice's merge lets through in silence."""

import re
from collections.abc import Iterator
from typing import Any

from infra.checks.built import FUNCTION, Built, Problem, Rule

_PSEUDO = ("AWS::",)


def every_resource_is_typed(built: Built) -> Iterator[Problem]:
    """A misspelt resource or event stays beside the right one, without a type."""
    for logical_id, resource in sorted(built.resources.items()):
        if "Type" not in resource:
            yield Problem(
                logical_id,
                "nothing of that name is made by Chalice, and no fragment gives it a type",
                "Name it as Chalice does, or give it a type",
            )
    for logical_id, properties in built.of_type(FUNCTION):
        for name, event in sorted(properties.get("Events", {}).items()):
            if "Type" not in event:
                yield Problem(
                    f"{logical_id}.Events.{name}",
                    "Chalice makes no event source of that name",
                    "Name it as Chalice does, or what it says is lost",
                )


def intrinsic_functions_stand_alone(built: Built) -> Iterator[Problem]:
    """CloudFormation refuses two in one place; Chalice's merge leaves both."""
    for place, value in _walk(built.template, ()):
        keys = sorted(value)
        if len(keys) > 1 and any(key == "Ref" or key.startswith("Fn::") for key in keys):
            yield Problem(
                ".".join(place),
                f"an intrinsic function has company: {', '.join(keys)}",
                "Say it with the function that Chalice uses there",
            )


def references_lead_somewhere(built: Built) -> Iterator[Problem]:
    for place, value in _walk(built.template, ()):
        for name in _referred(value):
            if name not in built.resources and not name.startswith(_PSEUDO):
                yield Problem(
                    ".".join(place), f"there is no {name}", "Name a resource of this template"
                )


def _referred(value: dict[str, Any]) -> Iterator[str]:
    """Yield the logical ids that an intrinsic function names."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            yield name.split(".")[0]
        case {"Fn::Sub": str(text)}:
            yield from (name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)}", text))
        case {"Fn::Sub": [str(text), dict(given)]}:
            names = re.findall(r"\$\{([^!}]+)}", text)
            yield from (name.split(".")[0] for name in names if name not in given)


def _walk(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:  # noqa: ANN401 - JSON
    """Yield every object of the template and where it is."""
    if isinstance(value, dict):
        yield place, value
        for key, inner in value.items():
            yield from _walk(inner, (*place, str(key)))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _walk(inner, (*place, str(number)))


RULES: tuple[Rule, ...] = (
    every_resource_is_typed,
    intrinsic_functions_stand_alone,
    references_lead_somewhere,
)
