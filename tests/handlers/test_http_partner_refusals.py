"""What a partner asks wrong is refused, with the place and the cure, and nothing is done."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from functional.worlds import ANN, START, ask, play
from handlers.partner_calls import OTHER_SECRET, TODAY, UNIT, purchase, refused, spend, transaction

from chalicelib import bootstrap
from chalicelib.domain.transaction import MOST_LINES
from chalicelib.handlers.ledger_acts import ACTS
from chalicelib.handlers.partner_schema import LONGEST_HOLD_MINUTES, MOST_POSTED, MOST_STATED
from chalicelib.handlers.signed_request import MAX_BODY_BYTES

TOMORROW = (START.date() + timedelta(days=1)).isoformat()
DAY_AFTER = (START.date() + timedelta(days=2)).isoformat()
WHOLE = {
    "validate": {"member": ANN, "last_name": "Lee"},
    "post": transaction("x-1", purchase(5)),
    "simulate": transaction("x-1", purchase(5)),
    "redeem": spend("x-1", 10),
    "reserve": spend("x-1", 10, minutes=7),
    "capture": {"reference": "x-1", "reservation": "h-1", "amount": 3},
    "release": {"reference": "x-1", "reservation": "h-1"},
    "reverse": {"reference": "x-1", "original": "r-1", "amount": 4},
    "use-benefit": {"reference": "x-1", "member": ANN, "benefit": "lounge"},
    "return-benefit": {"reference": "x-1", "member": ANN, "benefit": "lounge"},
    "statement": {"member": ANN, "most": 3},
}
OPTIONAL = {"last_name", "minutes", "most"}
WRONG = {
    "reference": ["", "a b", "a.b", "é", "x" * 65, 7, None],
    "reservation": ["", "a.b", "x" * 65, 7, None],
    "original": ["", "a.b", "x" * 65, 7, None],
    "amount": [0, -1, 1.5, 1.0, "1", True, MOST_POSTED + 1],
    "minutes": [0, -1, 1.5, "7", LONGEST_HOLD_MINUTES + 1, None],
    "most": [0, MOST_STATED + 1, "3", None],
    "unit": ["", "Miles", "gold", 7, None],
    "benefit": ["", "Lounge", "7", "x" * 41, 7, None],
    "on": [
        "",
        "yesterday",
        "2027-02-30",
        20270301,
        "20270301",
        "2027-W09-1",
        "1899-12-31",
        DAY_AFTER,
        None,
    ],
    "lines": [[], None, {}, [purchase(1)] * (MOST_LINES + 1)],
    "member": [None, {}, "7000000001", {"card": ""}],
    "last_name": [7, "x" * 201, "", " \t"],
}
FIELDS = [(act, name) for act, body in WHOLE.items() for name in body]
LIMITS = [
    ("redeem", {"amount": MOST_POSTED}, 409),
    ("reserve", {"amount": 1, "minutes": LONGEST_HOLD_MINUTES}, 409),
    ("reserve", {"amount": 1, "minutes": 1}, 409),
    ("post", {"on": TOMORROW}, 200),
    ("post", {"on": "1900-01-01"}, 200),
    ("post", {"lines": [purchase(1)] * MOST_LINES}, 200),
    ("statement", {"most": MOST_STATED}, 200),
    ("statement", {"most": 1}, 200),
]


@pytest.fixture(scope="module")
def shared():
    """One world for all: what is refused changes nothing."""
    with play() as stage:
        stage.join(last_name="Lee")
        yield stage


@pytest.fixture
def stage(shared):
    """The world that requests go to, whatever another test has put in its place."""
    bootstrap.use(shared.world.engine)
    return shared


def pointers(answer):
    return [error["pointer"] for error in refused(answer, 422, "invalid-request")["errors"]]


def test_every_act_has_an_example_here():
    assert set(WHOLE) == set(ACTS)


@pytest.mark.parametrize(("act", "name"), FIELDS)
def test_a_field_that_is_wrong_is_named(stage, act, name):
    for value in WRONG[name]:
        found = pointers(ask(act, {**WHOLE[act], name: value}))
        assert found, value
        assert all(each == f"/{name}" or each.startswith(f"/{name}/") for each in found), value
    assert list(stage.engine.memberships.every_posting()) == []


@pytest.mark.parametrize(("act", "name"), FIELDS)
def test_a_field_that_is_missing_is_named_unless_it_may_be(stage, act, name):
    body = {key: value for key, value in WHOLE[act].items() if key != name}
    answer = ask(act, body)
    is_optional = name in OPTIONAL or (name == "amount" and act in ("capture", "reverse"))
    assert (answer.status != 422) is is_optional
    if not is_optional:
        assert pointers(answer) == [f"/{name}"]


@pytest.mark.parametrize("act", ACTS)
def test_a_field_that_is_not_declared_is_named(stage, act):
    assert pointers(ask(act, {**WHOLE[act], "a/b~c": 1})) == ["/a~1b~0c"]


@pytest.mark.parametrize(
    ("line", "pointer"),
    [
        ({"kind": "Flight"}, "/lines/1/kind"),
        ({"kind": "purchase", "amount": -1}, "/lines/1/amount"),
        ({"kind": "purchase", "amount": 12.5}, "/lines/1/amount"),
        ({"kind": "purchase", "amount": 1, "currency": "eur"}, "/lines/1/currency"),
        ({"kind": "flight", "distance": 25_001}, "/lines/1/distance"),
        ({"kind": "flight", "quantity": 0}, "/lines/1/quantity"),
        ({"kind": "flight", "colour": "red"}, "/lines/1/colour"),
    ],
)
def test_a_line_that_is_wrong_is_named(stage, line, pointer):
    assert pointers(ask("post", transaction("x-1", purchase(1), line))) == [pointer]
    assert pointers(ask("simulate", transaction("x-1", purchase(1), line))) == [pointer]


@pytest.mark.parametrize(("act", "changed", "status"), LIMITS)
def test_what_is_just_within_the_limits_is_understood(act, changed, status):
    with play() as stage:
        stage.join()
        assert ask(act, {**WHOLE[act], **changed}).status == status


@pytest.mark.parametrize("act", ["post", "simulate", "redeem", "reserve", "statement"])
def test_a_member_whom_nobody_has_told_of_is_not_found(stage, act):
    answer = ask(act, {**WHOLE[act], "member": {"card": "7000000099"}})
    refused(answer, 404, "unknown-member")


@pytest.mark.parametrize("act", ["", "Redeem", "spend", "events", "<b>", "%20", "x" * 200])
def test_an_act_that_there_is_not_is_not_found(stage, act):
    if act:
        refused(ask(act, WHOLE["redeem"]), 404, "unknown-act")
    else:
        assert ask(act, WHOLE["redeem"]).status == 404


@pytest.mark.parametrize("act", ACTS)
def test_a_partner_that_there_is_not_is_not_found(stage, act):
    refused(ask(act, WHOLE[act], partner="nobody"), 404, "unknown-partner")


@pytest.mark.parametrize("act", ACTS)
def test_who_does_not_sign_as_the_partner_is_not_authentic(stage, act):
    refused(ask(act, WHOLE[act], secret=OTHER_SECRET), 401, "not-authentic")
    late = datetime.now(UTC) - timedelta(minutes=6)
    refused(ask(act, WHOLE[act], at=late), 401, "not-authentic")
    unsigned = ask(act, WHOLE[act], headers={"webhook-signature": None})
    refused(unsigned, 400, "malformed-signature")


@pytest.mark.parametrize("act", ACTS)
def test_a_body_over_the_limit_is_too_large(stage, act):
    raw = json.dumps({**WHOLE[act], "more": "x" * MAX_BODY_BYTES}).encode()
    refused(ask(act, raw), 413, "too-large")


@pytest.mark.parametrize("act", ACTS)
def test_what_is_no_json_object_is_a_bad_request(stage, act):
    for raw in (b"", b"[]", b"{", b'{"amount": NaN}', b'{"reference": "\\ud800"}'):
        refused(ask(act, raw), 400, "not-json")


def test_a_field_that_is_there_twice_is_refused_with_its_name(stage):
    raw = json.dumps(WHOLE["redeem"])[:-1] + ', "amount": 9}'
    problem = refused(ask("redeem", raw.encode()), 400, "not-json")
    assert "'amount' is there twice" in problem["detail"]


@pytest.mark.parametrize("act", [act for act in ACTS if "member" in WHOLE[act]])
def test_an_address_alone_names_nobody_so_that_none_can_be_tried(stage, act):
    for member in ({"email": "anna@example.com"}, {"phone": "+15550001"}, {"card": None}):
        assert pointers(ask(act, {**WHOLE[act], "member": member}))[0].startswith("/member")


def test_an_undeclared_unit_is_answered_with_those_that_are_declared(stage):
    problem = refused(
        ask("redeem", {**WHOLE["redeem"], "reference": "x-2", "unit": "gold"}),
        422,
        "invalid-request",
    )
    assert UNIT in problem["errors"][0]["detail"]


def test_a_refused_request_leaves_its_reference_free(stage):
    with play() as own:
        own.join()
        pointers(ask("post", {**WHOLE["post"], "on": DAY_AFTER}))
        assert ask("post", {**WHOLE["post"], "on": TODAY}).status == 200
