"""Fragments of a template put together; what two of them say of one place must be the same.

Chalice then merges the whole with its own template, without a question: what goes wrong there is
found by ``infra/checks``.
"""

from collections.abc import Iterable
from typing import Any

from infra.cloudformation import Fragment


class MergeError(ValueError):
    """Two parts of the template contradict each other; the message says where."""


def merged(fragments: Iterable[Fragment]) -> Fragment:
    """Return all fragments as one; two that say different things of one place are an error."""
    whole: Fragment = {}
    for fragment in fragments:
        _add(whole, fragment, ())
    return whole


def _add(whole: dict[str, Any], part: dict[str, Any], place: tuple[str, ...]) -> None:
    for key, value in part.items():
        here = (*place, key)
        if key not in whole:
            whole[key] = _copied(value)
        elif isinstance(value, dict) and isinstance(whole[key], dict):
            _add(whole[key], value, here)
        elif whole[key] != value:
            raise MergeError(
                f"{'.'.join(here)}: one fragment says {whole[key]!r}, another {value!r}; "
                "let one module of infra/fragments say it"
            )


def _copied(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Copy what is merged into later; fragments may share their parts."""
    return {key: _copied(each) for key, each in value.items()} if isinstance(value, dict) else value
