"""The member's pages: unsubscribe (RFC 8058) and the web copy of a mail.

The token in the path says whom it is about and what it is good for; nothing else does.
A GET never changes anything; a POST never redirects.
"""

from collections.abc import Callable, Mapping
from functools import partial

from chalice.app import Blueprint, Response

from chalicelib import bootstrap
from chalicelib.observability import member_unsubscribed
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.ports import TokenPurpose, UnavailableError
from chalicelib.usecases.unsubscribe import unsubscribe
from chalicelib.usecases.web_copy import web_copy

blueprint = Blueprint(__name__)

_HEADERS: dict[str, str | list[str]] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_TRY_AGAIN = {"Retry-After": "5"}
_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
_NO_MORE: Mapping[str, str] = {}


@blueprint.route(
    "/m/unsubscribe/{token}", methods=["GET", "POST"], content_types=["*/*"], name="unsubscribe"
)
def http_unsubscribe(token: str) -> Response:
    return _or_try_again(partial(_unsubscribe, token))


def _unsubscribe(token: str) -> Response:
    engine = bootstrap.engine()
    key = engine.tokens.read(TokenPurpose.UNSUBSCRIBE, token)
    if key is None:
        return _page(engine, "invalid_link", "", 404)
    locale = _locale(engine, key.member_id)
    if blueprint.current_request.method != "POST":
        return _page(engine, "unsubscribe", locale, 200)
    try:
        unsubscribe(engine, key.member_id)
    except UnavailableError:  # the button is there again
        return _page(engine, "unsubscribe", locale, 503, _TRY_AGAIN)
    member_unsubscribed(key)
    engine.metrics.flush()
    return _page(engine, "unsubscribed", locale, 200)


@blueprint.route("/m/mail/{token}", methods=["GET"], content_types=["*/*"], name="web_copy")
def http_web_copy(token: str) -> Response:
    return _or_try_again(partial(_web_copy, token))


def _web_copy(token: str) -> Response:
    engine = bootstrap.engine()
    key = engine.tokens.read(TokenPurpose.WEB_COPY, token)
    html = web_copy(engine, key) if key else None
    if html is None:
        return _page(engine, "invalid_link", "", 404)
    return Response(html, status_code=200, headers=_HEADERS)


def _or_try_again(view: Callable[[], Response]) -> Response:
    try:
        return view()
    except UnavailableError:
        text = "This page can't be shown just now. Please try again in a minute."
        return Response(text, status_code=503, headers={**_HEADERS, **_TRY_AGAIN, **_PLAIN})


def _locale(engine: Engine, member_id: str) -> str:
    """Return the member's language, "" when it can't be known: no page is withheld for that."""
    try:
        member = engine.members.load(member_id)
    except UnavailableError:
        return ""
    return member.attribute("locale") if member else ""


def _page(
    engine: Engine, name: str, locale: str, status: int, more: Mapping[str, str] = _NO_MORE
) -> Response:
    values = {"programme": engine.programme.details, "links": engine.programme.links}
    html = engine.mails.render_page(name, locale or engine.programme.locales[0], values)
    return Response(html, status_code=status, headers={**_HEADERS, **more})
