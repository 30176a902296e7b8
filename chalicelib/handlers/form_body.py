"""The body of a form that a browser posts: fields and their values, nothing else.

Both encodings that HTML knows. A file, another charset than UTF-8 or too much is refused.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs

MAX_BODY_BYTES = 8192
MAX_FIELDS = 100

Fields = Mapping[str, list[str]]


class FormError(ValueError):
    """The body is no form of ours; the browser must send it anew."""


class FormTooLargeError(FormError):
    """The body is larger than any form of ours."""


def read_form(content_type: str, body: bytes) -> Fields:
    """Return every field's values, in their order; ``FormError`` for what is no form."""
    if len(body) > MAX_BODY_BYTES:
        raise FormTooLargeError(f"{len(body)} bytes, over {MAX_BODY_BYTES}")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return _multipart(content_type, body)
    if kind != "application/x-www-form-urlencoded":
        raise FormError("neither of the encodings that a form has")
    try:
        return parse_qs(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise FormError("the fields can't be read") from error


def _multipart(content_type: str, body: bytes) -> Fields:
    # A browser sends the other encoding: this is for whoever else posts.
    from email.parser import BytesParser  # noqa: PLC0415
    from email.policy import HTTP  # noqa: PLC0415

    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    parts = list(message.iter_parts()) if message.is_multipart() else []
    if not parts or len(parts) > MAX_FIELDS or message.defects:
        raise FormError("the parts can't be read")
    fields: dict[str, list[str]] = {}
    for part in parts:
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str) or part.get_filename() is not None or part.is_multipart():
            raise FormError("a part is no field")
        fields.setdefault(name, []).append(_text(part.get_payload(decode=True)))
    return fields


def _text(payload: object) -> str:
    try:
        return payload.decode("utf-8") if isinstance(payload, bytes) else ""
    except UnicodeDecodeError as error:
        raise FormError("a field is not UTF-8") from error
