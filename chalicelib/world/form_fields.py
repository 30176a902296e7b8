"""What a request below ``/_world/`` tells: fields of its query, its form or its JSON."""

import json
from urllib.parse import parse_qs


def read_fields(query: str, body: bytes, *, is_form: bool) -> dict[str, str]:
    """Read JSON whatever it is called: curl calls everything a form."""
    fields = parse_qs(query)
    if is_form:
        fields |= parse_qs(body.decode())
    elif body.strip():
        told = json.loads(body)
        if not isinstance(told, dict):
            raise ValueError("it is no object")
        return {key: str(value) for key, value in told.items()}
    return {key: values[-1] for key, values in fields.items()}
