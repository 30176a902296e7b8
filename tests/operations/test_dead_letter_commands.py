"""The commands for dead letters and for webhooks' traces, as they are typed."""

import json
import threading
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from functional.worlds import ANN
from operations.stages import SECRET
from operations.test_commands import ON_STAGE, ROOT, START, lines_of, told
from usecases.engines import partner_event

from chalicelib.adapters import sqs_parking
from chalicelib.bootstrap import AwsEngine
from chalicelib.cli import main
from chalicelib.commands import dlq, trace
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.domain.parking import ParkReason, QueueName
from chalicelib.operations.deployment import engine_of, settings_of
from chalicelib.operations.letter_words import letter_told
from chalicelib.usecases.accept_webhook import Webhook, accept_webhook
from chalicelib.usecases.dead_letters import FiledLetter
from chalicelib.usecases.letters import event_letter, step_letter
from chalicelib.usecases.parking_ports import DeadLetter, Letter
from chalicelib.usecases.ports import EventBatch
from chalicelib.world.live_world import LiveWorld
from chalicelib.world.partner import Partner
from chalicelib.world.server import WorldServer
from chalicelib.world.substrates import WorldPlan, substrate
from chalicelib.world.world import World

KEY = StepKey(member_id="a" * 26, journey="welcome", entry=1, step="reminder")
TICK = {
    "source": "aws.events",
    "time": "2026-11-23T07:00:00Z",
    "resources": ["arn:aws:events:eu-central-1:123456789012:rule/milepost-test-schedule-due"],
}


# A stage.


@pytest.fixture
def stage(ground, monkeypatch):
    monkeypatch.setattr(sqs_parking, "WAIT_SECONDS", 0)
    for module in (dlq, trace):
        monkeypatch.setattr(module, "AwsClients", lambda: ground.clients)
    return ground


@pytest.fixture
def engine(stage) -> AwsEngine:
    return engine_of(settings_of(stage.clients, stage.stage().deployment))


def park(engine, queue, *letters):
    engine.parking.park(queue, letters)


def lost(number=1):
    """An event that is among the dead letters of a stage."""
    return partner_event(event_id=f"evt-{number}", webhook_id="w7", partner="crm")


def ids(queue=""):
    listed = told("dlq", "list", *filter(None, [queue]), *ON_STAGE, "--json")
    return [each["id"] for each in json.loads(listed.output)]


def test_a_stage_without_dead_letters_says_so(stage):
    result = told("dlq", "list", *ON_STAGE)
    assert (result.exit_code, result.output) == (0, "There are no dead letters.\n")


def test_the_letters_of_all_queues_are_listed_by_opaque_ids_alone(stage, engine):
    park(engine, QueueName.EVENTS, event_letter(engine, lost(), ParkReason.UNKNOWN_MEMBER))
    failed = step_letter(engine, KEY, ParkReason.FAILED, "KeyError at a.py:1 f")
    park(engine, QueueName.SENDS, failed, failed)
    send = stage.clients.sqs.send_message
    heard = {"eventType": "Bounce", "mail": {"messageId": "0100-a", "destination": [ANN["email"]]}}
    send(QueueUrl=stage.names["FeedbackDeadLetters"], MessageBody=json.dumps(heard))
    send(QueueUrl=stage.names["ScheduleDeadLetters"], MessageBody=json.dumps(TICK))
    result = told("dlq", "list", *ON_STAGE, "--json")
    listed = {each["queue"]: each for each in json.loads(result.output)}
    assert listed["events"]["about"] == ["event evt-1 of crm, webhook w7"]
    assert listed["events"]["reason"] == "unknown_member"
    assert listed["sends"]["about"] == [f"welcome/reminder of member {'a' * 26}"]
    assert (listed["sends"]["copies"], listed["sends"]["error"]) == (2, "KeyError at a.py:1 f")
    assert listed["feedback"]["about"] == ["Bounce of mail 0100-a"]
    assert listed["feedback"]["reason"] == listed["schedule"]["reason"] == "given_up"
    assert listed["schedule"]["about"] == ["milepost-test-schedule-due at 2026-11-23T07:00:00Z"]
    assert ANN["email"] not in result.output
    table = told("dlq", "list", *ON_STAGE)
    assert ANN["email"] not in table.output
    assert ANN["card"] not in table.output


