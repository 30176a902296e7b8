"""The mails of the programme that runs, by digests of all that makes them look as they do.

A digest is worked out once a process and mail: a sender writes it down with each mail it sends. It
must cover whatever rendering takes besides the member, or a web copy would show what nobody sent.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from chalicelib.domain.journey import Programme
from chalicelib.programme.compiled import mail_data_of
from chalicelib.usecases.template_ports import SentTemplate, SentTemplates

if TYPE_CHECKING:
    from chalicelib.mail.templates import MailTemplates

_DIGEST_BYTES = 6
"""Eight characters: a thousand programmes have a thousand mails each before two are taken for one
with a chance of one in five hundred."""


@dataclass(frozen=True)
class CurrentTemplates:
    """What ``SentTemplates`` has of the present programme, or should have."""

    programme: Programme
    mails: "MailTemplates"
    _digests: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def digest(self, mail: str, language: str) -> str:
        """Return the digest of the mail; ``MailError`` when there is no such mail."""
        known = self._digests.get((mail, language))
        if known is None:
            text = f"{self.mails.digest(mail, language)} {self._programme_text}"
            raw = sha256(text.encode()).digest()[:_DIGEST_BYTES]
            known = self._digests[mail, language] = urlsafe_b64encode(raw).decode()
        return known

    def named(self, digest: str) -> tuple[str, str] | None:
        """Return mail and language of a digest; None when none of today's mails has it."""
        return next((each for each in self._all() if self.digest(*each) == digest), None)

    def every(self) -> Iterator[SentTemplate]:
        return (self._kept(mail, language) for mail, language in self._all())

    def _all(self) -> Iterator[tuple[str, str]]:
        return ((mail, tag) for tag in self.mails.languages for mail in self.mails.names)

    def _kept(self, mail: str, language: str) -> SentTemplate:
        content = {
            "name": mail,
            "language": language,
            "parts": self.mails.source.mail(mail, language),
            "formats": asdict(self.mails.languages[language]),
            "programme": mail_data_of(self.programme),
        }
        return SentTemplate(digest=self.digest(mail, language), content=content)

    @cached_property
    def _programme_text(self) -> str:
        return json.dumps(mail_data_of(self.programme), sort_keys=True, separators=(",", ":"))


def keep_templates(kept: SentTemplates, current: CurrentTemplates) -> int:
    """Keep what is not kept yet, so that web copies outlive it; return how many were new."""
    new = [each for each in current.every() if kept.find(each.digest) is None]
    for template in new:
        kept.keep(template)
    return len(new)
