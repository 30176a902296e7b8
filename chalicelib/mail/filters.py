"""The filters of mails and of import maps: none unescapes, calls or makes much out of little.

`default` and `escape` are missing here, for they are no functions of a value: the one asks for a
value that is not there, the other says how a text is put into a mail.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

MAX_PRECISION = 9
_STEPS: Mapping[str, Callable[[float], float]] = {"ceil": math.ceil, "floor": math.floor}
ROUNDINGS = ("common", *_STEPS)


def whole(value: Any, default: int = 0) -> int:  # noqa: ANN401 - whatever a template has
    """`"42.9"|int` is 42, and what is no number is `default`."""
    try:
        return int(value)
    except (TypeError, ValueError):
        try:
            return int(float(value))
        except (TypeError, ValueError, OverflowError):
            return default


def rounded(value: float, precision: int = 0, method: str = "common") -> float:
    """Bounded: a precision of minus a billion would have the power of ten worked out."""
    if not 0 <= precision <= MAX_PRECISION:
        raise ValueError(f"round to 0 to {MAX_PRECISION} places, not to {precision}")
    if method == "common":
        return round(value, precision)
    scale: int = 10**precision
    return _STEPS[method](value * scale) / scale


FILTERS: Mapping[str, Callable[..., Any]] = {
    "int": whole,
    "length": len,
    "lower": lambda value: str(value).lower(),
    "round": rounded,
    "upper": lambda value: str(value).upper(),
}