def test_a_body_is_shown_to_who_asks_for_it(stage, engine):
    park(engine, QueueName.EVENTS, event_letter(engine, lost(), ParkReason.CONFLICT))
    [id_] = ids()
    plain = told("dlq", "show", "events", id_, *ON_STAGE)
    assert plain.exit_code == 0
    assert "reason conflict" in lines_of(plain)
    assert ANN["email"] not in plain.output
    assert ANN["email"] in told("dlq", "show", "events", id_, "--body", *ON_STAGE).output


def test_a_letter_is_put_back_and_gone_and_the_others_stay(stage, engine):
    letters = [event_letter(engine, lost(n), ParkReason.FAILED) for n in range(3)]
    park(engine, QueueName.EVENTS, *letters, letters[1])
    first = ids("events")[0]
    result = told("dlq", "replay", "events", first, *ON_STAGE)
    assert lines_of(result)[-1] == "1 letter of events put back."
    assert len(ids("events")) == 2
    assert first not in ids("events")
    result = told("dlq", "replay", "events", "--reason", "failed", *ON_STAGE)
    assert lines_of(result)[-1] == "2 letters of events put back."
    url = stage.names["EventsQueue"]
    got = stage.clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert sorted(m["Body"] for m in got) == sorted(letter.body for letter in letters)
    assert all("MessageAttributes" not in message for message in got)


def test_a_letter_that_is_not_there_is_named_and_nothing_is_done(stage, engine):
    park(engine, QueueName.EVENTS, event_letter(engine, lost(), ParkReason.FAILED))
    for words in (("show", "events", "nope"), ("replay", "events", *ids(), "nope")):
        result = told("dlq", *words, *ON_STAGE)
        assert result.exit_code == 1
        assert "events has no dead letter nope" in result.output
    assert len(ids()) == 1


@pytest.mark.parametrize("words", [[], ["x", "--all"], ["--all", "--reason", "failed"]])
def test_which_letters_are_meant_has_to_be_said(words):
    for act in ("replay", "drop"):
        result = told("dlq", act, "events", *words, *ON_STAGE)
        assert result.exit_code == 2
        assert "Say which" in result.output


@pytest.mark.parametrize("queue", ["sends", "schedule"])
def test_what_is_found_again_anyway_is_not_put_back_but_dropped(stage, engine, queue):
    url = stage.names[f"{queue.title()}DeadLetters"]
    stage.clients.sqs.send_message(QueueUrl=url, MessageBody="{}")
    result = told("dlq", "replay", queue, "--all", *ON_STAGE)
    assert result.exit_code == 1
    assert f"milepost dlq drop {queue} --all" in result.output
    assert len(ids(queue)) == 1
    assert "1 letter" in told("dlq", "drop", queue, "--all", "--yes", *ON_STAGE).output
    assert ids(queue) == []


def test_nothing_is_dropped_without_a_yes(stage, engine):
    park(engine, QueueName.EVENTS, event_letter(engine, lost(), ParkReason.FAILED))
    result = CliRunner().invoke(main, ["dlq", "drop", "events", "--all", *ON_STAGE], input="n\n")
    assert result.exit_code == 1
    assert "What they tell is lost" in result.output
    assert len(ids()) == 1


def test_the_trace_of_a_stage_finds_records_and_dead_letters(stage, engine):
    told_event, waiting = lost(1), lost(2)
    hook = Webhook(partner="crm", record_id="batch.w7", body_hash="h", events=(told_event, waiting))
    accept_webhook(engine, hook)
    assert words_of("trace", "w7", "--partner", "crm")[0] == "w7 of crm: 2 events, 2 waiting"
    park(engine, QueueName.EVENTS, event_letter(engine, waiting, ParkReason.FAILED))
    summary = words_of("trace", "w7", "--partner", "crm")[0]
    assert summary == "w7 of crm: 2 events, 1 waiting, 1 set_aside"
    unknown = told("trace", "w8", "--partner", "crm", *ON_STAGE)
    assert unknown.exit_code == 1
    assert "No webhook w8 of crm was accepted" in unknown.output


