"""The pictures in mails, from the package: nobody's data, the same for everybody.

A picture's name tells its bytes, so it may be kept for ever. No file is looked for by what a path
says: only the names that the programme has are answered.
"""

import re
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib import bootstrap

blueprint = Blueprint(__name__)

PNG = "image/png"
FILE = re.compile(r"(?P<name>[a-z0-9_]{1,40})\.[0-9a-f]{8}\.png")
FOR_EVER = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600"
_SAFE: dict[str, str | list[str]] = {"X-Content-Type-Options": "nosniff"}


class Picture(Response):
    """Bytes for API Gateway, whatever the request says that it accepts.

    Chalice by itself refuses a request that does not name the type, and mail programs don't.
    """

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002
        return super().to_dict([PNG])


@blueprint.route("/m/images/{file}", methods=["GET"], content_types=["*/*"], name="image")
def http_image(file: str) -> Response:
    """Answer with the picture of that name.

    A mail that was sent before the picture was redrawn shows the new one, not a hole.
    """
    engine = bootstrap.engine()
    asked = FILE.fullmatch(file)
    served = engine.programme.images.get(asked["name"]) if asked else None
    if asked is None or served is None:
        return Response({"message": "Not Found"}, status_code=404, headers=dict(_SAFE))
    kept = FOR_EVER if file == served else FOR_AN_HOUR
    headers: dict[str, str | list[str]] = {"Content-Type": PNG, "Cache-Control": kept, **_SAFE}
    return Picture(engine.mails.image(asked["name"]), status_code=200, headers=headers)
