"""What every signed request of a partner goes through: size, signature, JSON, schema.

The order is the cheap and safe one. Whatever is wrong is a ``RequestError`` that says what, where
and how to mend it; nothing was taken then.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError

from chalicelib.domain.events import EventType
from chalicelib.handlers.problems import RequestError
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.signatures import (
    MalformedSignatureError,
    SignatureError,
    UnknownPartnerError,
)

MAX_BODY_BYTES = 256 * 1024
MAX_ERRORS_TOLD = 20


def as_bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body


def authenticated(engine: Engine, partner: str, headers: Mapping[str, str], body: bytes) -> str:
    """Return the webhook's id once its size is right and its signature holds."""
    if len(body) > MAX_BODY_BYTES:
        raise RequestError(
            413,
            "too-large",
            "The body is too large",
            f"{len(body)} bytes came, {MAX_BODY_BYTES} are allowed; send smaller batches.",
        )
    try:
        return engine.webhooks.verify(partner, headers, body)
    except UnknownPartnerError as error:
        raise RequestError(404, "unknown-partner", "No such partner", str(error)) from error
    except MalformedSignatureError as error:
        title = "A header is malformed"
        raise RequestError(400, "malformed-signature", title, str(error)) from error
    except SignatureError as error:
        title = "The signature does not hold"
        raise RequestError(401, "not-authentic", title, str(error)) from error


def parsed_json(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode()
        payload = json.loads(
            text, parse_constant=_refuse_constant, object_pairs_hook=_without_repetition
        )
        json.dumps(payload, ensure_ascii=False).encode()  # refuses lone surrogates
    except (ValueError, RecursionError) as error:
        raise RequestError(400, "not-json", "The body is not JSON", f"{error}.") from error
    if not isinstance(payload, dict):
        detail = "Send one object, in braces, with the fields that the reference names."
        raise RequestError(400, "not-json", "The body is not a JSON object", detail)
    return payload


def checked(adapter: TypeAdapter[Any], payload: dict[str, Any], what: str = "event") -> Any:  # noqa: ANN401
    """Return what the payload says; ``what`` it is to be, in the problem's own words."""
    try:
        return adapter.validate_python(payload)
    except ValidationError as error:
        raise invalid(list(_faults(error)), what) from error


def refuse(faults: list[dict[str, str]]) -> None:
    if faults:
        raise invalid(faults)


def invalid(errors: list[dict[str, str]], what: str = "event") -> RequestError:
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    detail = f"{first['pointer'] or '/'}: {first['detail']}{more}. Nothing of it was taken."
    return RequestError(
        422, f"invalid-{what}", f"The {what} is not valid", detail, errors[:MAX_ERRORS_TOLD]
    )


def hash_of(payload: dict[str, Any]) -> str:
    """Hash what was said, not how it was spaced: key order and white space are no conflict."""
    canonical = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object; of a field that is there twice, nobody knows which one is meant."""
    told = dict(pairs)
    if len(told) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"The field {twice[:40]!r} is there twice in one object")
    return told


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _faults(error: ValidationError) -> Iterator[dict[str, str]]:
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        pointer = _pointer(fault["loc"])
        if fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
            yield {"pointer": f"{pointer}/type", "detail": f"write one of {', '.join(EventType)}"}
        else:
            yield {"pointer": pointer, "detail": re.sub(r"^Value error, ", "", fault["msg"])}


def _pointer(location: tuple[int | str, ...]) -> str:
    """Name the place in the partner's own body: without our schema's wrapper and variant.

    RFC 6901 writes "~" and "/" in a name as "~0" and "~1".
    """
    top, rest = location[:0], location
    if location[:2] == ("data", "events") and location[3:4] == ("event",):
        top, rest = location[:3], location[4:]
    if rest[:1] and rest[0] in set(EventType):
        rest = rest[1:]
    names = (str(part).replace("~", "~0").replace("/", "~1") for part in (*top, *rest))
    return "".join(f"/{name}" for name in names)
