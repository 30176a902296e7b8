"""What ``milepost merge``, ``unmerge`` and ``duplicates`` do, whichever engine they ask."""

from typing import Any

from chalicelib.domain.merging import MergeRefusal
from chalicelib.operations.aws_faults import OperationError
from chalicelib.usecases.duplicates import duplicates
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.explain import find_named
from chalicelib.usecases.merge_members import merge, unmerge


def merged(engine: Engine, survivor: str, absorbed: str, *, dry_run: bool) -> dict[str, Any]:
    """Merge the members whom a person names; ``OperationError`` says why not."""
    answer = merge(engine, _named(engine, survivor), _named(engine, absorbed), dry_run=dry_run)
    if isinstance(answer, MergeRefusal):
        raise OperationError(f"They can't be merged: {answer.explanation}.")
    return {
        "survivor": answer.survivor,
        "absorbed": answer.absorbed,
        "taken": list(answer.taken),
        "done": not dry_run,
    }


def unmerged(engine: Engine, absorbed: str, *, dry_run: bool) -> dict[str, Any]:
    """Part the member whom a person names from the survivor; ``OperationError`` says why not."""
    answer = unmerge(engine, _named(engine, absorbed), dry_run=dry_run)
    if isinstance(answer, MergeRefusal):
        raise OperationError(f"The merge can't be undone: {answer.explanation}.")
    return {
        "survivor": answer.survivor,
        "absorbed": answer.absorbed,
        "journeys": list(answer.journeys),
        "done": not dry_run,
    }


def suspected(engine: Engine) -> dict[str, Any]:
    """Tell who may be one person, by their ids."""
    return {
        "duplicates": [
            {
                "member": each.member_id,
                "other": each.other,
                "names": list(each.types),
                "since": each.since.isoformat(),
            }
            for each in duplicates(engine)
        ]
    }


def _named(engine: Engine, name: str) -> str:
    """Return the id that a name itself leads to: of who was absorbed, that one's own."""
    found = find_named(engine, name)
    if found is None:
        raise OperationError("No member has this id, card, e-mail or phone.")
    return found
