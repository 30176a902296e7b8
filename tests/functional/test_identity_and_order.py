"""Who is meant, and what counts, when events come late, early, out of order or for nobody."""

from dataclasses import replace

import pytest
from functional.worlds import ANN, DAY, HOUR, START, batch, event, play, post

from chalicelib.domain.events import EventOutcome
from chalicelib.domain.member import ConsentStatus
from chalicelib.domain.parking import ParkReason
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.apply_event import RECEIVES_BEFORE_PARKING
from chalicelib.usecases.explain import find_member

BOB = {"card": "7000000002", "email": "bob@example.com"}


def opt_in(programme):
    return replace(programme, consent_required=True)


@pytest.fixture
def stage():
    with play() as stage:
        yield stage


@pytest.fixture(params=["memory", "moto"])
def both(request):
    with play(request.param) as stage:
        yield stage


def test_an_event_that_comes_before_its_member_waits_and_is_then_applied(both):
    both.tell("account.registered")
    assert both.outcomes() == {"demo-000001": None}
    both.join()
    both.advance(minutes=5)
    assert set(both.outcomes().values()) == {EventOutcome.APPLIED}
    assert both.dead_letters() == []
    assert both.mails == ["welcome", "collect"]
    assert list(both.enrolment().goals) == ["account_registered"]


def test_an_event_whose_member_never_comes_is_parked_where_a_person_sees_it(both):
    both.tell("account.registered")
    both.advance(hours=1)
    assert both.outcomes() == {"demo-000001": EventOutcome.PARKED_UNKNOWN_MEMBER}
    [letter] = both.dead_letters()
    assert letter.attributes == {
        "reason": ParkReason.UNKNOWN_MEMBER,
        "partner": "demo",
        "event_id": "demo-000001",
        "webhook_id": "demo-000001",
    }
    assert both.world.substrate.events.receive(10) == []


def test_waiting_is_bounded_and_ends_before_the_queue_would_drop_the_message_unexplained(stage):
    stage.tell("account.registered")
    stage.advance(hours=1)
    counts = stage.engine.metrics.counts
    assert counts["event_parked_unknown_member"] == 1
    assert RECEIVES_BEFORE_PARKING < 5


def test_a_parked_event_that_is_sent_again_after_the_join_is_applied(stage):
    body = event("account.registered")
    post(body, "early")
    stage.world.run_now()
    stage.advance(hours=1)
    assert stage.outcomes()["early"] is EventOutcome.PARKED_UNKNOWN_MEMBER
    stage.join(at=START)
    assert post(body, "early").status == 202
    stage.world.run_now()
    assert stage.outcomes()["early"] is EventOutcome.APPLIED
    assert stage.mails == ["welcome", "collect"]


def test_a_parked_event_that_is_moved_back_from_the_dead_letters_is_applied(stage):
    stage.tell("account.registered")
    stage.advance(hours=1)
    stage.join()
    [letter] = stage.dead_letters()
    stage.world.substrate.events.send(letter.body)
    stage.world.run_now()
    assert set(stage.outcomes().values()) == {EventOutcome.APPLIED}


def test_events_behind_one_that_waits_are_not_held_up(stage):
    stage.join()
    post(batch(event("app.installed", member=BOB), event("app.installed")))
    stage.world.run_now()
    assert "app_installed" in stage.profile().goals


def test_a_batch_in_which_the_join_comes_last_is_applied_in_full(stage):
    post(batch(event("app.installed"), event("member.updated", first_name="Ann"), event()))
    stage.world.run_now()
    stage.advance(minutes=5)
    assert set(stage.outcomes().values()) == {EventOutcome.APPLIED, None}
    assert stage.profile().attribute("first_name") == "Ann"
    assert "app_installed" in stage.profile().goals


def test_the_strongest_name_decides_who_is_meant(stage):
    stage.join()
    stage.join(BOB)
    stage.tell("app.installed", {"card": BOB["card"], "email": ANN["email"]})
    assert "app_installed" in stage.profile(BOB).goals
    assert "app_installed" not in stage.profile(ANN).goals