def words_of(*words):
    return lines_of(told(*words, *ON_STAGE))


# A world.


@pytest.fixture(scope="module")
def url():
    plan = WorldPlan(folder=ROOT / "templates" / "airline-bonus", start=START, secret=SECRET)
    with substrate("memory", plan) as world_ground:
        server = WorldServer(0)
        server.live = LiveWorld(World(world_ground), "demo")
        partner = Partner("demo", SECRET)
        early = partner_event().aliases[0]
        assert early == alias_of(AliasType.CARD, ANN["card"])
        partner.tell("app.installed", START, {"member": {"card": ANN["card"]}})
        server.live.world.run_now()
        server.live.world.advance_to(START.replace(minute=10))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", partner
        server.shutdown()
        server.server_close()


def test_a_parked_event_of_a_world_is_listed_traced_replayed_and_applied(url):
    address, partner = url
    listed = told("dlq", "list", "--url", address, "--json")
    [letter] = json.loads(listed.output)
    assert (letter["queue"], letter["reason"]) == ("events", "unknown_member")
    traced = told("trace", "demo-000001", "--partner", "demo", "--url", address)
    assert lines_of(traced)[0] == "demo-000001 of demo: 1 event, 1 parked_unknown_member"
    assert letter["id"] in traced.output
    partner.tell("member.joined", START, {"member": ANN, "channel": "offline"})
    told("dlq", "list", "--url", address)  # the world does what is to be done
    result = told("dlq", "replay", "events", letter["id"], "--url", address)
    assert lines_of(result)[-1] == "1 letter of events put back."
    traced = told("trace", "demo-000001", "--partner", "demo", "--url", address)
    assert lines_of(traced)[0] == "demo-000001 of demo: 1 event, 1 applied"
    assert told("dlq", "list", "--url", address).output == "There are no dead letters.\n"
    assert told("dlq", "list", "schedule", "--url", address).exit_code == 1
    missing = told("trace", "elsewhere", "--partner", "demo", "--url", address)
    assert missing.exit_code == 1


# What letters say.


@pytest.mark.parametrize("queue", ["events", "sends", "feedback", "schedule"])
@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "7", '"x"', "[" * 100_000, '{"mail": 7}', '{"resources": 7}', "\ud800",
     '{"mail": {"messageId": "ann@example.com"}, "eventType": "Open"}',
     '{"resources": ["ann@example.com"], "time": "x"}'],
)  # fmt: skip
def test_whatever_is_in_a_letter_it_can_be_told_without_its_contents(queue, body):
    letter = DeadLetter(queue=queue, body=body, receipt="r", attributes={"event_id": "ann@x.org"})
    found = letter_told(FiledLetter(id="0" * 12, copies=(letter,)))
    assert found["about"] == []
    assert "@" not in json.dumps(found)


def test_a_message_of_many_events_names_three_and_counts_the_rest(stage, engine):
    body = engine.event_queue.write(EventBatch(events=tuple(lost(n) for n in range(5))))
    letter = DeadLetter(
        queue="events", body=body, receipt="r", since=datetime(2027, 1, 1, tzinfo=UTC)
    )
    about = letter_told(FiledLetter(id="0" * 12, copies=(letter,)))["about"]
    assert about[0] == "event evt-0 of crm, webhook w7"
    assert about[3:] == ["and 2 more"]


def test_an_id_on_an_envelope_that_is_no_id_is_left_out():
    letter = Letter(body="x", reason=ParkReason.FAILED, about={"step": "a\nb", "journey": ""})
    assert letter.attributes() == {"reason": "failed"}
