"""Templates that mails were sent by, in DynamoDB: an item each, written by deployments alone."""

from chalicelib.adapters import keys
from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.template_items import template_item, template_of
from chalicelib.usecases.template_ports import SentTemplate


class DynamoSentTemplates:
    """The port ``SentTemplates``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, digest: str) -> SentTemplate | None:
        """AP28: by what a mail was rendered that is not today's any more."""
        item = self._table.get(keys.template(digest))
        return template_of(item) if item else None

    def keep(self, template: SentTemplate) -> None:
        """AP29: a deployment's templates, before the next one takes their place."""
        self._table.put(template_item(template))
