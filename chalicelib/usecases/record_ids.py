"""Ids of records that are no event's. A dot is not in the grammar of ids: they never meet one."""


def batch_record(webhook_id: str) -> str:
    """Name the delivery of many events."""
    return f"batch.{webhook_id}"


def conflict_record(webhook_id: str, event_id: str) -> str:
    """Name an event whose id came before with another body: the id itself is the other's."""
    return f"conflict.{webhook_id}.{event_id}"
