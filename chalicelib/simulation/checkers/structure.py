"""What holds for every stored item by itself: versions, arms, ends, the due index.

These are not promised to members, but every promise rests on them.
"""

from collections.abc import Iterator
from hashlib import sha256

from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.reasons import Reason
from chalicelib.simulation.checkers.history import OPEN, History
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.record import Stored

Found = Iterator[Violation]

_FOR_EVER = ("member_id", "journey", "entry", "arm", "entered_at", "journey_version", "holdout")


def versions_grow_by_one(history: History) -> Found:
    """A stored version grows by one with each write, so that of two writers one has lost."""
    for what in ("PROFILE", "ENROLMENT", "TOMBSTONE", "MERGED"):
        for write in history.writes[what]:
            before = getattr(write.before, "version", 0)
            after = getattr(write.after, "version", None)
            if after != before + 1:
                text = f"{what} {write.key} went from version {before} to {after}"
                yield Violation("versions", write.number, text)


def arms_never_change(history: History) -> Found:
    """Nobody's arm ever changes, and it is the one that the draw gives for the share at entry."""
    for writes in history.enrolments.values():
        for write in writes:
            if isinstance(write.after, Enrolment):
                yield from _changed_for_ever(write, write.after)
                if write.before is None and _drawn(history, write, write.after) is False:
                    yield Violation("arms", write.number, f"{write.key} is in the wrong arm")


def _changed_for_ever(write: Stored, after: Enrolment) -> Found:
    before = write.before
    if not isinstance(before, Enrolment):
        return
    for name in _FOR_EVER:
        if getattr(before, name) != getattr(after, name):
            yield Violation("arms", write.number, f"{name} of {write.key} changed")


def _drawn(history: History, write: Stored, enrolment: Enrolment) -> bool:
    """Tell whether the arm is what the draw gives under a programme that may have been used."""
    arms = []
    for programme in history.programmes_of(write):
        journey = programme.journeys.get(enrolment.journey)
        if journey:
            digest = sha256(f"{journey.salt}:{enrolment.member_id}".encode()).digest()
            draw = int.from_bytes(digest[:8], "big") / 2**64
            arms.append(Arm.CONTROL if draw < journey.holdout else Arm.TREATED)
    return enrolment.arm in arms


def ends_are_final(history: History) -> Found:
    """A journey that has ended stays ended for the same reason, and nothing is due for it.

    But for a merge: parting lets what the merge ended go on.
    Nothing is due while a claim is open, either: a second worker would find it.
    """
    for writes in history.enrolments.values():
        for write in writes:
            if isinstance(write.after, Enrolment):
                yield from _not_final(write, write.after)


def _not_final(write: Stored, after: Enrolment) -> Found:
    before = write.before if isinstance(write.before, Enrolment) else None
    parted = before and before.exit and before.exit.reason is Reason.MERGED and not after.exit
    if before and before.exit and after.exit != before.exit and not parted:
        yield Violation("ends", write.number, f"the end of {write.key} changed")
    if after.exit and after.due_at:
        yield Violation("ends", write.number, f"{write.key} has ended and is due")
    standing = after.steps.get(after.step) if after.step else None
    if standing and standing.state in OPEN and after.due_at:
        yield Violation("ends", write.number, f"{write.key} is claimed and due")


def names_keep_their_member(history: History) -> Found:
    """A name that leads to a member leads to nobody else afterwards."""
    for write in history.writes["ALIAS"]:
        if write.before is not None and write.after != write.before:
            yield Violation("names", write.number, f"a name of {write.before} was given away")
