"""The port for templates that mails were sent by; what is common to all ports is told in ``ports``.

They are for web copies: a mail is shown as it was sent, whatever has been deployed since.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTemplate:
    """All of one mail in one language that is the same for everybody; ``content`` is JSON.

    It has the mail's ``name``, its ``language``, ``parts`` and ``formats``, and what the mail shows
    of its ``programme``. Nothing in it is about a member.
    """

    digest: str
    content: Mapping[str, Any]


class SentTemplates(Protocol):
    """Templates by their digests. They are kept for good, like the mails in the members' hands."""

    def find(self, digest: str) -> SentTemplate | None:
        """Read what was kept under this digest."""
        ...

    def keep(self, template: SentTemplate) -> None:
        """Keep the template; what is kept under the digest already is the same."""
        ...
