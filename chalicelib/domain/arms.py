"""Which arm of an experiment a member is in: a hash decides, so that nothing has to be drawn.

One salt an experiment, another for the global hold-out: the same member's draws are then
independent. The hold-out takes the lowest draws, so arms are nested: whoever is treated stays
treated while the ramp grows. The arm is stored at first exposure; this rule names it until then.
"""

import math
from enum import StrEnum
from hashlib import sha256

_HIGHEST = math.nextafter(1.0, 0.0)


class Arm(StrEnum):
    """The two sides of an experiment: those the journey writes to, and those it leaves alone."""

    TREATED = "treated"
    CONTROL = "control"


class ShareError(ValueError):
    """A share of the members that is not from 0 to 1."""


def uniform(salt: str, member_id: str) -> float:
    """Draw from [0, 1): the first 8 bytes of SHA-256("salt:member_id"), big-endian, over 2^64.

    The highest quotients round to 1.0 and are taken back below it: a hold-out of everybody
    must leave nobody treated.
    """
    digest = sha256(f"{salt}:{member_id}".encode()).digest()
    return min(int.from_bytes(digest[:8], "big") / 2**64, _HIGHEST)


def assign(salt: str, member_id: str, holdout_share: float) -> Arm:
    """Treat the member whose draw is at or above the hold-out's share (0 to 1)."""
    if not 0 <= holdout_share <= 1:
        raise ShareError(f"The hold-out's share is {holdout_share}; give a number from 0 to 1")
    return Arm.TREATED if uniform(salt, member_id) >= holdout_share else Arm.CONTROL
