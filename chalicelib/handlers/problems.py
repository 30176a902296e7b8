"""Problem bodies (RFC 9457): what a caller did wrong, where, and how to mend it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalice.app import Response


@dataclass(eq=False)
class RequestError(Exception):
    """Ends a request with a problem body."""

    status: int
    name: str
    title: str
    detail: str
    errors: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    webhook_id: str = ""
    """For the log; known once the signature held."""

    def response(self) -> Response:
        body: dict[str, object] = {
            "type": f"urn:milepost:problem:{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = list(self.errors)
        headers: dict[str, str | list[str]] = {"Content-Type": "application/problem+json"}
        headers |= self.headers
        return Response(body, status_code=self.status, headers=headers)