def test_a_weaker_name_does_not_stand_in_for_a_stronger_one_that_nobody_has(stage):
    """The card names somebody else, who is on the way: the shared address must not decide."""
    stage.join()
    stage.tell("app.installed", {"card": "7999999999", "email": ANN["email"]})
    assert "app_installed" not in stage.profile().goals
    stage.advance(hours=1)
    assert len(stage.dead_letters()) == 1


def test_a_shared_address_stays_with_whom_it_was_given_first(stage):
    stage.join()
    shared = {"card": BOB["card"], "email": ANN["email"]}
    stage.join(shared)
    assert stage.id_of() != stage.id_of(BOB)
    assert find_member(stage.engine, ANN["email"]) == stage.id_of()
    stage.tell("account.registered", {"email": ANN["email"]})
    assert "account_registered" in stage.profile().goals
    assert "account_registered" not in stage.profile(BOB).goals
    assert [m.mail.recipient for m in stage.received][:2] == [ANN["email"]] * 2


@pytest.mark.parametrize("name", [{"email": " ANN@Example.COM "}, {"phone": "+7 (495) 123-45-67"}])
def test_a_member_is_known_by_any_spelling_of_a_name(stage, name):
    stage.join(phone="+74951234567")
    stage.tell("app.installed", name)
    assert "app_installed" in stage.profile().goals


def test_a_new_card_leads_to_the_same_member_and_so_does_the_old_one(stage):
    stage.join()
    stage.tell("member.updated", card="8000000001")
    stage.tell("app.installed", {"card": "8000000001"})
    stage.tell("account.registered", {"card": ANN["card"]})
    assert set(stage.profile().goals) == {"app_installed", "account_registered"}


def test_a_join_told_twice_under_two_ids_makes_one_member_and_one_welcome(stage):
    post(event(), "first")
    post(event(first_name="Ann"), "second")
    stage.world.run_now()
    assert len(list(stage.engine.members.every())) == 1
    assert stage.mails == ["welcome"]
    assert stage.profile().attribute("first_name") == "Ann"


def test_a_late_update_does_not_overwrite_a_newer_one_and_still_brings_what_is_new(stage):
    stage.join(at=START - DAY)
    stage.tell("member.updated", at=START, first_name="Anne", balances={"redeemable": 9})
    stage.tell(
        "member.updated", at=START - HOUR, first_name="Ann", last_name="Lee",
        balances={"redeemable": 1, "qualifying": 2},
    )  # fmt: skip
    profile = stage.profile()
    assert (profile.attribute("first_name"), profile.attribute("last_name")) == ("Anne", "Lee")
    assert profile.balances == {"redeemable": 9, "qualifying": 2}


def test_an_update_that_brings_nothing_new_is_called_stale(stage):
    stage.join()
    stage.tell("member.updated", at=START, first_name="Anne")
    body = event("member.updated", at=START - DAY, member={"phone": "+74951234567"}, first_name="X")
    stage.tell("member.updated", at=START - HOUR, phone="+74951234567")
    post(body, "late")
    stage.world.run_now()
    assert stage.outcomes()["late"] is EventOutcome.STALE


def test_naming_a_member_by_a_former_address_does_not_bring_it_back(stage):
    """An address that somebody else may have by now must not become the member's again."""
    stage.join()
    stage.tell("member.updated", {"card": ANN["card"]}, email="new@example.com")
    stage.tell("member.updated", {"email": ANN["email"]}, first_name="Anne")
    assert stage.profile().attribute("first_name") == "Anne"
    assert stage.profile().attribute("email") == "new@example.com"


def test_what_stands_beside_the_deciding_name_is_news(stage):
    stage.join()
    stage.tell("member.updated", {"card": ANN["card"], "email": "new@example.com"})
    assert stage.profile().attribute("email") == "new@example.com"
    stage.tell("app.installed", {"email": "new@example.com"})
    assert "app_installed" in stage.profile().goals


