"""What the rules look at: the template, the zip's entries, and what both were asked to be."""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.cloudformation import Resource, Template

FUNCTION = "AWS::Serverless::Function"
QUEUE = "AWS::SQS::Queue"
_ELF = b"\x7fELF"
_ELF_MACHINE = struct.Struct("<18xH")
_MACHINES = {62: "x86_64", 183: "arm64"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where it is, what it is, and how to mend it."""

    where: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.cure}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the zip. ``machine`` is what a native library runs on; "" for any other file."""

    size_bytes: int
    machine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A package as it would be deployed, beside what it was asked to be.

    ``recorded`` are the files that each distribution in the zip says it has, by ``name==version``.
    """

    template: Template
    entries: Mapping[str, Entry]
    recorded: Mapping[str, frozenset[str]]
    zip_bytes: int
    architecture: str
    python: str
    programmes: frozenset[str]
    requirements: frozenset[str]

    @property
    def resources(self) -> Mapping[str, Resource]:
        resources: Mapping[str, Resource] = self.template["Resources"]
        return resources

    def of_type(self, type_: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the logical id and the properties of every resource of the type."""
        for logical_id, resource in sorted(self.resources.items()):
            if resource.get("Type") == type_:
                yield logical_id, resource.get("Properties", {})

    def events(self, type_: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield function, event and the event's properties for every event source of the type."""
        for logical_id, properties in self.of_type(FUNCTION):
            for name, event in sorted(properties.get("Events", {}).items()):
                if event.get("Type") == type_:
                    yield logical_id, name, event.get("Properties", {})


Rule = Callable[[Built], Iterator[Problem]]


def entry_of(content: bytes) -> Entry:
    if not content.startswith(_ELF):
        return Entry(len(content))
    (machine,) = _ELF_MACHINE.unpack_from(content)
    return Entry(len(content), _MACHINES.get(machine, f"machine {machine}"))


def named_resource(value: Any) -> str:  # noqa: ANN401 - any value of a template
    """Return the logical id whose name, address or ARN the value is; "" when it is none."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "Arn"]}:
            return name
        case {"Fn::Sub": str(text)} if text.startswith("${") and text.endswith(".Arn}"):
            return text[2 : -len(".Arn}")]
        case _:
            return ""
