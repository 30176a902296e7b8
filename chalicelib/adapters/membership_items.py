"""What a membership's item looks like: a wallet, what is to be told, and when to look again.

docs/data-model.md is the reference. It must hold nothing of the person: it outlives the profile.
"""

from chalicelib.adapters import keys
from chalicelib.domain.membership import Membership


def due_index(membership: Membership, due_shards: int) -> dict[str, str]:
    """Return the keys in the due index: none when nothing is due."""
    if membership.due_at is None:
        return {}
    shard = keys.shard_of(membership.member_id, due_shards)
    return {
        "GSI1PK": keys.member_due_shard(shard),
        "GSI1SK": keys.member_due(membership.due_at, membership.member_id),
    }
