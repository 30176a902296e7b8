"""The one Jinja dialect: mails, pages and the programme's conditions all compile here.

A template says what to show; it never computes. No loops, no assignments, no method calls, no
operator that can multiply text: time and memory are then bounded by the sizes of the source
and of the values, which Jinja's own sandbox does not promise.
"""

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chalicelib.mail.errors import TooLargeError

MAX_SOURCE_CHARS = 131_072
ALLOWED_FILTERS = frozenset({"default", "e", "escape", "int", "length", "lower", "round", "upper"})
ALLOWED_STATEMENTS = (nodes.Output, nodes.If)


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
    environment.filters = {name: environment.filters[name] for name in ALLOWED_FILTERS}
    return environment


def compile_template(
    environment: ImmutableSandboxedEnvironment, source: str, name: str
) -> Template:
    """Compile `source`; jinja2.TemplateSyntaxError for what the dialect lacks, with its line."""
    if len(source) > MAX_SOURCE_CHARS:
        raise TooLargeError(
            f"{name}: the template has {len(source)} characters, over {MAX_SOURCE_CHARS}; "
            "shorten the mail or its theme"
        )
    tree = environment.parse(source, name)
    refuse_statements(tree, name)
    return environment.from_string(tree)


def refuse_statements(tree: nodes.Template, name: str) -> None:
    """Allow text, expressions and `if`; every other statement could loop, define or load."""
    for statement in tree.find_all(nodes.Stmt):
        if not isinstance(statement, ALLOWED_STATEMENTS):
            raise TemplateSyntaxError(
                f"a mail has no {type(statement).__name__.lower()} statement, only if and trans",
                statement.lineno,
                name,
            )
