"""Webhooks that are taken: signed as the standard says, queued before they are answered."""

import json
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from functional.worlds import ANN, SECRET, START, batch, event, play, post, problem_of
from standardwebhooks import Webhook

from chalicelib.adapters.webhooks import PartnerWebhooks
from chalicelib.domain.events import EventOutcome
from chalicelib.usecases.ports import UnavailableError
from chalicelib.world import gateway

OTHER_SECRET = "whsec_YW5vdGhlciBzZWNyZXQsIHRvIGV4Y2hhbmdlIGl0IQ=="


@pytest.fixture
def stage():
    with play() as stage:
        yield stage


def queued(stage):
    """Take every event off the queue."""
    messages = stage.world.substrate.events.receive(1000)
    return [
        told for message in messages for told in stage.engine.event_queue.read(message.body).events
    ]


def test_an_event_is_answered_with_202_and_stands_in_the_queue(stage):
    answer = post(event())
    assert (answer.status, json.loads(answer.body)) == (202, {"accepted": 1})
    [told] = queued(stage)
    assert (told.partner, told.event_id, told.webhook_id) == ("demo", "w1", "w1")
    assert told.occurred_at == START
    assert told.facts == {"channel": "offline", **ANN}


@pytest.mark.parametrize("kind", ["memory", "moto"])
def test_a_batch_of_five_hundred_is_answered_with_202_and_stands_in_the_queue(kind):
    people = [{"card": f"{7_000_000_000 + n}"} for n in range(500)]
    with play(kind) as stage:
        answer = post(batch(*(event(member=person) for person in people)))
        assert (answer.status, json.loads(answer.body)) == (202, {"accepted": 500})
        told = queued(stage)
        assert sorted(each.event_id for each in told) == sorted(f"event-{n}" for n in range(500))
        assert {each.webhook_id for each in told} == {"w1"}


def test_the_reference_client_of_the_standard_is_understood(stage):
    body = json.dumps(event(first_name="Анна"), ensure_ascii=False)
    now = datetime.now(UTC)
    headers = {
        "Content-Type": "application/json",
        "Webhook-Id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
        "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": Webhook(SECRET).sign("msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", now, body),
    }
    answer = gateway.request("POST", "/v1/partners/demo/events", headers, body.encode())
    assert answer.status == 202
    assert queued(stage)[0].facts["first_name"] == "Анна"


@pytest.mark.parametrize("type_", [None, "text/plain", "application/cloudevents+json"])
def test_the_content_type_is_of_no_matter(stage, type_):
    assert post(event(), headers={"content-type": type_}).status == 202


def test_while_a_secret_is_exchanged_both_are_good(stage):
    stage.use(webhooks=PartnerWebhooks({"demo": [OTHER_SECRET, SECRET]}))
    assert post(event(), "w1", secret=SECRET).status == 202
    assert post(event(), "w2", secret=OTHER_SECRET).status == 202
    stage.use(webhooks=PartnerWebhooks({"demo": [OTHER_SECRET]}))
    assert post(event(), "w3", secret=SECRET).status == 401


def test_several_signatures_are_good_when_one_is(stage):
    raw = json.dumps(event()).encode()
    now = datetime.now(UTC)
    good = Webhook(SECRET).sign("w1", now, raw.decode())
    signatures = f"v1a,AAAA v1,{'A' * 43}= {good}"
    assert post(raw, at=now, headers={"webhook-signature": signatures}).status == 202


@pytest.mark.parametrize("seconds", [-290, 290])
def test_a_clock_that_is_a_little_off_is_borne(stage, seconds):
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    assert post(event(), at=at).status == 202


def failing(stage, port, method):
    return patch.object(getattr(stage.engine, port), method, side_effect=UnavailableError)


@pytest.mark.parametrize(
    ("port", "method"), [("event_queue", "put"), ("events", "receive"), ("webhooks", "verify")]
)
def test_what_could_not_be_queued_is_not_taken_and_the_retry_is_applied_once(stage, port, method):
    with failing(stage, port, method):
        answer = post(event())
    assert answer.status == 503
    assert problem_of(answer)["type"] == "urn:milepost:problem:unavailable"
    assert int(answer.headers["Retry-After"]) > 0
    assert queued(stage) == []
    assert post(event()).status == 202
    stage.world.run_now()
    assert stage.outcomes() == {"w1": EventOutcome.APPLIED}
    assert stage.mails == ["welcome"]


