"""The member's pages: unsubscribe (RFC 8058) and the web copy of a mail.

The token in the path says whom it is about and what it is good for; nothing else does.
A GET never changes anything; a POST never redirects.
"""

from functools import partial

from chalice.app import Blueprint, Response

from chalicelib import bootstrap
from chalicelib.handlers.member_page import (
    HEADERS,
    TRY_AGAIN,
    invalid_link,
    load_or_none,
    member_page,
    or_try_again,
)
from chalicelib.observability import member_unsubscribed
from chalicelib.usecases.ports import TokenPurpose, UnavailableError
from chalicelib.usecases.unsubscribe import unsubscribe
from chalicelib.usecases.web_copy import web_copy

blueprint = Blueprint(__name__)


@blueprint.route(
    "/m/unsubscribe/{token}", methods=["GET", "POST"], content_types=["*/*"], name="unsubscribe"
)
def http_unsubscribe(token: str) -> Response:
    return or_try_again(partial(_unsubscribe, token))


def _unsubscribe(token: str) -> Response:
    engine = bootstrap.engine()
    key = engine.tokens.read(TokenPurpose.UNSUBSCRIBE, token)
    if key is None:
        return invalid_link(engine)
    member = load_or_none(engine, key.member_id)
    if blueprint.current_request.method != "POST":
        return member_page(engine, "unsubscribe", key, member)
    try:
        unsubscribe(engine, key.member_id)
    except UnavailableError:  # the button is there again
        return member_page(engine, "unsubscribe", key, member, 503, more=TRY_AGAIN)
    member_unsubscribed(key)
    engine.metrics.flush()
    return member_page(engine, "unsubscribed", key, member)


@blueprint.route("/m/mail/{token}", methods=["GET"], content_types=["*/*"], name="web_copy")
def http_web_copy(token: str) -> Response:
    return or_try_again(partial(_web_copy, token))


def _web_copy(token: str) -> Response:
    engine = bootstrap.engine()
    key = engine.tokens.read(TokenPurpose.WEB_COPY, token)
    if key is None:
        return invalid_link(engine)
    html = web_copy(engine, key)
    if html is None:
        return member_page(engine, "copy_gone", key, load_or_none(engine, key.member_id), 404)
    return Response(html, status_code=200, headers=HEADERS)
