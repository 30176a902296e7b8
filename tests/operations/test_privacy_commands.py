"""``milepost export`` and ``milepost erase`` as they are typed, on a stage and on a world."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from functional.worlds import ANN, SECRET, plan_of
from usecases.engines import partner_event

from chalicelib.cli import main
from chalicelib.commands import stage_options
from chalicelib.domain.events import EventOutcome, EventType
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.operations.deployment import engine_of, settings_of
from chalicelib.usecases.apply_event import handle_event
from chalicelib.usecases.erase_member import erase_member
from chalicelib.usecases.ports import UnavailableError
from chalicelib.world.live_world import LiveWorld
from chalicelib.world.partner import Partner
from chalicelib.world.server import WorldServer
from chalicelib.world.substrates import substrate
from chalicelib.world.world import World

START = datetime(2026, 11, 23, 7, tzinfo=UTC)
NOBODY = "No member has this id, card, e-mail or phone"


def told(*words, answer=None):
    return CliRunner().invoke(main, words, input=answer)


@pytest.fixture
def on_stage(ground, monkeypatch):
    """A stage on which Ann has joined."""
    monkeypatch.setattr(stage_options, "AwsClients", lambda: ground.clients)
    engine = engine_of(settings_of(ground.clients, ground.stage().deployment))
    handle_event(engine, partner_event(at=datetime.now(UTC) - timedelta(minutes=1)), 1)
    return engine, ("--stage", "test")


@pytest.fixture
def on_world():
    """A served world in which Ann has joined."""
    plan = plan_of(start=START)
    with substrate("memory", plan) as ground:
        world = World(ground)
        Partner("demo", SECRET).tell("member.joined", START, {"member": ANN, "channel": "offline"})
        world.run_now()
        server = WorldServer(0)
        thread = threading.Thread(target=server.serve, args=[LiveWorld(world, "demo")])
        thread.start()
        yield world.engine, ("--url", f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(params=["on_stage", "on_world"])
def place(request):
    """The engine that Ann is a member of, and the words that lead a command there."""
    return request.getfixturevalue(request.param)


def ann_of(engine):
    return engine.members.member_of(alias_of(AliasType.CARD, ANN["card"]))


def exported(*words):
    result = told("export", *words)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_an_export_holds_everything_that_is_kept(place):
    engine, where = place
    found = exported(ANN["email"].upper(), *where)
    assert found["member_id"] == ann_of(engine)
    assert found["profile"]["attributes"]["email"] == ANN["email"]
    assert found["names"] == ANN
    assert [each["journey"] for each in found["enrolments"]] == ["welcome"]
    assert found["postings"] == []
    assert [each["outcome"] for each in found["events"]] == [EventOutcome.APPLIED]
    assert found["tombstone"] is None


def test_an_export_without_events_does_not_look_for_them(place):
    engine, where = place
    del engine
    assert exported(ANN["card"], *where, "--without-events")["events"] is None


def test_an_export_of_an_erased_member_holds_what_is_left_and_nothing_personal(place):
    engine, where = place
    erase_member(engine, ann_of(engine))
    found = exported(ANN["card"], *where)
    assert (found["profile"], found["names"]) == (None, {})
    assert found["tombstone"]["erased_at"]
    assert [each["exit"]["reason"] for each in found["enrolments"]] == ["erased"]
    assert not any(value in json.dumps(found) for value in ANN.values())


def test_an_export_into_a_file_is_for_its_owner_alone(place, tmp_path):
    engine, where = place
    out = tmp_path / "ann.json"
    result = told("export", ANN["card"], *where, "--out", str(out))
    assert result.exit_code == 0, result.output
    assert ANN["email"] not in result.output
    assert out.stat().st_mode & 0o777 == 0o600
    assert json.loads(out.read_text())["member_id"] == ann_of(engine)


def test_an_export_does_not_overwrite_a_file(place, tmp_path):
    _, where = place
    out = tmp_path / "ann.json"
    out.write_text("mine")
    result = told("export", ANN["card"], *where, "--out", str(out))
    assert result.exit_code == 1
    assert "name a new file" in " ".join(result.output.split())
    assert out.read_text() == "mine"


@pytest.mark.parametrize("command", [["export"], ["erase", "--yes"]])
def test_nobody_is_nobody(place, command):
    _, where = place
    result = told(*command, "7999999999", *where)
    assert result.exit_code == 1
    assert NOBODY in result.output


def test_erasing_says_what_it_did_and_what_stays(place):
    engine, where = place
    result = told("erase", ANN["card"], *where, answer="y\n")
    assert result.exit_code == 0, result.output
    assert "Erased: the profile is gone, welcome ended." in result.output
    assert "backups (35 days)" in result.output
    assert ANN["email"] not in result.output
    assert engine.members.is_erased(ann_of(engine))
    assert engine.enrolments.load(ann_of(engine), "welcome").due_at is None


def test_nothing_is_erased_without_a_yes(place):
    engine, where = place
    result = told("erase", ANN["card"], *where, answer="n\n")
    assert result.exit_code == 1
    assert engine.members.load(ann_of(engine))


def test_erasing_again_finishes_what_was_left(place):
    engine, where = place
    engine.members.erase(ann_of(engine), engine.clock.now())
    result = told("erase", ANN["card"], *where)
    assert result.exit_code == 0, result.output
    assert "was erased at" in result.output
    assert engine.enrolments.load(ann_of(engine), "welcome").due_at is None


def test_a_stage_that_does_not_answer_is_told_as_such(on_stage, monkeypatch):
    _, where = on_stage

    def no_answer(*_):
        raise UnavailableError("no answer from AWS")

    monkeypatch.setattr("chalicelib.operations.member_file.erase_member", no_answer)
    result = told("erase", ANN["card"], *where, "--yes")
    assert result.exit_code == 1
    assert "no answer from AWS" in result.output
    assert "Erased:" not in result.output


def test_who_was_erased_on_a_stage_is_nobody_when_the_partner_imports_again(on_stage):
    engine, where = on_stage
    told("erase", ANN["card"], *where, "--yes")
    again = partner_event(EventType.MEMBER_JOINED, event_id="import-2")
    assert handle_event(engine, again, 1).outcome is EventOutcome.ERASED


def test_the_raw_tombstone_has_nothing_of_the_person(on_stage):
    engine, where = on_stage
    told("erase", ANN["card"], *where, "--yes")
    items = engine.table.client.scan(TableName=engine.table.name)["Items"]
    [stone] = [item for item in items if item["type"]["S"] == "TOMBSTONE"]
    assert set(stone) == {"PK", "SK", "type", "schema", "version", "member_id", "erased_at"}
    assert not any(value in json.dumps(items) for value in ANN.values())
