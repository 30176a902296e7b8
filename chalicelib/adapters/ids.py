"""Names for new things: members by what introduced them, attempts by chance.

A member's id is derived, so that an event that is handled twice can't make two members.
"""

import hmac
import secrets
from base64 import b32encode
from collections.abc import Callable

_MEMBER_BYTES = 16
_ATTEMPT_BYTES = 7


class HmacIds:
    """The port ``Ids``.

    ``secret`` is asked for when a member is named. ``draw`` returns that many random bytes; a
    world gives a seeded one.
    """

    def __init__(
        self, secret: Callable[[], bytes], draw: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._secret = secret
        self._draw = draw

    def member_id(self, partner: str, event_id: str) -> str:
        """26 characters that tell nothing of the event, nor of the partner."""
        digest = hmac.digest(self._secret(), f"{partner}\0{event_id}".encode(), "sha256")
        return _base32(digest[:_MEMBER_BYTES])

    def attempt(self) -> str:
        """12 characters: only the few attempts at one step must differ."""
        return _base32(self._draw(_ATTEMPT_BYTES))


def _base32(raw: bytes) -> str:
    return b32encode(raw).rstrip(b"=").decode().lower()
