"""Tokens for links in mails: who is meant, and what for, under a MAC.

``<key id>.<member>~<journey>~<entry>~<step>.<MAC>``. The MAC (HMAC-SHA256, 128 bits of it)
covers the purpose too, so that the link to a web copy can't unsubscribe anyone. There is no
expiry; a secret is retired by putting a newer one before it.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from chalicelib.domain.feedback import StepKey
from chalicelib.usecases.ports import TokenPurpose

MIN_SECRET_BYTES = 32
MAX_TOKEN_CHARS = 512
_MAC_BYTES = 16
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_NAME = r"[A-Za-z0-9_-]+"
_CLAIM = re.compile(rf"({_NAME})~({_NAME})~([1-9][0-9]{{0,8}})~({_NAME})")


class TokenError(ValueError):
    """Secrets that can't sign, or a name that can't stand in a link."""


class HmacTokens:
    """The port ``Tokens``. The first of ``secrets`` (by key id) signs, all of them verify."""

    def __init__(self, secrets: Mapping[str, bytes]) -> None:
        _check(secrets)
        self._secrets = dict(secrets)
        self._signing = next(iter(self._secrets))

    def issue(self, purpose: TokenPurpose, key: StepKey) -> str:
        claim = f"{key.member_id}~{key.journey}~{key.entry}~{key.step}"
        if not _CLAIM.fullmatch(claim):
            raise TokenError(f"No link can carry {claim}; names are letters, digits, - and _")
        token = f"{self._signing}.{claim}.{self._mac(self._signing, purpose, claim)}"
        if len(token) > MAX_TOKEN_CHARS:
            raise TokenError(f"{claim} is too long for a link; shorten the step's name")
        return token

    def read(self, purpose: TokenPurpose, token: str) -> StepKey | None:
        parts = token.split(".") if len(token) <= MAX_TOKEN_CHARS and token.isascii() else []
        if len(parts) != 3 or parts[0] not in self._secrets:  # noqa: PLR2004 - see the module
            return None
        key_id, claim, mac = parts
        if not hmac.compare_digest(mac, self._mac(key_id, purpose, claim)):
            return None
        return _step_key(claim)

    def _mac(self, key_id: str, purpose: TokenPurpose, claim: str) -> str:
        """Return text, not bytes: of the spellings base64 allows, one is right."""
        signed = f"{purpose}\0{claim}".encode()
        digest = hmac.digest(self._secrets[key_id], signed, "sha256")[:_MAC_BYTES]
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _check(secrets: Mapping[str, bytes]) -> None:
    if not secrets:
        raise TokenError("No secret to sign links with; give at least one")
    for key_id, secret in secrets.items():
        if not _KEY_ID.fullmatch(key_id):
            raise TokenError(
                f"The key id '{key_id}' can't stand in a link; use up to 16 of a-z 0-9"
            )
        if len(secret) < MIN_SECRET_BYTES:
            raise TokenError(f"The secret {key_id} is short; give {MIN_SECRET_BYTES} random bytes")


def _step_key(claim: str) -> StepKey | None:
    match = _CLAIM.fullmatch(claim)
    if not match:
        return None
    member_id, journey, entry, step = match.groups()
    return StepKey(member_id=member_id, journey=journey, entry=int(entry), step=step)
