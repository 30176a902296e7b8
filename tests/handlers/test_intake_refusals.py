"""Whatever a partner sends wrong is a 4xx that says what, where and how to mend it."""

import base64
import json
import string
from datetime import UTC, datetime, timedelta

import pytest
from functional.worlds import START, batch, event, play, post, problem_of
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.events import EventOutcome
from chalicelib.handlers.signed_request import MAX_BODY_BYTES, MAX_ERRORS_TOLD
from chalicelib.world import gateway

WRONG_SECRET = "whsec_" + base64.b64encode(b"not the secret of this partner").decode()


@pytest.fixture(scope="module")
def stage():
    """One world for all: what is refused changes nothing."""
    with play() as stage:
        yield stage


def refused(answer, status, name):
    problem = problem_of(answer)
    assert (answer.status, problem["type"]) == (status, f"urn:milepost:problem:{name}")
    return problem


def pointers(answer):
    return [error["pointer"] for error in refused(answer, 422, "invalid-event")["errors"]]


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, "", " ", "a.b", "é", "x" * 5000, "v1,", "w1\n", "1,9"])
def test_a_missing_or_malformed_header_is_named(stage, name, value):
    problem = refused(post(event(), headers={name: value}), 400, "malformed-signature")
    assert name in problem["detail"]


@pytest.mark.parametrize(
    "signature",
    ["v1,!!!!", "v1,A", "v1,AAAAA", "v1;AAAA", "AAAA", "v1,AAAA,v1", "v1,AAAA  v1,AAAA", "v2"],
)
def test_a_signature_that_is_no_base64_is_malformed_or_not_authentic(stage, signature):
    answer = post(event(), headers={"webhook-signature": signature})
    assert answer.status in (400, 401)
    assert problem_of(answer)["detail"]


@pytest.mark.parametrize("minutes", [-6, 6, -60 * 24 * 365])
def test_a_time_that_is_too_far_off_is_not_authentic(stage, minutes):
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    refused(post(event(), at=at), 401, "not-authentic")


def test_a_signature_with_another_secret_is_not_authentic(stage):
    refused(post(event(), secret=WRONG_SECRET), 401, "not-authentic")


def test_a_body_that_was_changed_on_its_way_is_not_authentic(stage):
    good = event()
    headers = {}

    def steal(method, path, sent, raw):
        headers.update(sent)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chalicelib.world.gateway.request", steal)
        post(good)
    changed = json.dumps(event(channel="online")).encode()
    refused(post(changed, headers=headers), 401, "not-authentic")


def test_a_signature_of_the_second_version_alone_is_not_authentic(stage):
    refused(post(event(), headers={"webhook-signature": f"v2,{'A' * 43}="}), 401, "not-authentic")


@pytest.mark.parametrize("partner", ["nobody", "demo2", "DEMO", "%00", "x" * 300, "<script>"])
def test_an_unknown_partner_is_not_found(stage, partner):
    problem = refused(post(event(), partner=partner), 404, "unknown-partner")
    assert len(problem["detail"]) < 300


def test_a_body_over_the_limit_is_too_large_whoever_signed_it(stage):
    raw = json.dumps(event(first_name="x" * MAX_BODY_BYTES)).encode()
    problem = refused(post(raw, headers={"webhook-signature": "forged"}), 413, "too-large")
    assert str(MAX_BODY_BYTES) in problem["detail"]


NOT_JSON = {
    "empty": b"",
    "one brace": b"{",
    "two values": b"{}{}",
    "no quotes": b"{type: 1}",
    "NaN": b'{"type": NaN}',
    "infinity": b'{"a": [-Infinity]}',
    "deep lists": b"[" * 100_000,
    "deep maps": b'{"a":' * 50_000,
    "deep and closed": b"[" * 100_000 + b"]" * 100_000,
    "lone surrogate": b'{"type": "\\ud800"}',
    "lone surrogate as a key": b'{"\\udfff": 1}',
    "huge integer": b'{"a": ' + b"9" * 5000 + b"}",
    "a BOM": b"\xef\xbb\xbf{}",
    "a zero": b'{"a": "\x00"}',
    "an array": b"[]",
    "a string": b'"text"',
    "a number": b"1e999",
    "null": b"null",
}


