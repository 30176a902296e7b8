"""Partners' webhooks: verified, understood and queued before they are answered with 202.

The order is the cheap and safe one: size, partner, signature over the raw bytes, schema,
queue. Whatever a partner sends wrong is a 4xx that says what, where and how to mend it.
"""

from collections.abc import Mapping

from chalice.app import Blueprint, Response

from chalicelib import bootstrap
from chalicelib.handlers.parse_webhook import parse_webhook
from chalicelib.handlers.problems import RequestError
from chalicelib.handlers.signed_request import as_bytes
from chalicelib.observability import webhook_accepted, webhook_refused
from chalicelib.usecases.accept_webhook import Acceptance, accept_webhook
from chalicelib.usecases.ports import UnavailableError

blueprint = Blueprint(__name__)


@blueprint.route("/v1/partners/{partner}/events", methods=["POST"], content_types=["*/*"])
def http_intake(partner: str) -> Response:
    request = blueprint.current_request
    request_id = str(request.context.get("requestId", ""))
    try:
        response = _accept_or_later(
            partner, request.headers, as_bytes(request.raw_body), request_id
        )
    except RequestError as problem:
        webhook_refused(problem.name, problem.status, request_id, problem.webhook_id)
        response = problem.response()
    bootstrap.engine().metrics.flush()
    return response


def _accept_or_later(
    partner: str, headers: Mapping[str, str], body: bytes, request_id: str
) -> Response:
    try:
        return _accept(partner, headers, body, request_id)
    except UnavailableError as error:
        raise RequestError(
            503,
            "unavailable",
            "Try again",
            "Not all of this could be stored. Send the same webhook again: nothing is done twice.",
            headers={"Retry-After": "5"},
        ) from error


def _accept(partner: str, headers: Mapping[str, str], body: bytes, request_id: str) -> Response:
    engine = bootstrap.engine()
    webhook = parse_webhook(engine, partner, headers, body)
    webhook_id = webhook.events[0].webhook_id
    if accept_webhook(engine, webhook) is Acceptance.CONFLICT:
        raise RequestError(
            409,
            "id-conflict",
            "This webhook-id was used for another body",
            "Send a new event under a new webhook-id; repeat an old one with its old body.",
            webhook_id=webhook_id,
        )
    webhook_accepted(partner, webhook_id, len(webhook.events), request_id)
    return Response({"accepted": len(webhook.events)}, status_code=202)
