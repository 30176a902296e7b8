"""A condition as the engine asks it: data, and no way to read what is not in the facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from chalicelib.domain.condition import Condition
from chalicelib.mail.expressions import Evaluate, ExpressionError, Tree, evaluator


class ConditionError(ValueError):
    """A condition that can't be read, or can't be answered for these facts."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what}. {cure}")
        self.what, self.cure = what, cure


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """A condition ready to be asked: as it was written, as data, and as the function of both."""

    text: str
    tree: Tree = field(repr=False, compare=False)
    _evaluate: Evaluate = field(repr=False, compare=False)

    @classmethod
    def of(cls, text: str, tree: Tree) -> Self:
        return cls(text, tree, evaluator(tree))

    def __call__(self, facts: Mapping[str, object], /) -> bool:
        """Tell whether the condition holds; ``ConditionError`` when a fact has no value."""
        try:
            return bool(self._evaluate(facts))
        except (ExpressionError, TypeError) as error:
            raise ConditionError(
                f"the condition `{self.text}` can't be answered: {error}",
                "Give a value for each name in it",
            ) from error


def condition_data(condition: Condition | None) -> list[Any] | None:
    """Return the JSON from which ``condition_of`` makes an equal condition."""
    if condition is None:
        return None
    if not isinstance(condition, CompiledCondition):
        raise TypeError(f"{condition!r} is no condition of a programme.yaml")
    return [condition.text, condition.tree]


def condition_of(data: list[Any] | None) -> CompiledCondition | None:
    return CompiledCondition.of(*data) if data else None