@pytest.mark.parametrize("raw", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_no_json_object_is_a_bad_request(stage, raw):
    refused(post(raw), 400, "not-json")


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe", b'{"type": "\xff"}', b"\xc3\x28", "{}".encode("utf-16")]
)
def test_a_body_that_is_not_utf_8_is_a_bad_request(stage, raw):
    now = datetime.now(UTC)
    answer = post(raw, at=now) if _is_text(raw) else _post_bytes(raw, now)
    assert answer.status in (400, 401)
    problem_of(answer)


def _is_text(raw):
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _post_bytes(raw, now):
    headers = {
        "webhook-id": "w1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": f"v1,{'A' * 43}=",
    }
    return gateway.request("POST", "/v1/partners/demo/events", headers, raw)


def without(body, *path):
    changed = json.loads(json.dumps(body))
    place = changed
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return changed


INVALID = {
    "no type": (without(event(), "type"), "/type"),
    "no timestamp": (without(event(), "timestamp"), "/timestamp"),
    "no data": (without(event(), "data"), "/data"),
    "no member": (without(event(), "data", "member"), "/data/member"),
    "no channel": (without(event(), "data", "channel"), "/data/channel"),
    "no airport": (event("profile.completed"), "/data/home_airport"),
    "unknown type": (event("member.flew"), "/type"),
    "news of the engine's own": (event("tier.reached"), "/type"),
    "type is a number": ({**event(), "type": 7}, "/type"),
    "type is a list": ({**event(), "type": ["member.joined"]}, "/type"),
    "type is null": ({**event(), "type": None}, "/type"),
    "unknown field above": ({**event(), "extra": 1}, "/extra"),
    "unknown field": (event(nickname="Annie"), "/data/nickname"),
    "field of another type": (event("app.installed", channel="online"), "/data/channel"),
    "unknown name": (event(member={"passport": "1"}), "/data/member/passport"),
    "slash and tilde in a name": (event(**{"a/b~c": 1}), "/data/a~1b~0c"),
    "field named event": (event(event=1), "/data/event"),
    "no name": (event(member={}), "/data/member"),
    "only nulls for names": (event(member={"card": None}), "/data/member"),
    "member is text": (event(member="7000000001"), "/data/member"),
    "data is a list": ({**event(), "data": []}, "/data"),
    "channel is none of the two": (event(channel="phone"), "/data/channel"),
    "naive time": ({**event(), "timestamp": "2027-03-01T10:00:00"}, "/timestamp"),
    "no time": ({**event(), "timestamp": "yesterday"}, "/timestamp"),
    "time is a number": ({**event(), "timestamp": 1_800_000_000}, "/timestamp"),
    "time is a number as text": ({**event(), "timestamp": "1800000000"}, "/timestamp"),
    "bad e-mail": (event(email="not an address"), "/data/email"),
    "e-mail with two lines": (event(email="a@example.com\nBcc: b@example.com"), "/data/email"),
    "e-mail with Cyrillic": (event(email="анна@example.com"), "/data/email"),
    "bad phone": (event(phone="call me"), "/data/phone"),
    "bad card": (event(member={"card": "#!"}), "/data/member/card"),
    "card of spaces": (event(member={"card": " \n "}), "/data/member/card"),
    "card is a number": (event(member={"card": 7_000_000_001}), "/data/member/card"),
    "long card": (event(member={"card": "7" * 33}), "/data/member/card"),
    "bad airport": (event(home_airport="Moscow"), "/data/home_airport"),
    "bad zone": (event(time_zone="Mars/Base"), "/data/time_zone"),
    "zone is a path": (event(time_zone="../../etc/passwd"), "/data/time_zone"),
    "zone is a folder": (event(time_zone="Europe"), "/data/time_zone"),
    "bad locale": (event(locale="../ru"), "/data/locale"),
    "long name": (event(first_name="x" * 201), "/data/first_name"),
    "name is a number": (event(first_name=7), "/data/first_name"),
    "undeclared unit": (event(balances={"stars": 1}), "/data/balances/stars"),
    "undeclared tier": (event(tier="diamond"), "/data/tier"),
    "balance is text": (event(balances={"redeemable": "1"}), "/data/balances/redeemable"),
    "balance is a fraction": (event(balances={"redeemable": 1.5}), "/data/balances/redeemable"),
    "balance is a flag": (event(balances={"redeemable": True}), "/data/balances/redeemable"),
    "balance is huge": (event(balances={"redeemable": 10**13}), "/data/balances/redeemable"),
    "many balances": (event(balances={f"u{n}": 1 for n in range(17)}), "/data/balances"),
    "left in the future": (event(left_at="2030-01-01T00:00:00Z"), "/data/left_at"),
}


