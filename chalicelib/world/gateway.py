"""API Gateway in small: routes of the Chalice application, its handlers called as Lambda would."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app import app
from chalicelib.world.lambda_events import LambdaContext, http_event


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What a client gets."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def invoke(event: dict[str, Any]) -> Mapping[str, object]:
    answer: Mapping[str, object] = app(event, LambdaContext("api"))
    return answer


def request(
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes = b"",
    invoke: Callable[[dict[str, Any]], Mapping[str, object]] = invoke,
) -> HttpResponse:
    """Call the function behind the path; 404 for a path that no route serves."""
    for resource in app.routes:
        found = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", resource), path)
        if found:
            event = http_event(resource, found.groupdict(), method, path, headers, body)
            return _response(invoke(event))
    return HttpResponse(404, {"Content-Type": "application/json"}, b'{"message": "Not Found"}')


def _response(answer: Mapping[str, object]) -> HttpResponse:
    body = answer["body"]
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {str(k): str(v) for k, v in dict(answer["headers"]).items()}  # type: ignore[call-overload]
    content = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
    return HttpResponse(int(str(answer["statusCode"])), headers, content)
