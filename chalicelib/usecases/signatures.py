"""What the intake needs to know whose a webhook is: the port, and why one is not taken."""

from collections.abc import Mapping
from typing import Protocol


class SignatureError(Exception):
    """A webhook is not taken; the message says how the partner can mend it."""


class UnknownPartnerError(SignatureError):
    """Nobody of this name may send webhooks."""


class MalformedSignatureError(SignatureError):
    """Headers or body are not what Standard Webhooks says."""


class NotAuthenticError(SignatureError):
    """No signature is right, or its time is too far off."""


class Webhooks(Protocol):
    """Whose a webhook is, by its signature."""

    def verify(self, partner: str, headers: Mapping[str, str], raw_body: bytes) -> str:
        """Return the webhook's id when the partner signed it; else ``SignatureError``."""
        ...