@pytest.mark.parametrize(("body", "pointer"), INVALID.values(), ids=INVALID)
def test_what_is_invalid_is_named_by_its_place(stage, body, pointer):
    answer = post(body)
    assert pointer in pointers(answer)
    for error in problem_of(answer)["errors"]:
        assert error["detail"]
        assert "Value error" not in error["detail"]


@pytest.mark.parametrize(("body", "pointer"), INVALID.values(), ids=INVALID)
def test_what_is_invalid_inside_a_batch_is_named_by_its_place_there(stage, body, pointer):
    wrapped = batch(event(), body)
    assert f"/data/events/1{pointer}" in pointers(post(wrapped))


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**event(), "timestamp": "BIG"}, "/timestamp"),
        (event(balances={"redeemable": "BIG"}), "/data/balances/redeemable"),
    ],
)
@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"9" * 4000])
def test_numbers_that_no_machine_holds_are_refused(stage, body, pointer, number):
    raw = json.dumps(body).encode().replace(b'"BIG"', number)
    assert pointer in pointers(post(raw))


BATCHES = {
    "empty": (batch(), "/data/events"),
    "501 events": (batch(*[event(member={"card": "1"})] * 501), "/data/events"),
    "no list": ({**batch(), "data": {"events": {}}}, "/data/events"),
    "no data": (without(batch(event()), "data"), "/data"),
    "event is text": ({**batch(), "data": {"events": ["x"]}}, "/data/events/0"),
    "event is null": ({**batch(), "data": {"events": [None]}}, "/data/events/0"),
    "no id": (without(batch(event()), "data", "events", 0, "id"), "/data/events/0/id"),
    "bad id": (batch({**event(), "id": "a.b"}), "/data/events/0/id"),
    "long id": (batch({**event(), "id": "x" * 65}), "/data/events/0/id"),
    "id with a line end": (batch({**event(), "id": "x\n"}), "/data/events/0/id"),
    "a batch in a batch": (batch(batch(event())), "/data/events/0/type"),
    "one id, two bodies": (
        batch({**event(), "id": "x"}, {**event(channel="online"), "id": "x"}),
        "/data/events/1/id",
    ),
}


@pytest.mark.parametrize(("body", "pointer"), BATCHES.values(), ids=BATCHES)
def test_a_batch_that_is_invalid_is_named_by_its_place(stage, body, pointer):
    assert pointer in pointers(post(body))


def test_of_many_faults_some_are_told_and_all_are_counted(stage):
    answer = post(batch(*[event(tier="diamond")] * 100))
    problem = refused(answer, 422, "invalid-event")
    assert len(problem["errors"]) == MAX_ERRORS_TOLD
    assert "99 more" in problem["detail"]
    assert "Nothing of it was taken" in problem["detail"]


def test_nothing_of_what_is_refused_is_stored_or_queued(stage):
    with play() as fresh:
        for body, _ in [*INVALID.values(), *BATCHES.values()]:
            post(body)
        assert fresh.outcomes() == {}
        assert fresh.world.substrate.events.receive(1) == []
    stage.use()


def test_a_refusal_does_not_repeat_what_the_partner_sent(stage):
    """Problem bodies end in partners' logs: no personal data, and nothing to inject."""
    for body in (
        event(email="canary@@example.com"),
        event(phone="canary"),
        event(time_zone="canary"),
        event(first_name="canary" * 50),
        event(locale="canary<script>"),
    ):
        assert b"canary" not in post(body).body


