"""Every webhook that was answered with 202 can be followed to what became of each of its events."""

import pytest
from functional.worlds import ANN, batch, event, play, post

from chalicelib.operations.trace_words import SET_ASIDE, WAITING, traced
from chalicelib.usecases import apply_event
from chalicelib.usecases.dead_letters import Wanted, list_letters, replay_letters

BOB = {"card": "7000000002", "email": "bob@example.com"}


@pytest.fixture(params=["memory", "moto"])
def both(request):
    with play(request.param) as stage:
        yield stage


@pytest.fixture
def stage():
    with play() as stage:
        yield stage


def trace(stage, webhook_id):
    letters = stage.world.substrate.letters
    return traced(stage.engine, "demo", webhook_id, lambda: list_letters(letters, "events"))


def outcomes(stage, webhook_id):
    return {each["event"]: each["outcome"] for each in trace(stage, webhook_id)["events"]}


def test_a_webhook_of_one_event_tells_its_outcome_and_its_member(both):
    assert post(event(), "w1").status == 202
    assert outcomes(both, "w1") == {"w1": WAITING}
    both.world.run_now()
    [told] = trace(both, "w1")["events"]
    assert (told["outcome"], told["member"], told["letter"]) == ("applied", both.id_of(), None)


def test_a_batch_tells_of_each_event_in_its_order(both):
    both.join()
    both.tell("account.registered")
    nobody = {"card": "7999999999"}
    told = batch(event("app.installed"), event("app.installed", member=nobody), event(member=BOB))
    assert post(told, "w9").status == 202
    assert set(outcomes(both, "w9").values()) == {WAITING}
    both.world.run_now()
    both.advance(hours=1)
    assert outcomes(both, "w9") == {
        "event-0": "applied",
        "event-1": "parked_unknown_member",
        "event-2": "applied",
    }
    found = {each["event"]: each for each in trace(both, "w9")["events"]}
    [letter] = list_letters(both.world.substrate.letters, "events")
    assert found["event-1"]["letter"] == letter.id
    assert found["event-2"]["member"] == both.id_of(BOB)


def test_an_event_whose_id_was_anothers_is_told_as_the_conflict_that_it_is(stage):
    """Its id's record tells of the other event, which was applied."""
    stage.join()
    post(event("account.registered"), "event-0")
    stage.world.run_now()
    post(batch(event("app.installed")), "w9")
    stage.world.run_now()
    assert outcomes(stage, "w9") == {"event-0": "parked_conflict"}
    assert outcomes(stage, "event-0") == {"event-0": "applied"}


def test_of_two_bodies_in_hand_at_one_moment_one_is_kept_and_the_other_told_as_the_conflict(both):
    """Neither finds the other's record; which came first is nobody's to say."""
    both.join()
    post(batch(event("app.installed")), "w8")
    post(batch(event("account.registered")), "w9")
    both.world.run_now()
    told = [outcomes(both, webhook)["event-0"] for webhook in ("w8", "w9")]
    assert sorted(told) == ["applied", "parked_conflict"]
    [letter] = both.dead_letters()
    assert letter.attributes["event_id"] == "event-0"
    assert letter.attributes["reason"] == "conflict"


def test_an_event_that_the_engine_failed_at_is_found_among_the_dead_letters(stage, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(apply_event, "apply_event", broken)
        post(batch(event(), event(member=BOB)), "w9")
        stage.world.run_now()
        stage.advance(hours=1)
    assert set(outcomes(stage, "w9").values()) == {SET_ASIDE}
    assert len({each["letter"] for each in trace(stage, "w9")["events"]}) == 2
    assert replay_letters(stage.world.substrate.letters, "events", Wanted(), lambda _: None) == 2
    stage.world.run_now()
    assert set(outcomes(stage, "w9").values()) == {"applied"}
    assert stage.dead_letters() == []


def test_a_webhook_that_was_refused_or_never_came_has_no_trace(stage):
    assert post({"type": "nonsense"}, "w1").status == 422
    assert trace(stage, "w1") is trace(stage, "w2") is None


def test_no_trace_tells_anything_of_a_member_but_the_id(stage):
    stage.join(first_name="Canaria")
    stage.tell("app.installed", {"card": "7999999999", "email": "canary@example.com"})
    stage.advance(hours=1)
    told = str([trace(stage, f"demo-{number:06}") for number in (1, 2)])
    assert stage.id_of() in told
    for secret in ("Canaria", "canary", "7999999999", ANN["email"]):
        assert secret not in told
