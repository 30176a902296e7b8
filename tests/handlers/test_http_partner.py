"""What partners ask for at once is booked, and told in the shape that the reference shows."""

import json

import pytest
from functional.worlds import ANN, SECRET, ask, play
from handlers.partner_calls import (
    BEN,
    OTHER_SECRET,
    TODAY,
    UNIT,
    balance,
    done,
    given,
    purchase,
    refused,
    spend,
    transaction,
)

from chalicelib.adapters.webhooks import PartnerWebhooks
from chalicelib.domain.ledger import broken_link

PEOPLE = {"first_name": "Ann", "last_name": "Lee"}
FLIGHT = {"kind": "flight", "distance": 1_000, "booking_class": "J"}


@pytest.fixture(params=["memory"])
def stage(request):
    with play(request.param) as stage:
        stage.use(webhooks=PartnerWebhooks({"demo": [SECRET], "bank": [OTHER_SECRET]}))
        stage.join(**PEOPLE)
        stage.join(BEN)
        yield stage
        stage.world.run_now()
        for member in (ANN, BEN):
            if member_id := stage.id_of(member):
                assert broken_link(stage.engine.memberships.postings(member_id)) is None


def postings(stage, member=ANN):
    return list(stage.engine.memberships.postings(stage.id_of(member)))


# Transactions.


def test_a_transaction_is_booked_with_the_reason_of_each_mile(stage):
    told = done("post", transaction("t-1", FLIGHT))
    assert told["kind"] == "earned"
    assert told["amounts"] == told["balances"] == {"qualifying": 1_500, UNIT: 1_500}
    assert {(why["rule"], why["unit"], why["amount"], why["line"]) for why in told["why"]} >= {
        ("flight_miles", UNIT, 1_500, 0),
        ("flight_qualifying", "qualifying", 1_500, 0),
    }


def test_what_is_simulated_is_what_posting_says_and_nothing_of_it_is_kept(stage):
    body = transaction("t-1", FLIGHT, purchase(20))
    before = postings(stage)
    simulated = done("simulate", body)
    assert done("simulate", body) == simulated
    assert postings(stage) == before
    assert balance() == 0
    assert {**done("post", body), "simulated": True} == simulated


def test_simulating_uses_no_reference_up(stage):
    done("simulate", transaction("t-1", purchase(20)))
    given(30, "t-1")


def test_a_booking_wakes_the_journeys_and_shows_in_the_profile(stage):
    given(500)
    assert stage.profile().granted[UNIT] == 500


# Spending.


def test_a_spend_takes_what_it_says_to_the_last_mile(stage):
    given(500)
    told = done("redeem", spend("r-1", 499))
    assert (told["kind"], told["amounts"], told["balances"][UNIT]) == ("spent", {UNIT: 499}, 1)
    assert done("redeem", spend("r-2", 1))["balances"][UNIT] == 0


def test_a_spend_of_more_than_there_is_is_refused_and_takes_nothing(stage):
    given(500)
    refused(ask("redeem", spend("r-1", 501)), 409, "not-enough")
    assert balance() == 500


def test_a_reservation_takes_miles_away_until_it_is_captured(stage):
    given(500)
    told = done("reserve", spend("h-1", 400, minutes=10))
    assert told["kind"] == "reserved"
    assert told["balances"][UNIT] == 100
    assert told["until"] == "2027-03-01T07:10:00+00:00"
    refused(ask("redeem", spend("r-1", 101)), 409, "not-enough")
    told = done("capture", {"reference": "c-1", "reservation": "h-1"})
    assert (told["kind"], told["of"], told["amounts"]) == ("captured", "h-1", {UNIT: 400})
    assert balance() == 100


def test_of_a_part_that_is_captured_the_rest_goes_back(stage):
    given(500)
    done("reserve", spend("h-1", 400))
    over = {"reference": "c-1", "reservation": "h-1", "amount": 401}
    refused(ask("capture", over), 409, "over-hold")
    told = done("capture", {**over, "reference": "c-2", "amount": 150})
    assert told["balances"][UNIT] == 350
    again = {"reference": "c-3", "reservation": "h-1", "amount": 1}
    refused(ask("capture", again), 409, "hold-over")


def test_a_released_reservation_gives_back_all_of_it(stage):
    given(500)
    done("reserve", spend("h-1", 400))
    told = done("release", {"reference": "v-1", "reservation": "h-1"})
    assert (told["kind"], told["of"], told["balances"][UNIT]) == ("released", "h-1", 500)
    refused(ask("capture", {"reference": "c-1", "reservation": "h-1"}), 409, "hold-over")
    refused(ask("release", {"reference": "v-2", "reservation": "h-1"}), 409, "hold-over")