def test_leaving_ends_the_journey_at_once(both):
    both.join()
    both.tell("member.left")
    assert both.enrolment().exit.reason is Reason.LEFT_PROGRAMME
    assert both.enrolment().due_at is None
    both.advance(days=10)
    assert both.mails == ["welcome"]


def test_declining_ends_the_journey_at_once(stage):
    stage.join()
    stage.tell("mail.declined")
    assert stage.enrolment().exit.reason is Reason.DECLINED
    stage.advance(days=10)
    assert stage.mails == ["welcome"]


def test_a_decline_that_was_said_before_a_consent_told_earlier_does_not_win(stage):
    stage.join()
    stage.tell("mail.consented", at=START + 2 * HOUR)
    stage.tell("mail.declined", at=START + HOUR)
    assert stage.profile().consent.status is ConsentStatus.GIVEN
    assert stage.enrolment().exit is None


def test_a_member_who_declined_before_joining_was_told_gets_nothing(stage):
    stage.tell("mail.declined")
    stage.tell("member.joined", {"card": ANN["card"]}, channel="offline")
    stage.advance(minutes=5)
    assert stage.mails == []
    stage.tell("member.updated", email=ANN["email"])
    stage.advance(days=10)
    assert stage.mails == []


def test_a_member_without_an_address_enters_when_the_address_comes(both):
    both.join({"card": ANN["card"]})
    both.advance(days=3)
    assert (both.mails, both.enrolment()) == ([], None)
    both.tell("member.updated", {"card": ANN["card"]}, email=ANN["email"])
    assert both.mails == ["welcome"]
    assert both.enrolment().entered_at == both.world.now()


def test_in_an_opt_in_programme_nobody_is_mailed_before_consenting():
    with play(change=opt_in) as stage:
        stage.join()
        stage.advance(days=10)
        assert (stage.mails, stage.enrolment()) == ([], None)
        stage.tell("mail.consented")
        assert stage.mails == ["welcome"]
        stage.tell("mail.declined", at=stage.world.now() + HOUR)
        stage.advance(days=10)
        assert stage.mails == ["welcome"]


def test_in_an_opt_in_programme_a_consent_that_is_told_before_the_join_counts():
    with play(change=opt_in) as stage:
        stage.tell("mail.consented")
        stage.tell("member.joined", channel="offline")
        stage.advance(minutes=5)
        assert stage.mails == ["welcome"]


def test_an_old_member_who_has_left_is_never_mailed(both):
    left_at = (START - 100 * DAY).isoformat()
    both.join(at=START - 500 * DAY, left_at=left_at)
    both.tell("member.updated", first_name="Anne")
    both.tell("mail.consented")
    both.advance(days=10)
    assert both.mails == []
    assert both.profile().left_at == START - 100 * DAY


def test_a_member_who_returns_may_enter_if_they_never_did(stage):
    stage.join(at=START - 500 * DAY, left_at=(START - 100 * DAY).isoformat())
    stage.tell("member.joined", channel="offline")
    assert stage.mails == ["welcome"]


def test_a_goal_reached_before_the_journey_began_does_not_count_for_it(stage):
    """It happened without any mail; a repetition afterwards proves nothing either."""
    stage.join({"card": ANN["card"]})
    stage.tell("account.registered")
    stage.advance(days=1)
    stage.tell("member.updated", {"card": ANN["card"]}, email=ANN["email"])
    assert stage.mails == ["collect"]
    stage.advance(days=1)
    stage.tell("account.registered")
    assert stage.enrolment().goals == {}


def test_members_of_the_control_group_get_nothing_and_their_goals_count():
    with play(holdout=1.0) as stage:
        stage.join()
        stage.tell("account.registered")
        stage.advance(days=30)
        assert stage.mails == []
        assert stage.grants() == []
        assert list(stage.enrolment().goals) == ["account_registered"]
