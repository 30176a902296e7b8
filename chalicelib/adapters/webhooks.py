"""Whether a webhook is from the partner it names: Standard Webhooks, checked before it is parsed.

The library ``standardwebhooks`` compares the signatures and the time. Hostile input makes it
raise in many ways, so the grammar is checked first; what comes out is a ``SignatureError`` or
nothing. The window of five minutes is about transport: it is always against the real time.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from itertools import chain
from secrets import token_bytes

from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.usecases.signatures import (
    MalformedSignatureError,
    NotAuthenticError,
    UnknownPartnerError,
)

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with # nosec B105
SECRET_BYTES = range(24, 65)
NEW_SECRET_BYTES = 32
MAX_SIGNATURE_CHARS = 4096
_GRAMMAR = {
    "webhook-id": (re.compile(r"[A-Za-z0-9_-]{1,64}"), "1 to 64 letters, digits, - or _"),
    "webhook-timestamp": (re.compile(r"[0-9]{10}"), "seconds since 1970, ten digits"),
    "webhook-signature": (
        re.compile(r"v[0-9a-z]+,[A-Za-z0-9+/]+={0,2}( v[0-9a-z]+,[A-Za-z0-9+/]+={0,2})*"),
        "v1, a comma and base64; more of them after single spaces",
    ),
}


class WebhookSecretError(ValueError):
    """A secret of ours that can't verify anything: the configuration is wrong."""


def check_secret(secret: str) -> None:
    """Refuse a secret that is not ``whsec_`` and the base64 of 24 to 64 bytes."""
    encoded = secret.removeprefix(SECRET_PREFIX)
    try:
        raw = b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        raw = b""
    if encoded == secret or len(raw) not in SECRET_BYTES:
        raise WebhookSecretError("A webhook secret is not whsec_ and the base64 of 24 to 64 bytes")


def new_secret() -> str:
    """Return a secret that nobody has."""
    return SECRET_PREFIX + b64encode(token_bytes(NEW_SECRET_BYTES)).decode()


class PartnerWebhooks:
    """The port ``Webhooks``, with the live secrets of every partner, all of them checked."""

    def __init__(self, secrets: Mapping[str, Sequence[str]]) -> None:
        for secret in chain.from_iterable(secrets.values()):
            check_secret(secret)
        self._secrets = secrets

    def verify(self, partner: str, headers: Mapping[str, str], raw_body: bytes) -> str:
        secrets = self._secrets.get(partner)
        if not secrets:
            raise UnknownPartnerError("No signing secret is set for this partner; check the path")
        return verify(headers, raw_body, secrets)


def verify(headers: Mapping[str, str], raw_body: bytes, secrets: Sequence[str]) -> str:
    """Return the webhook's id when one of the partner's secrets, all checked, signed it.

    While a secret is exchanged, a partner has two. Raises ``SignatureError``, whatever comes.
    """
    checked = _checked(headers)
    try:
        body = raw_body.decode()
    except UnicodeDecodeError as error:
        raise MalformedSignatureError("The body is not UTF-8; send JSON in UTF-8") from error
    problem = "there is no secret"
    for secret in secrets:
        try:
            Webhook(secret).verify(body, checked, json_parse=False)
        except WebhookVerificationError as error:
            problem = str(error)
        except ValueError as error:
            raise MalformedSignatureError("webhook-signature is not base64; encode it") from error
        else:
            return checked["webhook-id"]
    raise NotAuthenticError(
        f"Not authentic: {problem}. Sign '<id>.<timestamp>.<body>' with the current secret, "
        "the timestamp within five minutes of now"
    )


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the three headers, each in its grammar: a dot in the id would blur what is signed."""
    lower = {name.lower(): value for name, value in headers.items()}
    checked: dict[str, str] = {}
    for name, (grammar, meaning) in _GRAMMAR.items():
        value = lower.get(name, "")
        if len(value) > MAX_SIGNATURE_CHARS or not grammar.fullmatch(value):
            raise MalformedSignatureError(f"The header {name} is missing or wrong; send {meaning}")
        checked[name] = value
    return checked