# Fuzzing: whatever is signed is answered with 202 or told what is wrong with it.

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
TYPES = ("member.joined", "member.updated", "profile.completed", "app.installed", "member.left")
times = st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat())
past_times = st.datetimes(timezones=st.timezones()).map(
    lambda at: at.replace(year=1980 + at.year % 47, day=min(at.day, 28)).isoformat()
)
words = st.text(string.printable, max_size=12)
FIELDS = {
    "channel": st.sampled_from(["online", "offline"]),
    "locale": words,
    "first_name": st.text(max_size=40),
    "name_on_card": st.text(max_size=220),
    "card": words,
    "email": st.emails() | words,
    "phone": words,
    "home_airport": st.from_regex(r"[A-Za-z]{2,4}"),
    "time_zone": st.timezone_keys() | words,
    "tier": st.sampled_from(["basic", "gold", "diamond", ""]),
    "balances": st.dictionaries(st.sampled_from(["redeemable", "stars"]), st.integers() | anything),
    "left_at": times,
}
GOOD_FIELDS = {
    "locale": st.sampled_from(["ru", "en-GB", "zh_Hant_TW"]),
    "first_name": st.text(max_size=40),
    "last_name": st.text(max_size=200),
    "name_on_card": st.text(max_size=40),
    "email": st.emails(),
    "phone": st.from_regex(r"\+[1-9][0-9]{4,14}", fullmatch=True),
    "home_airport": st.from_regex(r"[A-Z]{3}", fullmatch=True),
    "time_zone": st.timezone_keys(),
    "tier": st.sampled_from(["basic", "gold"]),
    "balances": st.dictionaries(
        st.sampled_from(["redeemable", "qualifying"]), st.integers(-(10**12), 10**12)
    ),
}
members = st.fixed_dictionaries(
    {}, optional={"card": words | st.just("7000000001"), "email": st.emails(), "phone": words}
)


def events():
    fields = {name: strategy | anything for name, strategy in FIELDS.items()}
    data = st.fixed_dictionaries({"member": members | anything}, optional=fields)
    return st.fixed_dictionaries(
        {
            "type": st.sampled_from(TYPES) | words,
            "timestamp": times | st.just(START.isoformat()) | anything,
            "data": data | anything,
        },
        optional={"id": words | st.just("x")},
    )


def batches():
    return st.builds(
        lambda inner, at: {"type": "batch", "timestamp": at, "data": {"events": inner}},
        st.lists(events(), max_size=4) | anything,
        times | anything,
    )


def good_events():
    """Events that nothing is wrong with, but that nobody would think of."""
    channel = st.sampled_from(["online", "offline"])
    card = st.from_regex(r"[0-9A-Za-z]([0-9A-Za-z -]{0,30}[0-9A-Za-z])?", fullmatch=True)
    return st.builds(
        lambda at, card, channel, fields: {
            "type": "member.joined",
            "timestamp": at,
            "data": {"member": {"card": card}, "channel": channel, **fields},
        },
        past_times,
        card,
        channel,
        st.fixed_dictionaries({}, optional=GOOD_FIELDS),
    )


@settings(max_examples=150)
@given(body=events() | batches() | anything)
def test_any_signed_body_is_taken_or_told_what_is_wrong_with_it(stage, body):
    raw = json.dumps(body).encode()
    answer = post(raw, f"f{abs(hash(raw))}")
    assert answer.status == 202 or 400 <= answer.status < 500, answer
    if answer.status == 202:
        assert json.loads(answer.body)["accepted"] >= 1
    else:
        problem_of(answer)


@settings(max_examples=80)
@given(body=good_events())
def test_any_event_that_nothing_is_wrong_with_is_taken_and_applied(stage, body):
    """Nothing that is answered with 202 may choke the functions behind the queue."""
    raw = json.dumps(body).encode()
    webhook_id = f"g{abs(hash(raw))}"
    assert post(raw, webhook_id).status == 202
    stage.world.run_now()
    outcome = stage.engine.events.find("demo", webhook_id).outcome
    assert outcome in (EventOutcome.APPLIED, EventOutcome.STALE)


@settings(max_examples=60)
@given(raw=st.text(max_size=200).map(str.encode) | st.binary(max_size=200).filter(_is_text))
def test_any_signed_text_is_taken_or_told_what_is_wrong_with_it(stage, raw):
    answer = post(raw)
    assert 400 <= answer.status < 500
    problem_of(answer)


@settings(max_examples=60)
@given(
    headers=st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "content-type"]),
        st.text(max_size=60) | st.none(),
    )
)
def test_any_headers_are_taken_or_told_what_is_wrong_with_them(stage, headers):
    answer = post(event(), "w1", headers=headers)
    assert answer.status == 202 or 400 <= answer.status < 500
    if answer.status != 202:
        problem_of(answer)
