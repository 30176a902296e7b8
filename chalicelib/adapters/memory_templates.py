"""Templates that mails were sent by, in a dictionary: the twin of the DynamoDB adapter."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.usecases.template_ports import SentTemplate


class MemorySentTemplates:
    """The port ``SentTemplates``."""

    def __init__(self) -> None:
        self._templates: dict[str, SentTemplate] = {}

    def find(self, digest: str) -> "SentTemplate | None":
        return self._templates.get(digest)

    def keep(self, template: "SentTemplate") -> None:
        self._templates[template.digest] = template
