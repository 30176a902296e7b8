"""What the item of a template looks like that mails were sent by.

docs/data-model.md is the reference. It must hold nothing of any member.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from chalicelib.adapters import keys
from chalicelib.adapters.items import check_type, new_item
from chalicelib.adapters.wire import Item
from chalicelib.usecases.template_ports import SentTemplate

MAX_ITEM_BYTES = 400 * 1024
"""What DynamoDB takes."""


class TemplateTooLargeError(ValueError):
    """A mail whose template no item can hold; make the mail smaller."""


def template_item(template: SentTemplate) -> Item:
    """A mail takes about a seventh of its size: most of a table layout is said many times."""
    text = json.dumps(template.content, sort_keys=True, separators=(",", ":"))
    packed = b64encode(zlib.compress(text.encode(), 9)).decode()
    name, language = template.content["name"], template.content["language"]
    if len(packed) > MAX_ITEM_BYTES - 1024:
        raise TemplateTooLargeError(
            f"The mail {name} in {language} takes {len(packed):,} bytes; an item holds "
            f"{MAX_ITEM_BYTES:,}. Make the mail smaller"
        )
    return new_item(
        keys.template(template.digest),
        type="TEMPLATE",
        digest=template.digest,
        mail=name,
        language=language,
        content=packed,
    )


def template_of(item: Mapping[str, Any]) -> SentTemplate:
    check_type(item, "TEMPLATE")
    content = json.loads(zlib.decompress(b64decode(item["content"])))
    return SentTemplate(digest=item["digest"], content=content)
