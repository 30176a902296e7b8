"""The functions under the events that AWS really hands over, with all that stands in them."""

import base64
import copy
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from functional.worlds import DAY, SECRET, event, play

from app import app
from chalicelib.domain.events import EventType
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.handlers.queue_events import queue_events
from chalicelib.handlers.schedule_audit import schedule_audit
from chalicelib.handlers.schedule_due import schedule_due
from chalicelib.observability import logger
from chalicelib.usecases.ports import EventBatch
from chalicelib.world.lambda_events import LambdaContext
from chalicelib.world.partner import sign

EVENTS = Path(__file__).parents[1] / "events"
CONTEXT = LambdaContext("function")


def shape(name):
    return json.loads((EVENTS / f"{name}.json").read_text())


@pytest.fixture
def stage():
    with play() as stage:
        yield stage


def api_request(body):
    """Return API Gateway's event for a signed body."""
    raw = json.dumps(body)
    request = shape("api_gateway_request")
    signed = sign(SECRET, "w1", raw.encode(), datetime.now(UTC))
    for name, value in signed.items():
        request["headers"][name.title()] = value
    request["multiValueHeaders"] = {name: [v] for name, v in request["headers"].items()}
    return {**request, "body": raw}


def test_a_request_through_api_gateway_is_taken(stage):
    answer = app(api_request(event()), CONTEXT)
    assert answer["statusCode"] == 202
    assert json.loads(answer["body"]) == {"accepted": 1}


def test_a_body_that_api_gateway_encoded_is_verified_as_it_was_sent(stage):
    request = api_request(event(first_name="Анна"))
    encoded = base64.b64encode(request["body"].encode()).decode()
    answer = app({**request, "body": encoded, "isBase64Encoded": True}, CONTEXT)
    assert answer["statusCode"] == 202


def test_a_request_without_a_body_is_refused(stage):
    answer = app({**api_request(event()), "body": None}, CONTEXT)
    assert answer["statusCode"] == 401


@pytest.mark.parametrize("header", ["Webhook-Signature", "Webhook-Timestamp", "Webhook-Id"])
def test_a_header_that_came_twice_counts_as_the_last_one(stage, header):
    """API Gateway hands over the last; the others stand beside it and mean nothing."""
    request = api_request(event())
    request["multiValueHeaders"][header].insert(0, "another")
    assert app(request, CONTEXT)["statusCode"] == 202
    request["headers"][header] = "another"
    assert app(request, CONTEXT)["statusCode"] in (400, 401)


def test_a_batch_of_sqs_is_applied_and_answered_message_by_message(stage):
    app(api_request(event()), CONTEXT)
    [message] = stage.world.substrate.events.receive(10)
    told = shape("sqs_batch")
    garbage = copy.deepcopy(told["Records"][0])
    told["Records"][0]["body"] = message.body
    [joined] = stage.engine.event_queue.read(message.body).events
    nobody = (alias_of(AliasType.CARD, "1"),)
    late = replace(joined, type=EventType.APP_INSTALLED, event_id="late", aliases=nobody)
    waiting = stage.engine.event_queue.write(EventBatch(events=(late,)))
    told["Records"].append({**garbage, "messageId": "waiting", "body": waiting})
    assert queue_events(told, CONTEXT) == {"batchItemFailures": [{"itemIdentifier": "waiting"}]}
    assert stage.id_of()


def test_a_rule_of_every_minute_queues_what_is_due(stage):
    with patch("chalicelib.world.world.schedule_due", return_value={"queued": 0, "looks": 0}):
        stage.join()
    assert schedule_due(shape("scheduled_event"), CONTEXT) == {"queued": 1, "looks": 0}
    assert schedule_due(shape("scheduled_event"), CONTEXT) == {"queued": 1, "looks": 0}


def test_a_rule_of_every_night_gives_up_what_is_open_and_reports(stage, caplog):
    with patch.object(stage.world.substrate.mailer, "inner") as mailer:
        mailer.send.side_effect = SystemExit("the function died")
        with pytest.raises(SystemExit):
            stage.join()
    stage.world.substrate.clock.advance(2 * DAY)
    logger.setLevel("INFO")
    assert schedule_audit(shape("scheduled_event"), CONTEXT) == {"claims_given_up": 1}
    reports = [record for record in caplog.records if record.message == "journey report"]
    assert [report.journey for report in reports] == list(stage.engine.programme.journeys)
    told = reports[0]
    assert (told.journey, told.sent) == ("welcome", {})
    assert set(told.goals) == set(stage.engine.programme.goals)
    json.dumps([told.sent, told.skipped, told.goals])
    assert told.sample_ratio_p is told.sample_ratio_anytime_p is None  # nobody is held out here


@pytest.mark.parametrize("function", [schedule_due, schedule_audit])
def test_what_a_schedule_counted_is_written(stage, function):
    with patch.object(type(stage.engine.metrics), "flush") as flush:
        function(shape("scheduled_event"), CONTEXT)
    assert flush.called


def test_no_log_line_holds_anything_of_a_member(stage, caplog):
    """Names, addresses, cards and tokens stay in the profile, whatever happens to them."""
    logger.setLevel("DEBUG")
    canaries = {"first_name": "Canaria", "last_name": "Avis", "name_on_card": "CANARIA AVIS"}
    member = {"card": "7012345678", "email": "canary@example.com", "phone": "+74951234567"}
    stage.join(member, **canaries)
    token = stage.link("mail", stage.received[0]).rpartition("/")[2]
    stage.tell("member.updated", member, balances={"stars": 1})
    stage.tell("account.registered", {"card": "7999999999", "email": "canary2@example.com"})
    stage.visit(f"/m/mail/{token}")
    with patch.object(stage.engine.mails.__class__, "render", side_effect=ValueError(str(member))):
        stage.advance(days=4)
    stage.hear("Bounce", stage.received[0], feedbackId=member["email"])
    stage.world.substrate.feedback.send(f'{{"canary@example.com": "{token}"')
    stage.world.run_now()
    stage.advance(days=2)
    assert [record.message for record in caplog.records].count("message failed") == 2
    logged = "".join(str(vars(record)) for record in caplog.records)
    secrets = [*canaries.values(), *member.values(), "canary", "7999999999", token]
    assert [secret for secret in secrets if secret in logged] == []