def test_202_is_said_only_after_the_queue_has_all_messages_of_a_batch(stage):
    put, seen = stage.engine.event_queue.put, []

    def first_half_then_down(batches):
        put(batches[: len(batches) // 2])
        seen.append(len(batches))
        raise UnavailableError

    body = batch(*(event(member={"card": f"{7_000_000_000 + n}"}) for n in range(100)))
    with patch.object(stage.engine.event_queue, "put", first_half_then_down):
        assert post(body).status == 503
    assert seen == [4]
    assert post(body).status == 202
    stage.world.run_now()
    outcomes = stage.outcomes()
    assert [outcomes[f"event-{n}"] for n in range(100)] == [EventOutcome.APPLIED] * 100
    assert stage.engine.metrics.counts["event_applied"] == 100


def test_every_event_type_of_the_vocabulary_is_taken(stage):
    stage.join()
    for type_ in (
        "member.updated",
        "account.registered",
        "card.issued",
        "app.installed",
        "mail.declined",
        "mail.consented",
        "member.left",
    ):
        assert stage.tell(type_).status == 202
    assert stage.tell("profile.completed", home_airport="svo ").status == 202
    assert set(stage.outcomes().values()) == {EventOutcome.APPLIED}
    assert stage.profile().attribute("home_airport") == "SVO"
    assert stage.profile().attribute("time_zone") == "Europe/Moscow"


def test_all_facts_of_a_member_arrive_in_the_profile(stage):
    facts = {
        "locale": "en-GB",
        "first_name": "Ann",
        "last_name": "O'Neill",
        "name_on_card": "ANN ONEILL",
        "phone": "+44 20 7946 0018",
        "home_airport": "LHR",
        "tier": "gold",
    }
    stage.join(**facts, balances={"redeemable": 24_215, "qualifying": -1})
    told = {"channel": "offline", **ANN, **facts, "time_zone": "Europe/London"}
    assert stage.profile().attributes == told
    assert stage.profile().balances == {"redeemable": 24_215, "qualifying": -1}


def test_control_characters_in_a_name_become_one_space(stage):
    stage.join(first_name="  Ann\r\nBcc: all@example.com\x00\t", last_name="\u2028Lee\x85")
    assert stage.profile().attribute("first_name") == "Ann Bcc: all@example.com"
    assert stage.profile().attribute("last_name") == "Lee"
    message = stage.received[0].message()
    assert message["Bcc"] is None
    assert "Ann Bcc: all@example.com Lee" in str(message["To"])


def test_a_member_who_is_named_like_a_template_keeps_that_name(stage):
    stage.join(name_on_card="{{ 7 * 7 }} <b>")
    html = stage.received[0].part("html")
    assert "{{ 7 * 7 }} &lt;b&gt;" in html
    assert "{{ 7 * 7 }} <b>" in stage.received[0].part("plain")


def test_what_the_intake_counted_is_written(stage):
    with patch.object(type(stage.engine.metrics), "flush") as flush:
        post(event())
    assert flush.called


def test_an_event_of_the_year_one_or_of_a_far_zone_cannot_stop_the_queue(stage):
    """The lowest and the highest instants have no name in UTC."""
    stage.join()
    for text in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
        body = event("member.updated", first_name="Ann") | {"timestamp": text}
        answer = post(body, "far")
        stage.world.run_now()
        assert answer.status == 422, text
        assert problem_of(answer)["errors"][0]["pointer"] == "/timestamp"


def test_an_event_from_the_future_is_refused_for_it_would_outdo_all_later_ones(stage):
    stage.join()
    answer = post(event("member.updated", at=START + timedelta(days=400), first_name="Ann"))
    assert answer.status == 422
    assert problem_of(answer)["errors"][0]["pointer"] == "/timestamp"


def test_a_partner_whose_clock_is_some_hours_ahead_is_heard(stage):
    assert post(event(at=START + timedelta(hours=20))).status == 202
