"""What became of a step, as it stands in an enrolment's item.

docs/data-model.md is the reference. Five records share one kilobyte with the rest of their
enrolment, so here every byte counts.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from itertools import accumulate
from typing import Any, TypeVar

from chalicelib.adapters import moments
from chalicelib.adapters.wire import Item, Value
from chalicelib.domain.enrolment import Shown, StepRecord, StepState
from chalicelib.domain.feedback import FeedbackKind
from chalicelib.domain.reasons import Reason

DIGEST_CHARS = 8
_GROUPS = (16, 8, 4, 4, 4, 12, 6)
"""How many hexadecimal digits the parts of a message id of SES's have."""
_SES_ID = re.compile("-".join(f"[0-9a-f]{{{digits}}}" for digits in _GROUPS))

K = TypeVar("K", bound=str)


def record_map(record: StepRecord) -> Item:
    """One-letter names: five records share the one kilobyte."""
    packed = packed_id(record.message_id)
    fields: dict[str, Value] = {
        "s": record.state.value,
        "t": moments.microseconds(record.at),
        "r": record.reason.value if record.reason else "",
        "a": record.attempt,
        "m": "" if packed else record.message_id,
        "i": packed or "",
        "w": shown_text(record.shown) if record.shown else "",
        "b": record.former_attempt,
        "u": moments.microseconds(record.former_at) if record.former_at else "",
        "v": shown_text(record.former_shown) if record.former_shown else "",
        "f": numbers(record.feedback),
    }
    return {name: value for name, value in fields.items() if value not in ("", {})}


def record_of(fields: Mapping[str, Any]) -> StepRecord:
    feedback = times_of(fields.get("f", {}))
    return StepRecord(
        state=StepState(fields["s"]),
        at=moments.from_microseconds(fields["t"]),
        reason=Reason(fields["r"]) if "r" in fields else None,
        attempt=fields.get("a", ""),
        message_id=unpacked_id(fields["i"]) if "i" in fields else fields.get("m", ""),
        former_attempt=fields.get("b", ""),
        former_at=moments.from_microseconds(fields["u"]) if "u" in fields else None,
        shown=shown_of(fields["w"]) if "w" in fields else None,
        former_shown=shown_of(fields["v"]) if "v" in fields else None,
        feedback={FeedbackKind(kind): at for kind, at in feedback.items()},
    )


def numbers(times: Mapping[K, datetime]) -> dict[str, Value]:
    return {name: moments.microseconds(at) for name, at in times.items()}


def times_of(numbers: Mapping[str, int]) -> dict[str, datetime]:
    return {name: moments.from_microseconds(number) for name, number in numbers.items()}


def shown_text(shown: Shown) -> str:
    """Write as text what would take half as much again as a map.

    >>> shown_text(Shown("aB3_-9xZ", 17, (24215, 0, 500)))
    'aB3_-9xZ17 24215 0 500'
    """
    return shown.template + " ".join(map(str, (shown.profile_version, *shown.amounts)))


def shown_of(text: str) -> Shown:
    version, *amounts = map(int, text[DIGEST_CHARS:].split(" "))
    return Shown(text[:DIGEST_CHARS], version, tuple(amounts))


def packed_id(message_id: str) -> str | None:
    """Return an id of SES's shape in 36 characters, not 60; None for one of another shape.

    >>> packed_id("0100018f6a4c1e2b-1c9a52a7-6f0b-4c1e-9a77-0b7a5c3d2e1f-000000")
    'AQABj2pMHiscmlKnbwtMHpp3C3pcPS4fAAAA'
    """
    if not _SES_ID.fullmatch(message_id):
        return None
    return urlsafe_b64encode(bytes.fromhex(message_id.replace("-", ""))).decode()


def unpacked_id(packed: str) -> str:
    """Return the id as SES gave it.

    >>> unpacked_id("AQABj2pMHiscmlKnbwtMHpp3C3pcPS4fAAAA")
    '0100018f6a4c1e2b-1c9a52a7-6f0b-4c1e-9a77-0b7a5c3d2e1f-000000'
    """
    text, ends = urlsafe_b64decode(packed).hex(), accumulate(_GROUPS)
    return "-".join(text[end - size : end] for size, end in zip(_GROUPS, ends, strict=True))
