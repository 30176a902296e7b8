"""What all pages for members have in common: their headers, their language, their last resort.

A page may be neither stored nor framed elsewhere nor indexed, and runs no script.
"""

from collections.abc import Callable, Mapping

from chalice.app import Response

from chalicelib.domain.feedback import StepKey
from chalicelib.domain.member import Member
from chalicelib.usecases.compose_mail import own_links
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.page_values import NOTHING, page_values
from chalicelib.usecases.ports import UnavailableError

HEADERS: dict[str, str | list[str]] = {
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
TRY_AGAIN: Mapping[str, str] = {"Retry-After": "5"}
_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
_NO_MORE: Mapping[str, str] = {}


def or_try_again(view: Callable[[], Response]) -> Response:
    """Return the view, or say that it can't be shown just now."""
    try:
        return view()
    except UnavailableError:
        text = "This page can't be shown just now. Please try again in a minute."
        return Response(text, status_code=503, headers={**HEADERS, **TRY_AGAIN, **_PLAIN})


def load_or_none(engine: Engine, member_id: str) -> Member | None:
    """Return the member if one can be read now: no page is withheld for its language."""
    try:
        return engine.members.load(engine.members.resolve(member_id))
    except UnavailableError:
        return None


def invalid_link(engine: Engine) -> Response:
    return _response(
        engine, "invalid_link", engine.programme.locales[0], page_values(engine.programme), 404
    )


def member_page(  # noqa: PLR0913, PLR0917 - what a page is made of
    engine: Engine,
    name: str,
    key: StepKey,
    member: Member | None,
    status: int = 200,
    choices: Mapping[str, object] = NOTHING,
    more: Mapping[str, str] = _NO_MORE,
) -> Response:
    """Return a page of this member's, in their language if it is known."""
    programme = engine.programme
    locale = programme.locale_of(member) if member else programme.locales[0]
    links = {"preferences": own_links(engine, key)["preferences"]}
    return _response(engine, name, locale, page_values(programme, links, choices), status, more)


def _response(  # noqa: PLR0913, PLR0917 - what a page is made of
    engine: Engine,
    name: str,
    locale: str,
    values: Mapping[str, object],
    status: int,
    more: Mapping[str, str] = _NO_MORE,
) -> Response:
    html = engine.mails.render_page(name, locale, values)
    return Response(html, status_code=status, headers={**HEADERS, **more})
