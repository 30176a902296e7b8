"""Who may send webhooks: the partners' signing secrets in Parameter Store, two live ones at most.

Parameter Store has no conditional write: what is there is read again just before it is replaced,
and the version that the write gets tells whether another write came in between all the same.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.adapters.webhooks import new_secret
from chalicelib.domain.gifts import GIFTS
from chalicelib.operations.aws_faults import OperationError, is_missing
from chalicelib.usecases.merge_wallets import MERGES
from chalicelib.usecases.set_by_hand import OPERATOR

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

MOST_LIVE = 2
OWN_CALLERS = frozenset({GIFTS, MERGES, OPERATOR})
"""A partner of such a name could ask for what others were given, and take it back."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""It stands in the path of a URL as it is, and in keys, which a # would part."""

Partners = Mapping[str, Sequence[str]]
"""The live secrets of each partner, the newest first."""


def added(partners: Partners, name: str, secret: str) -> Partners:
    """Let a new partner in."""
    if not NAME.fullmatch(name):
        raise OperationError(
            f"{name!r} can't be a partner's name: it stands in a URL. Use 1 to 64 letters, digits, "
            "- and _, with a letter or a digit first."
        )
    if name in OWN_CALLERS:
        raise OperationError(
            f"{name} can't be a partner's name: the engine books postings of its own under it."
        )
    if name in partners:
        raise OperationError(f"{name} is a partner already. For another secret: partners rotate.")
    return {**partners, name: [secret]}


def rotated(partners: Partners, name: str, secret: str) -> Partners:
    """Put a new secret first, and keep the one before until the partner signs with the new one."""
    live = _secrets(partners, name)
    if len(live) >= MOST_LIVE:
        raise OperationError(
            f"{name} has {len(live)} live secrets already. When it signs with the newest, take the "
            "other away: partners retire."
        )
    return {**partners, name: [secret, *live]}


def retired(partners: Partners, name: str, *, last: bool = False) -> Partners:
    """Take the oldest secret away; the partner too, when it was the ``last`` and that is meant."""
    live = _secrets(partners, name)
    if len(live) > 1:
        return {**partners, name: live[:-1]}
    if not last:
        raise OperationError(
            f"{name} has one secret: without it nothing of {name} is taken any more. If that is "
            "what you want, say --last."
        )
    return {other: secrets for other, secrets in partners.items() if other != name}


def _secrets(partners: Partners, name: str) -> Sequence[str]:
    if name not in partners:
        known = ", ".join(sorted(partners)) or "nobody yet"
        raise OperationError(f"{name} is no partner. Partners are: {known}.")
    return partners[name]


@dataclass(frozen=True, slots=True)
class _Stored:
    """What Parameter Store has, under the version that a write replaces."""

    partners: Partners
    version: int


@dataclass(frozen=True, slots=True)
class PartnerSecrets:
    """The parameter of one stage. ``draw`` makes a secret that nobody has."""

    client: "SSMClient"
    stage: str
    draw: Callable[[], str] = new_secret

    @property
    def path(self) -> str:
        return f"/milepost/{self.stage}/partner-secrets"

    def all(self) -> Partners:
        return self._read().partners

    def add(self, name: str) -> str:
        """Let a partner in; return the secret, which nothing will show again."""
        secret = self.draw()
        self._change(lambda partners: added(partners, name, secret))
        return secret

    def rotate(self, name: str) -> str:
        secret = self.draw()
        self._change(lambda partners: rotated(partners, name, secret))
        return secret

    def retire(self, name: str, *, last: bool = False) -> Partners:
        """Return the partners as they are then."""
        return self._change(lambda partners: retired(partners, name, last=last))

    def _change(self, change: Callable[[Partners], Partners]) -> Partners:
        stored = self._read()
        changed = change(stored.partners)
        more = self._key()
        if self._read() != stored:
            raise OperationError(f"Somebody else is changing {self.path}. Try again.")
        version = self.client.put_parameter(
            Name=self.path,
            Value=json.dumps(changed),
            Type="SecureString",
            Tier="Intelligent-Tiering",  # beyond 4 KB, about forty partners, it costs
            Overwrite=True,
            **more,
        )["Version"]
        if version != stored.version + 1:
            raise OperationError(
                f"Somebody else changed {self.path} at the same moment, and this change has "
                f"replaced that one. Compare version {version - 1} with {version}: aws ssm "
                f"get-parameter-history --with-decryption --name {self.path}"
            )
        return changed

    def _read(self) -> _Stored:
        try:
            told = self.client.get_parameter(Name=self.path, WithDecryption=True)["Parameter"]
        except ClientError as error:
            if not is_missing(error):
                raise
            raise OperationError(
                f"{self.path} is not in {self.client.meta.region_name}. Deploying makes it: make "
                f"deploy STAGE={self.stage}"
            ) from error
        return _Stored(_partners(told["Value"], self.path), told["Version"])

    def _key(self) -> dict[str, Any]:
        """Return the key that the parameter is encrypted with: a write would take AWS's own."""
        filters: Any = [{"Key": "Name", "Values": [self.path]}]
        for page in self.client.get_paginator("describe_parameters").paginate(
            ParameterFilters=filters
        ):
            for parameter in page["Parameters"]:
                if "KeyId" in parameter:
                    return {"KeyId": parameter["KeyId"]}
        return {}


def _partners(text: str, path: str) -> Partners:
    """Read the parameter; what is wrong with it is said without any of it."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict) or not all(isinstance(each, list) for each in told.values()):
        raise OperationError(
            f'{path} is not {{"partner": ["whsec_…"]}}. Put it right by hand: aws ssm '
            f"put-parameter --overwrite --name {path}"
        )
    return told
