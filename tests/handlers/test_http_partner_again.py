"""An answer that was lost is asked for again, and is the first one to the byte."""

from unittest.mock import patch

import pytest
from functional.worlds import ANN, SECRET, Disturbed, ask, play
from handlers.partner_calls import (
    BEN,
    OTHER_SECRET,
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
from chalicelib.usecases.erase_member import erase_member
from chalicelib.usecases.ports import UnavailableError

FLIGHT = {"kind": "flight", "distance": 1_000, "booking_class": "J"}
BOOKING = {
    "post": transaction("x-1", FLIGHT, purchase(3)),
    "redeem": spend("x-1", 10),
    "reserve": spend("x-1", 10, minutes=7),
    "capture": {"reference": "x-1", "reservation": "held", "amount": 3},
    "release": {"reference": "x-1", "reservation": "held"},
    "reverse": {"reference": "x-1", "original": "spent", "amount": 4},
}
REFUSED = {
    "redeem": (spend("x-1", 10_000), "not-enough"),
    "reserve": (spend("x-1", 10_000), "not-enough"),
    "capture": ({"reference": "x-1", "reservation": "held", "amount": 900}, "over-hold"),
    "release": ({"reference": "x-1", "reservation": "spent"}, "hold-over"),
    "reverse": ({"reference": "x-1", "original": "held"}, "not-reversible"),
}
BANK = {"partner": "bank", "secret": OTHER_SECRET}


@pytest.fixture(params=["memory", "moto"])
def stage(request):
    with play(request.param) as stage:
        yield prepared(stage)


@pytest.fixture
def quick():
    with play() as stage:
        yield prepared(stage)


def prepared(stage):
    """A member with 500 miles, of which some are spent and some reserved."""
    stage.use(webhooks=PartnerWebhooks({"demo": [SECRET], "bank": [OTHER_SECRET]}))
    stage.join(last_name="Lee")
    given(500)
    done("redeem", spend("spent", 20))
    done("reserve", spend("held", 30))
    return stage


def count_of(stage):
    return len(list(stage.engine.memberships.every_posting()))


@pytest.mark.parametrize("act", BOOKING)
def test_what_was_booked_is_told_again_to_the_byte_and_booked_once(stage, act):
    first = ask(act, BOOKING[act], webhook_id="a")
    assert first.status == 200, first.body
    booked = count_of(stage)
    done("redeem", spend("since", 1))
    stage.advance(hours=3)
    again = ask(act, BOOKING[act], webhook_id="b")
    assert (again.status, again.body) == (first.status, first.body)
    assert count_of(stage) <= booked + 3  # the other spend, and reservations that have lapsed


@pytest.mark.parametrize("act", REFUSED)
def test_a_refusal_is_told_again_to_the_byte_even_if_it_would_do_now(stage, act):
    body, name = REFUSED[act]
    first = ask(act, body)
    refused(first, 409, name)
    given(20_000, "gift-2")
    again = ask(act, body)
    assert (again.status, again.body) == (first.status, first.body)


@pytest.mark.parametrize("act", BOOKING)
def test_white_space_and_the_order_of_keys_make_no_other_body(quick, act):
    first = ask(act, BOOKING[act])
    other = dict(reversed(BOOKING[act].items()))
    assert ask(act, other).body == first.body


@pytest.mark.parametrize("act", BOOKING)
def test_another_request_under_a_reference_is_a_conflict_and_changes_nothing(quick, act):
    first = ask(act, BOOKING[act])
    before = count_of(quick)
    others = [(each, BOOKING[each]) for each in BOOKING if each != act]
    others += [("redeem", spend("x-1", 11)), ("post", transaction("x-1", FLIGHT))]
    for other, body in others:
        refused(ask(other, body), 409, "reference-taken")
    assert count_of(quick) == before
    assert ask(act, BOOKING[act]).body == first.body


def test_a_reference_that_was_refused_is_taken_too(quick):
    refused(ask("redeem", spend("x-1", 10_000)), 409, "not-enough")
    refused(ask("redeem", spend("x-1", 1)), 409, "reference-taken")


def test_an_event_and_an_act_share_the_references_of_transactions(quick):
    before = balance()
    quick.tell("transaction.posted", transaction="t-1", lines=[purchase(5)])
    assert done("post", transaction("t-1", purchase(5)))["amounts"] == {UNIT: 5}
    assert balance() == before + 5
    refused(ask("post", transaction("t-1", purchase(6))), 409, "reference-taken")
    assert done("reverse", {"reference": "b-1", "original": "t-1"})["amounts"] == {UNIT: 5}


@pytest.mark.parametrize("act", ["post", "redeem", "reserve"])
def test_the_first_answer_is_there_when_the_member_was_erased(stage, act):
    first = ask(act, BOOKING[act])
    erase_member(stage.engine, stage.id_of())
    again = ask(act, BOOKING[act])
    assert (again.status, again.body) == (200, first.body)
    refused(ask(act, {**BOOKING[act], "reference": "x-2"}), 404, "unknown-member")


def test_nobody_is_told_anything_of_who_was_erased(stage):
    erase_member(stage.engine, stage.id_of())
    refused(ask("statement", {"member": ANN}), 404, "unknown-member")
    refused(ask("simulate", BOOKING["post"]), 404, "unknown-member")
    assert done("validate", {"member": ANN}) == {"valid": False}


def test_the_first_answer_is_there_when_its_unit_is_gone(quick):
    first = ask("redeem", BOOKING["redeem"])
    programme = quick.engine.programme
    units = tuple(unit for unit in programme.units if unit != UNIT)
    with patch.object(type(programme), "units", units):
        assert ask("redeem", BOOKING["redeem"]).body == first.body
        answer = ask("redeem", {**BOOKING["redeem"], "reference": "x-2"})
    assert refused(answer, 422, "invalid-request")["errors"][0]["pointer"] == "/unit"


# When the table does not answer.


class Silent:
    """A port of which one method gives no answer: before its work, or after it."""

    def __init__(self, port, method, when):
        self._port, self._method, self._when = port, method, when

    def __getattr__(self, name):
        method = getattr(self._port, name)
        if name != self._method:
            return method

        def silent(*args, **kwargs):
            if self._when == "after":
                method(*args, **kwargs)
            raise UnavailableError(name)

        return silent


SILENT = [
    ("memberships", "find"),
    ("memberships", "load"),
    ("memberships", "store"),
    ("enrolments", "load_case"),
    ("webhooks", "verify"),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("port", "method"), SILENT)
@pytest.mark.parametrize("act", BOOKING)
def test_who_got_no_answer_asks_again_and_it_is_booked_once(quick, act, port, method, when):
    whole, before = getattr(quick.engine, port), count_of(quick)
    quick.use(**{port: Silent(whole, method, when)})
    answer = ask(act, BOOKING[act])
    refused(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    quick.use(**{port: whole})
    first = ask(act, BOOKING[act])
    assert first.status == 200, first.body
    assert count_of(quick) == before + 1
    assert ask(act, BOOKING[act]).body == first.body


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_refusal_that_could_not_be_kept_is_decided_anew(quick, when):
    whole = quick.engine.memberships
    quick.use(memberships=Silent(whole, "remember", when))
    refused(ask("redeem", spend("x-1", 10_000)), 503, "unavailable")
    quick.use(memberships=whole)
    given(20_000, "gift-2")
    answer = ask("redeem", spend("x-1", 10_000))
    assert answer.status == (200 if when == "before" else 409)


@pytest.mark.parametrize(("act", "port"), [("validate", "members"), ("statement", "memberships")])
def test_who_only_looks_is_told_to_come_again(quick, act, port):
    method = "member_of" if act == "validate" else "postings"
    whole = getattr(quick.engine, port)
    quick.use(**{port: Silent(whole, method, "before")})
    refused(ask(act, {"member": ANN}), 503, "unavailable")
    quick.use(**{port: whole})
    done(act, {"member": ANN})


# At the same time.


@pytest.mark.parametrize("method", ["find", "load", "store"])
def test_of_two_that_want_the_last_miles_at_once_one_gets_them(stage, method):
    left, answers = balance(), []
    memberships = stage.engine.memberships

    def other():
        answers.append(ask("redeem", spend("r-2", left), **BANK))

    stage.use(memberships=Disturbed(memberships, method, other, "before"))
    answers.append(ask("redeem", spend("r-1", left)))
    assert [answer.status for answer in answers] == [200, 409]
    refused(answers[1], 409, "not-enough")
    assert balance() == 0


@pytest.mark.parametrize("method", ["find", "load", "store"])
def test_one_request_that_comes_twice_at_once_is_booked_once(stage, method):
    left, answers = balance(), []

    def same():
        answers.append(ask("redeem", BOOKING["redeem"]))

    stage.use(memberships=Disturbed(stage.engine.memberships, method, same, "before"))
    answers.append(ask("redeem", BOOKING["redeem"]))
    assert len({(answer.status, answer.body) for answer in answers}) == 1
    assert answers[0].status == 200
    assert balance() == left - 10


def test_the_miles_of_one_member_are_not_anothers(quick):
    quick.join(BEN)
    refused(ask("redeem", spend("x-1", 1, member=BEN)), 409, "not-enough")