@pytest.mark.parametrize(("minutes", "in_time"), [(9, True), (10, False), (11, False)])
def test_a_reservation_lapses_at_its_end(stage, minutes, in_time):
    given(500)
    done("reserve", spend("h-1", 400, minutes=10))
    stage.advance(minutes=minutes)
    answer = ask("capture", {"reference": "c-1", "reservation": "h-1"})
    if in_time:
        assert answer.status == 200
    else:
        refused(answer, 409, "hold-over")
    assert balance() == (100 if in_time else 500)


def test_a_reservation_of_one_quarter_of_an_hour_is_the_usual_one(stage):
    given(500)
    assert done("reserve", spend("h-1", 1))["until"] == "2027-03-01T07:15:00+00:00"


# Taking back.


def test_a_spend_is_taken_back_in_parts_and_never_more_than_it_was(stage):
    given(500)
    done("redeem", spend("r-1", 300))
    told = done("reverse", {"reference": "b-1", "original": "r-1", "amount": 200})
    assert (told["kind"], told["of"], told["amounts"]) == ("reversed", "r-1", {UNIT: 200})
    over = {"reference": "b-2", "original": "r-1", "amount": 101}
    refused(ask("reverse", over), 409, "over-original")
    assert done("reverse", {**over, "reference": "b-3", "amount": 100})["balances"][UNIT] == 500
    refused(ask("reverse", {**over, "reference": "b-4", "amount": 1}), 409, "over-original")


def test_without_an_amount_all_that_is_left_is_taken_back(stage):
    given(500)
    done("redeem", spend("r-1", 300))
    done("reverse", {"reference": "b-1", "original": "r-1", "amount": 200})
    told = done("reverse", {"reference": "b-2", "original": "r-1"})
    assert (told["amounts"], told["balances"][UNIT]) == ({UNIT: 100}, 500)


def test_a_capture_is_taken_back_under_its_own_reference(stage):
    given(500)
    done("reserve", spend("h-1", 400))
    done("capture", {"reference": "c-1", "reservation": "h-1"})
    refused(ask("reverse", {"reference": "b-1", "original": "h-1"}), 409, "not-reversible")
    assert done("reverse", {"reference": "b-2", "original": "c-1"})["balances"][UNIT] == 500


def test_a_transaction_is_taken_back_as_a_whole_alone(stage):
    given(500, "t-1")
    part = {"reference": "b-1", "original": "t-1", "amount": 1}
    refused(ask("reverse", part), 409, "not-reversible")
    assert done("reverse", {"reference": "b-2", "original": "t-1"})["balances"][UNIT] == 0
    assert balance() == 0


def test_what_was_taken_back_cannot_be_taken_back(stage):
    given(500, "t-1")
    done("reverse", {"reference": "b-1", "original": "t-1"})
    refused(ask("reverse", {"reference": "b-2", "original": "b-1"}), 409, "not-reversible")


@pytest.mark.parametrize(
    ("act", "naming"),
    [("capture", "reservation"), ("release", "reservation"), ("reverse", "original")],
)
def test_who_names_what_nobody_knows_may_come_again_once_it_is_known(stage, act, naming):
    body = {"reference": "x-1", naming: "o-1"}
    refused(ask(act, body), 404, "unknown-original")
    given(500)
    done("redeem" if act == "reverse" else "reserve", spend("o-1", 100))
    assert done(act, body)["of"] == "o-1"


# Whose references, and who sees what.


def test_another_partners_references_are_other_references(stage):
    bank = {"partner": "bank", "secret": OTHER_SECRET}
    given(500)
    assert done("redeem", spend("r-1", 100), **bank)["balances"][UNIT] == 400
    assert done("redeem", spend("r-1", 50))["balances"][UNIT] == 350
    assert done("reverse", {"reference": "b-1", "original": "r-1"})["amounts"] == {UNIT: 50}
    done("reserve", spend("h-1", 100), **bank)
    for act, naming in (("capture", "reservation"), ("reverse", "original")):
        answer = ask(act, {"reference": f"{act}-1", naming: "h-1"})
        refused(answer, 404, "unknown-original")


