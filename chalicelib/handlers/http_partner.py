"""What partners ask for and are answered at once: signed like webhooks, booked once a reference.

One route for all acts, which are in ledger_acts.py. Here a request is verified, understood and
answered, or refused with a problem body; nothing is decided.
"""

from collections.abc import Mapping

from chalice.app import Blueprint, Response
from pydantic import TypeAdapter

from chalicelib import bootstrap
from chalicelib.domain.ledger import LedgerRefusal
from chalicelib.handlers.ledger_acts import ACTS, REQUEST, Call
from chalicelib.handlers.partner_answers import Told, refused, unknown_member
from chalicelib.handlers.problems import RequestError
from chalicelib.handlers.signed_request import (
    as_bytes,
    authenticated,
    checked,
    hash_of,
    parsed_json,
)
from chalicelib.observability import partner_answered, partner_refused
from chalicelib.usecases.book import ReferenceConflictError, UnbookedError
from chalicelib.usecases.partner_acts import UnknownOriginalError
from chalicelib.usecases.ports import UnavailableError

blueprint = Blueprint(__name__)


@blueprint.route("/v1/partners/{partner}/ledger/{act}", methods=["POST"], content_types=["*/*"])
def http_partner(partner: str, act: str) -> Response:
    request = blueprint.current_request
    request_id = str(request.context.get("requestId", ""))
    body = as_bytes(request.raw_body)
    try:
        answer = _answered(partner, act, request.headers, body)
        partner_answered(partner, act, request_id)
        response = Response(answer, headers={"Content-Type": "application/json"})
    except RequestError as problem:
        known = act if act in ACTS else ""
        partner_refused(problem.name, problem.status, known, request_id)
        response = problem.response()
    bootstrap.engine().metrics.flush()
    return response


def _answered(partner: str, act: str, headers: Mapping[str, str], body: bytes) -> Told:
    if act not in ACTS:
        detail = f"Partners can ask for {', '.join(ACTS)}, and tell events."
        raise RequestError(404, "unknown-act", "No such act", detail)
    try:
        return _done(partner, act, headers, body)
    except UnavailableError as error:
        detail = "Nobody can say if it was booked. Ask again with the same body: it is booked once."
        retry = {"Retry-After": "2"}
        raise RequestError(503, "unavailable", "Try again", detail, headers=retry) from error


def _done(partner: str, act: str, headers: Mapping[str, str], body: bytes) -> Told:
    engine = bootstrap.engine()
    authenticated(engine, partner, headers, body)
    payload = parsed_json(body)
    kind, do = ACTS[act]
    understood = checked(TypeAdapter(kind), payload, REQUEST)
    engine.metrics.count(f"partner_{act.replace('-', '_')}")
    try:
        return do(Call(engine, partner, understood, hash_of({act: payload})))
    except ReferenceConflictError as error:
        detail = "This reference was used for another request; a new request needs a new one."
        title = "The reference stands for another"
        raise RequestError(409, "reference-taken", title, detail) from error
    except UnbookedError as error:
        raise unknown_member() from error
    except UnknownOriginalError as error:
        raise refused(LedgerRefusal.UNKNOWN_ORIGINAL) from error
