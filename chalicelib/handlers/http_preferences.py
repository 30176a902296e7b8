"""The page on which members choose topics, pace and language, and turn mails off and on.

The token in its path says whose it is, and does not expire. A GET changes nothing; a POST answers
with the page, never with a redirect, and what it refuses changes nothing either.
"""

from functools import partial

from chalice.app import Blueprint, Response

from chalicelib import bootstrap
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.member import Member
from chalicelib.handlers.form_body import Fields, FormError, FormTooLargeError, read_form
from chalicelib.handlers.member_page import invalid_link, member_page, or_try_again
from chalicelib.observability import mails_turned_on, member_unsubscribed, preferences_chosen
from chalicelib.usecases.choose_preferences import choose_preferences, read_choice, turn_mails_on
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.page_values import FormProblem, Saved, choices_of
from chalicelib.usecases.ports import TokenPurpose
from chalicelib.usecases.unsubscribe import unsubscribe

blueprint = Blueprint(__name__)


@blueprint.route(
    "/m/preferences/{token}", methods=["GET", "POST"], content_types=["*/*"], name="preferences"
)
def http_preferences(token: str) -> Response:
    return or_try_again(partial(_preferences, token))


def _preferences(token: str) -> Response:
    engine = bootstrap.engine()
    key = engine.tokens.read(TokenPurpose.PREFERENCES, token)
    member = engine.members.load(engine.members.resolve(key.member_id)) if key else None
    if key is None or member is None:
        return invalid_link(engine)
    request = blueprint.current_request
    if request.method != "POST":
        choices = choices_of(engine.programme, member)
        return member_page(engine, "preferences", key, member, choices=choices)
    try:
        form = read_form(request.headers.get("content-type", ""), _bytes(request.raw_body))
    except FormTooLargeError:
        return _refused(engine, key, member, FormProblem.TOO_LARGE)
    except FormError:
        return _refused(engine, key, member, FormProblem.UNREADABLE)
    return _post(engine, key, member, form)


def _post(engine: Engine, key: StepKey, member: Member, form: Fields) -> Response:
    """Each form of the page does one thing: to save choices never turns mails on or off."""
    match form.get("choose"), form.get("mails"):
        case None, ["off"]:
            unsubscribe(engine, key.member_id)
            member_unsubscribed(key)
            now = engine.members.load(engine.members.resolve(key.member_id))
            return _saved(engine, key, now, Saved.OFF)
        case None, ["on"]:
            turned_on = turn_mails_on(engine, key.member_id)
            if turned_on:
                mails_turned_on(key)
            return _saved(engine, key, turned_on, Saved.ON)
        case ["yes"], None:
            return _choose(engine, key, member, form)
        case _:
            return _refused(engine, key, member, FormProblem.UNREADABLE)


def _choose(engine: Engine, key: StepKey, member: Member, form: Fields) -> Response:
    days, languages = form.get("spacing", []), form.get("language", [])
    if len(days) > 1 or len(languages) > 1:
        return _refused(engine, key, member, FormProblem.UNREADABLE)
    told = (form.get("topic", ()), next(iter(days), None), "".join(languages))
    choice = read_choice(engine.programme, member, *told)
    if isinstance(choice, FormProblem):
        return _refused(engine, key, member, choice)
    chosen = choose_preferences(engine, key.member_id, choice)
    if chosen:
        preferences_chosen(key)
    return _saved(engine, key, chosen, Saved.CHOICES)


def _saved(engine: Engine, key: StepKey, member: Member | None, saved: Saved) -> Response:
    """Show what holds now; who was erased in this moment has no page any more."""
    engine.metrics.flush()
    if member is None:
        return invalid_link(engine)
    choices = choices_of(engine.programme, member, saved=saved)
    return member_page(engine, "preferences_saved", key, member, choices=choices)


def _refused(engine: Engine, key: StepKey, member: Member, problem: FormProblem) -> Response:
    status = 413 if problem is FormProblem.TOO_LARGE else 422
    choices = choices_of(engine.programme, member, problem)
    return member_page(engine, "preferences", key, member, status, choices)


def _bytes(body: bytes | str | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""
