"""What SES publishes, in its own words, and what the engine understands of it."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from functional.worlds import DAY, play
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.feedback import FeedbackKind, StepKey
from chalicelib.domain.reasons import Reason
from chalicelib.handlers.ses_event import FeedbackError, parse_ses_event

EVENTS = Path(__file__).parents[1] / "events"
MEANING = {
    "send": FeedbackKind.SENT,
    "delivery": FeedbackKind.DELIVERED,
    "delivery_delay": FeedbackKind.DELAYED,
    "bounce_permanent": FeedbackKind.HARD_BOUNCED,
    "bounce_suppressed": FeedbackKind.HARD_BOUNCED,
    "bounce_transient": FeedbackKind.SOFT_BOUNCED,
    "bounce_undetermined": FeedbackKind.SOFT_BOUNCED,
    "complaint": FeedbackKind.COMPLAINED,
    "reject": FeedbackKind.REJECTED,
    "open_person": FeedbackKind.OPENED_BY_PERSON,
    "open_bot": FeedbackKind.OPENED,
    "open_bot_said_above": FeedbackKind.OPENED,
    "open_apple": FeedbackKind.OPENED,
    "open_gmail": FeedbackKind.OPENED,
    "click_person": FeedbackKind.CLICKED_BY_PERSON,
    "click_bot": FeedbackKind.CLICKED,
}
NOT_OURS = ("rendering_failure", "subscription", "foreign")


def raw(name):
    return (EVENTS / f"ses_{name}.json").read_text()


def in_sns(body):
    """Wrap an event as SNS does without raw delivery."""
    envelope = json.loads((EVENTS / "sns_notification.json").read_text())
    return json.dumps({**envelope, "Message": body})


def about(received, name):
    """Return the event as if it were about this mail of the world."""
    told = json.loads(raw(name))
    told["mail"]["tags"] |= {key: [value] for key, value in received.mail.tags.items()}
    told["mail"]["messageId"] = received.message_id
    return json.dumps(told)


@pytest.fixture
def stage():
    with play() as stage:
        stage.join()
        yield stage


def hear(stage, body):
    stage.world.substrate.publish_feedback(body)
    stage.world.run_now()


def test_every_recorded_event_has_a_meaning_here():
    recorded = {path.stem.removeprefix("ses_") for path in EVENTS.glob("ses_*.json")}
    assert recorded == {*MEANING, *NOT_OURS}
    assert set(MEANING.values()) == set(FeedbackKind)


@pytest.mark.parametrize("wrap", [str, in_sns], ids=["raw", "inside SNS"])
@pytest.mark.parametrize("name", MEANING)
def test_an_event_means_one_thing_of_the_vocabulary(name, wrap):
    feedback, recipient = parse_ses_event(wrap(raw(name)))
    assert recipient == "ann@example.com"
    assert feedback.kind is MEANING[name]
    assert feedback.key == StepKey(
        member_id="jedeq64dcupcihnuz7oozgjwdy", journey="welcome", entry=1, step="welcome"
    )
    assert feedback.attempt == "k3v7pqzn2xa5"
    assert feedback.message_id == "0100018f2a3b4c5d-11111111-2222-3333-4444-555555555555-000000"
    assert feedback.at.tzinfo


def test_the_time_is_that_of_what_happened_and_else_that_of_the_mail():
    sent_at = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
    delivered_at = datetime(2027, 3, 1, 7, 0, 1, 957000, UTC)
    for name, at in [("delivery", delivered_at), ("send", sent_at), ("reject", sent_at)]:
        assert parse_ses_event(raw(name)).feedback.at == at


@pytest.mark.parametrize("name", NOT_OURS)
def test_an_event_of_another_kind_or_about_a_foreign_mail_is_passed_over(name):
    assert parse_ses_event(raw(name)) is None


@pytest.mark.parametrize("tag", ["member", "journey", "entry", "step", "attempt"])
def test_a_mail_that_lacks_one_of_our_tags_is_foreign(tag):
    told = json.loads(raw("bounce_permanent"))
    del told["mail"]["tags"][tag]
    assert parse_ses_event(json.dumps(told)) is None


def test_an_older_notification_is_understood():
    told = json.loads(raw("bounce_permanent"))
    told["notificationType"] = told.pop("eventType")
    assert parse_ses_event(json.dumps(told)).feedback.kind is FeedbackKind.HARD_BOUNCED


def test_fields_that_are_absent_or_new_are_borne():
    told = json.loads(raw("open_person"))
    told["mail"] = {key: told["mail"][key] for key in ("timestamp", "tags")}
    told["open"] = {"newField": {"deep": [1]}}
    told["another"] = 1
    heard = parse_ses_event(json.dumps(told))
    assert (heard.feedback.kind, heard.recipient) == (FeedbackKind.OPENED_BY_PERSON, "")


GARBAGE = {
    "empty": "",
    "no JSON": "{",
    "a list": "[]",
    "text": '"x"',
    "deep": "[" * 100_000,
    "no event": "{}",
    "SNS around nothing": json.dumps({"Type": "Notification"}),
    "SNS around garbage": json.dumps({"Type": "Notification", "Message": "{"}),
    "SNS around a number": json.dumps({"Type": "Notification", "Message": 7}),
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
def test_what_is_no_event_is_an_error(body):
    with pytest.raises(FeedbackError):
        parse_ses_event(body)


def broken(**changes):
    told = json.loads(raw("bounce_permanent"))
    told["mail"]["tags"] |= changes.pop("tags", {})
    return json.dumps({**told, **changes})


@pytest.mark.parametrize(
    "body",
    [
        broken(tags={"entry": ["first"]}),
        broken(tags={"entry": [None]}),
        broken(tags={"member": "text"}),
        broken(tags={"member": [7]}),
        broken(tags={"step": [["a"]]}),
        broken(bounce={"bounceType": "Permanent", "timestamp": "yesterday"}),
        broken(eventType=["Bounce"]),
        broken(eventType={"a": 1}),
        broken(mail=None),
        broken(bounce=None),
        broken(mail={"tags": 7}),
    ],
)
def test_what_is_broken_inside_is_passed_over_or_an_error_of_ours(body):
    """A person can mend a FeedbackError; anything else would be a mistake in the parser."""
    try:
        heard = parse_ses_event(body)
    except FeedbackError:
        return
    assert heard is None or isinstance(heard.feedback.key.member_id, str)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(
    name=st.sampled_from([*MEANING, *NOT_OURS]),
    where=st.sampled_from(
        [
            ("eventType",),
            ("mail",),
            ("mail", "tags"),
            ("mail", "tags", "member"),
            ("mail", "tags", "entry"),
            ("mail", "messageId"),
            ("mail", "timestamp"),
            ("isBotEvent",),
            ("open",),
            ("open", "isBotEvent"),
            ("open", "userAgent"),
            ("open", "timestamp"),
            ("bounce", "bounceType"),
        ]
    ),
    value=json_values,
)
def test_any_damage_is_borne_or_an_error_of_ours(name, where, value):
    told = json.loads(raw(name))
    place = told
    for part in where[:-1]:
        place = place.setdefault(part, {})
    place[where[-1]] = value
    with suppress(FeedbackError):
        parse_ses_event(json.dumps(told))


@pytest.mark.parametrize("wrap", [str, in_sns], ids=["raw", "inside SNS"])
@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("bounce_permanent", "hard_bounce"),
        ("bounce_suppressed", "hard_bounce"),
        ("complaint", "complaint"),
    ],
)
def test_a_hard_bounce_or_a_complaint_ends_all_mails_at_once(stage, name, cause, wrap):
    hear(stage, wrap(about(stage.received[0], name)))
    assert stage.profile().suppression.cause == cause
    assert stage.enrolment().exit.reason is Reason.SUPPRESSED
    stage.tell("account.registered")
    stage.advance(days=20)
    assert stage.mails == ["welcome"]


@pytest.mark.parametrize("name", ["bounce_transient", "bounce_undetermined", "delivery_delay"])
def test_a_soft_bounce_or_a_delay_ends_nothing(stage, name):
    hear(stage, about(stage.received[0], name))
    assert stage.profile().suppression is None
    stage.advance(days=4)
    assert stage.mails == ["welcome", "reminder"]


def test_a_complaint_that_lists_a_whole_domain_is_held_against_the_mails_own_member(stage):
    bob = {"card": "7000000002", "email": "bob@example.com"}
    stage.join(bob)
    hear(stage, about(stage.received[0], "complaint"))
    assert stage.profile().suppression
    assert stage.profile(bob).suppression is None


@pytest.mark.parametrize("name", [name for name in MEANING if name.startswith(("open", "click"))])
def test_machines_are_counted_raw_and_people_both_raw_and_filtered(stage, name):
    hear(stage, about(stage.received[0], name))
    heard = set(stage.step("welcome").feedback)
    raw_kind = FeedbackKind.OPENED if name.startswith("open") else FeedbackKind.CLICKED
    by_person = {
        FeedbackKind.OPENED: FeedbackKind.OPENED_BY_PERSON,
        FeedbackKind.CLICKED: FeedbackKind.CLICKED_BY_PERSON,
    }[raw_kind]
    assert heard == ({raw_kind, by_person} if name.endswith("person") else {raw_kind})


def test_neither_opens_nor_clicks_decide_anything(stage):
    before = stage.enrolment()
    for name in ("open_person", "click_person", "open_bot"):
        hear(stage, about(stage.received[0], name))
    after = stage.enrolment()
    assert (after.step, after.due_at, after.exit) == (before.step, before.due_at, before.exit)


@pytest.mark.parametrize("name", NOT_OURS)
def test_what_is_not_about_our_mails_changes_nothing_and_is_counted(stage, name):
    before = (stage.profile(), stage.enrolment())
    hear(stage, raw(name))
    assert (stage.profile(), stage.enrolment()) == before
    assert stage.engine.metrics.counts["feedback_not_ours"] == 1
    assert stage.world.substrate.feedback.dead_letters() == []


def test_feedback_on_a_member_a_journey_or_a_step_that_is_gone_is_borne(stage):
    for tags in (
        {"member": ["z" * 26]},
        {"journey": ["gone"]},
        {"step": ["gone"]},
        {"attempt": ["gone"]},
    ):
        told = json.loads(about(stage.received[0], "open_person"))
        told["mail"]["tags"] |= tags
        hear(stage, json.dumps(told))
    stage.advance(hours=1)
    assert stage.world.substrate.feedback.dead_letters() == []
    assert stage.step("welcome").feedback == {}


def test_a_bounce_of_a_former_address_does_not_silence_the_new_one(stage):
    """The bounce speaks of the address that the mail went to."""
    stage.tell("member.updated", at=stage.world.now() + DAY / 24, email="new@example.com")
    stage.advance(hours=2)
    hear(stage, about(stage.received[0], "bounce_permanent"))
    assert stage.profile().suppression is None
    stage.advance(days=4)
    assert stage.mails == ["welcome", "reminder"]


def test_a_bounce_that_does_not_say_of_which_address_is_taken_for_the_present_one(stage):
    told = json.loads(about(stage.received[0], "bounce_permanent"))
    del told["mail"]["destination"]
    hear(stage, json.dumps(told))
    assert stage.profile().suppression


def test_a_complaint_about_a_former_address_still_speaks_for_the_person(stage):
    stage.tell("member.updated", at=stage.world.now() + DAY / 24, email="new@example.com")
    hear(stage, about(stage.received[0], "complaint"))
    assert stage.profile().suppression.cause == "complaint"


def test_a_complaint_about_a_mail_of_a_journey_that_is_gone_still_counts(stage):
    [received] = stage.received
    stage.use(programme=replace(stage.engine.programme, journeys={}))
    hear(stage, about(received, "complaint"))
    assert stage.profile().suppression.cause == "complaint"


def test_a_new_address_after_a_bounce_lifts_the_suppression_but_not_the_journeys_end(stage):
    hear(stage, about(stage.received[0], "bounce_permanent"))
    stage.tell("member.updated", at=stage.world.now() + DAY / 24, email="new@example.com")
    assert stage.profile().suppression is None
    assert stage.enrolment().exit.reason is Reason.SUPPRESSED


def test_a_new_address_after_a_complaint_lifts_nothing(stage):
    hear(stage, about(stage.received[0], "complaint"))
    stage.tell("member.updated", at=stage.world.now() + DAY / 24, email="new@example.com")
    assert stage.profile().suppression
