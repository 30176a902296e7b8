"""Where a command does its work: on a deployed stage, by its engine, or in the local world."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from chalicelib.commands.stage_options import (
    deployed_programme_option,
    operation,
    stage_engine,
    stage_option,
    url_option,
)
from chalicelib.commands.world_client import ask_world, tell_world
from chalicelib.operations.deployment import check_programme
from chalicelib.usecases.engine import Engine

OnStage = Callable[[Engine], dict[str, Any] | None]
"""What answers on a stage as the world does; None: nobody is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The stage, or without one the world at ``url``, or the one that is running.

    ``click.ClickException`` says why there is no answer.
    """

    stage: str | None
    programme: Path | None
    url: str | None

    def ask(self, on_stage: OnStage, path: str, **query: str) -> dict[str, Any]:
        """Return the stage's answer, or the world's to the question ``path``."""
        return self._of_stage(on_stage) if self.stage else ask_world(path, self.url, **query)

    def tell(
        self, on_stage: OnStage, path: str, *, judges: bool = False, **fields: str
    ) -> dict[str, Any]:
        """Let something be done; return what it came to, as ``ask`` does.

        What ``judges`` members and stores it needs the very programme that is deployed.
        """
        if self.stage:
            return self._of_stage(on_stage, judges=judges)
        return tell_world(path, self.url, **fields)

    def _of_stage(self, on_stage: OnStage, *, judges: bool = False) -> dict[str, Any]:
        with operation():
            engine = stage_engine(self.stage or "", self.programme)
            if judges:
                check_programme(engine)
            answer = on_stage(engine)
        if answer is None:
            raise click.ClickException("No member has this id, card, e-mail or phone.")
        return answer


def place_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give the command ``--stage``, ``--programme`` and ``--url``, and hand it a ``place``."""

    @stage_option
    @deployed_programme_option
    @url_option
    @wraps(command)
    def placed(
        *, stage: str | None, programme: Path | None, url: str | None, **others: object
    ) -> None:
        command(place=Place(stage=stage, programme=programme, url=url), **others)

    return placed