def test_a_statement_shows_the_partners_own_postings_the_newest_first(stage):
    bank = {"partner": "bank", "secret": OTHER_SECRET}
    given(500, "t-1")
    done("redeem", spend("bank-1", 100), **bank)
    done("redeem", spend("r-1", 10))
    told = done("statement", {"member": ANN})
    assert told["balances"] == {"qualifying": 0, UNIT: 390}
    assert [each["reference"] for each in told["postings"]] == ["r-1", "t-1"]
    [only] = done("statement", {"member": ANN}, **bank)["postings"]
    assert only["reference"] == "bank-1"
    [newest] = done("statement", {"member": ANN, "most": 1})["postings"]
    assert newest["reference"] == "r-1"


def test_a_statement_tells_a_posting_as_it_was_answered(stage):
    asked = [given(500, "t-1"), done("reserve", spend("h-1", 20)), done("redeem", spend("r-1", 9))]
    assert done("statement", {"member": ANN})["postings"] == asked[::-1]


def test_a_statement_shows_a_return_that_the_partner_told(stage):
    given(500, "t-1")
    stage.tell("transaction.returned", transaction="t-1")
    newest, _ = done("statement", {"member": ANN})["postings"]
    assert newest["reference"].startswith("return.")
    assert newest["of"] == "t-1"


def test_no_answer_names_a_member(stage):
    given(500, "t-1")
    stage.tell("member.updated", phone="+79991234567", name_on_card="ANN LEE")
    answers = [
        ask("redeem", spend("r-1", 100)),
        ask("statement", {"member": ANN}),
        ask("validate", {"member": ANN, "last_name": "Lee"}),
        ask("redeem", spend("r-2", 10_000)),
    ]
    told = b" ".join(answer.body for answer in answers).lower()
    secrets = (b"ann", b"lee", b"7000000001", b"+7999", stage.id_of().encode())
    assert not [secret for secret in secrets if secret in told]


# Who is meant.


@pytest.mark.parametrize(
    ("member", "last_name", "valid"),
    [
        (ANN, "Lee", True),
        (ANN, "LEE", True),
        (ANN, None, True),
        ({"card": ANN["card"]}, None, True),
        ({"card": ANN["card"]}, "Leeds", False),
        ({**ANN, "email": "somebody@example.com"}, None, False),
        ({**ANN, "email": BEN["email"]}, None, False),
        ({**BEN, "email": ANN["email"]}, "Lee", False),
        ({"card": "7000000099"}, None, False),
        ({"card": "7000000099", "email": ANN["email"]}, "Lee", False),
    ],
)
def test_names_are_one_members_or_they_are_not(stage, member, last_name, valid):
    body = {"member": member} | ({"last_name": last_name} if last_name else {})
    assert json.loads(ask("validate", body).body) == {"valid": valid}


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("M\u00fcller", "mu\u0308ller"),
        ("mu\u0308ller", "M\u00dcLLER"),
        ("Stra\u00df", "STRASS"),
        ("\u0130nan", "i\u0307nan"),
        ("\uff2c\uff45\uff45", "Lee"),
    ],
)
def test_a_name_is_the_same_however_its_letters_are_written(stage, told, asked):
    stage.tell("member.updated", last_name=told)
    assert done("validate", {"member": ANN, "last_name": asked}) == {"valid": True}
    assert done("validate", {"member": ANN, "last_name": asked + "n"}) == {"valid": False}


def test_nobody_learns_by_validating_whether_an_address_is_known(stage):
    """An unknown card, a wrong address and a wrong name have one answer, to the byte."""
    answers = {
        ask("validate", body).body
        for body in (
            {"member": {"card": "7000000099", "email": ANN["email"]}},
            {"member": {"card": "7000000099", "email": "nobody@example.com"}},
            {"member": {**ANN, "email": "nobody@example.com"}},
            {"member": {**ANN, "email": BEN["email"]}},
            {"member": ANN, "last_name": "Nobody"},
        )
    }
    assert len(answers) == 1
    address_alone = ask("validate", {"member": {"email": ANN["email"]}})
    refused(address_alone, 422, "invalid-request")


def test_who_has_left_is_not_valid_any_more(stage):
    stage.tell("member.left")
    assert done("validate", {"member": ANN}) == {"valid": False}


def test_the_strongest_name_decides_whose_miles_are_spent(stage):
    given(500)
    both = {"card": ANN["card"], "email": BEN["email"]}
    assert done("redeem", spend("r-1", 100, member=both))["balances"][UNIT] == 400
    assert balance(BEN) == 0


def test_the_day_of_a_transaction_may_be_long_ago(stage):
    told = done("post", transaction("t-1", purchase(5), on="2027-01-02"))
    assert told["on"] == TODAY
