"""Jinja's sandbox, as far as Milepost lets anybody write Jinja.

Mails, pages and the programme's conditions are read by it and then become data (`tree_builder`);
the import maps' expressions are run in it. No operator can multiply text, no filter unescapes or
grows: time and memory are then bounded by the sizes of the source and of the values, which
Jinja's own sandbox does not promise.
"""

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chalicelib.mail.filters import FILTERS

OWN_TO_JINJA = ("default", "e", "escape")
ALLOWED_FILTERS = frozenset({*OWN_TO_JINJA, *FILTERS})


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox with everything removed that could make much out of little."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def is_safe_callable(self, obj: object) -> bool:
        """Only what the environment itself offers: gettext and its kin."""
        return any(obj is offered for offered in self.globals.values())

    # Jinja gives both operands as Any.
    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """Numbers multiply; `'a' * 10**9` and `'%999999999d' % 1` do not."""
        if operator == "**" or not (
            isinstance(left, int | float) and isinstance(right, int | float)
        ):
            raise SecurityError(f"'{operator}' is for numbers only; write the text out")
        return super().call_binop(context, operator, left, right)

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401  (Jinja's own signature)
        """`links.items` is the link named items, not a method of the mapping."""
        if isinstance(obj, Mapping):
            return self.getitem(obj, attribute)
        return super().getattr(obj, attribute)


def sandbox(*, autoescape: bool) -> ImmutableSandboxedEnvironment:
    """Make an environment without globals; `autoescape` is for HTML and for nothing else."""
    environment = BoundedEnvironment(autoescape=autoescape, undefined=StrictUndefined)
    environment.globals.clear()
    of_jinja = {name: environment.filters[name] for name in OWN_TO_JINJA}
    environment.filters = {**of_jinja, **FILTERS}
    return environment
