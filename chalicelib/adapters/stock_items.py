"""What the items look like that hold the stock of a benefit: counters, and who took one.

docs/data-model.md is the reference.
"""

from chalicelib.adapters import keys
from chalicelib.adapters.items import new_item
from chalicelib.adapters.wire import Item


def stock_item(benefit: str, shard: int, taken: int) -> Item:
    return new_item(
        keys.stock(benefit, shard), type="STOCK", benefit=benefit, shard=shard, taken=taken
    )


def claim_item(benefit: str, grant_key: str, member_id: str, shard: int) -> Item:
    return new_item(
        keys.stock_claim(member_id, grant_key),
        type="STOCK_CLAIM",
        member_id=member_id,
        grant_key=grant_key,
        benefit=benefit,
        shard=shard,
    )
