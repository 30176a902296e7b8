"""A rich story about canaries: what is personal stands in profiles, mails and messages alone."""

import json
import logging
from contextlib import contextmanager
from itertools import cycle
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError
from canaries import canaries_in
from functional import mortality
from functional.mortality import Fate, dying_play, post_until_taken
from functional.worlds import DAY, batch, event, play, post

from chalicelib.adapters.metrics import EmfMetrics
from chalicelib.observability import FunctionFailedError, JsonLines, Line, logger
from chalicelib.usecases.erase_member import erase_member
from chalicelib.usecases.ports import MessageError, UnavailableError
from chalicelib.world.ses_events import ses_event

CANARIA = {"card": "7000000009", "email": "canaria@example.com", "phone": "+7 999 123-45-67"}
KNOWN = {
    "channel": "offline",
    "first_name": "Canaria",
    "last_name": "Lovelace",
    "name_on_card": "CANARIA LOVELACE",
}
SONGS = ("canaria", "lovelace", "7000000009", "9991234567", "999 123")
QUOTED = json.dumps({**CANARIA, **KNOWN, "link": "/m/unsubscribe/k1.abc"})


def songs_in(text):
    """Say what of the canaries is in the text, or anything else that is personal."""
    low = text.lower()
    return [song for song in SONGS if song in low] + canaries_in(text)


class Lines(logging.Handler):
    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonLines())
        self.written = []

    def emit(self, record):
        self.written.append(self.format(record))

    def told(self):
        return {json.loads(line)["message"] for line in self.written}


@contextmanager
def listening():
    """Hear every line of the engine, and every warning of a library."""
    lines, libraries = Lines(), Lines()
    libraries.setLevel(logging.WARNING)
    former = logger.level
    logger.addHandler(lines)
    logging.getLogger().addHandler(libraries)
    try:
        yield lines
        assert libraries.written == []
    finally:
        logger.removeHandler(lines)
        logging.getLogger().removeHandler(libraries)
        logger.setLevel(former)


def joined(at):
    return event(at=at, member=CANARIA, **KNOWN)


HOSTILE = [
    b'{"type": "canaria@example.com"',
    b'"canaria@example.com"',
    {"type": "canaria@example.com", "timestamp": "canaria", "data": {"member": CANARIA}},
    {"type": "member.joined", "timestamp": "2027-03-01T07:00:00Z", "data": {"canaria": CANARIA}},
    {"type": "member.joined", "data": {"member": {"email": "canaria lovelace"}}},
    {"type": "member.updated", "data": {"member": CANARIA, "tier": "CANARIA LOVELACE"}},
    {"type": "batch", "data": {"events": [{"id": "canaria@example.com"}]}},
]
"""Bodies that are signed rightly and say wrong things."""

NOT_OURS = [
    "canaria@example.com",
    json.dumps({"eventType": "Bounce", "mail": {"destination": ["canaria@example.com"]}}),
    json.dumps({"eventType": "canaria", "mail": {"tags": {"member": ["canaria@example.com"]}}}),
]
"""What may come from the mail service's topic, and can't be read."""


def tell_everything(stage):
    """Webhooks good, bad, hostile and twice; mails; all feedback; pages; a conflict; erasing."""
    start = stage.world.now()
    for _ in range(2):
        post_until_taken(stage, joined(start), "joined")
    post(event("mail.consented", at=start, member=CANARIA), "joined")  # another body, an old id
    post(joined(start), "unsigned", secret="whsec_" + "A" * 40)
    post(joined(start), "no-partner", partner="nobody")
    for number, body in enumerate(HOSTILE):
        post(body, f"hostile-{number}")
    nobody = {**CANARIA, "card": "7000000010"}
    post(batch(event("app.installed", member=nobody), event("card.issued", member=CANARIA)), "b1")
    for body in NOT_OURS:
        stage.world.substrate.publish_feedback(body)
    stage.advance(days=5)
    stage.visit(stage.link("mail", stage.received[0]))
    stage.visit("/m/mail/k1.canaria@example.com")
    post_until_taken(stage, event("account.registered", at=stage.world.now(), member=CANARIA), "r")
    hear_all(stage)
    stage.visit(stage.link("unsubscribe", stage.received[0]), "POST")
    stage.advance(days=2)


def hear_all(stage):
    for received in list(stage.received):
        for kind in ("Delivery", "Open", "Click", "Bounce", "Complaint"):
            stage.hear(kind, received)
            stage.world.substrate.publish_feedback(
                ses_event(kind, received, stage.world.now() + DAY)
            )


# The whole story on what AWS is played by: what is stored and what is queued.


def stored_items():
    return boto3.client("dynamodb").scan(TableName="milepost")["Items"]


def test_a_whole_story_leaves_personal_data_in_the_profile_alone(capsys):
    with listening() as lines, play("moto") as stage:
        stage.use(metrics=EmfMetrics("Milepost"))
        tell_everything(stage)
        items, letters = stored_items(), stage.dead_letters()
    types = {item["type"]["S"] for item in items}
    assert {"PROFILE", "ENROLMENT", "MEMBERSHIP", "POSTING", "REFERENCE", "ALIAS", "EVENT"} <= types
    for item in items:
        text = json.dumps(item)
        if item["type"]["S"] == "PROFILE":
            assert "canaria@example.com" in text
        else:
            assert songs_in(text) == [], item
    assert letters
    for letter in letters:
        assert songs_in(json.dumps(dict(letter.attributes))) == []
    assert lines.told() >= {Line.WEBHOOK_ACCEPTED, Line.WEBHOOK_REFUSED, Line.MAILS_SENT}
    for line in lines.written:
        assert songs_in(line) == [], line
    printed = capsys.readouterr()
    metrics = [line for line in printed.out.splitlines() if '"CloudWatchMetrics"' in line]
    assert metrics
    assert [line for line in (printed.out + printed.err).splitlines() if songs_in(line)] == []


def test_when_the_member_is_erased_no_item_is_personal_any_more():
    with listening(), play("moto") as stage:
        tell_everything(stage)
        member_id = stage.id_of(CANARIA)
        assert erase_member(stage.engine, member_id)
        post(joined(stage.world.now()), "joined-again")
        stage.advance(hours=2)
        items = stored_items()
    assert "TOMBSTONE" in {item["type"]["S"] for item in items}
    for item in items:
        assert songs_in(json.dumps(item)) == [], item


# Errors that quote what they choked on, at every call.

CODES = {"Error": {"Code": "ValidationException", "Message": QUOTED}, "Item": {"a": {"S": QUOTED}}}
ERRORS = [
    ValueError(QUOTED),
    ClientError(CODES, "PutItem"),  # type: ignore[arg-type]
    UnavailableError(QUOTED),
    KeyError(QUOTED),
    MessageError(QUOTED),
]


def tell_short_story(stage):
    start = stage.world.now()
    post(joined(start), "joined")
    stage.advance(hours=2)
    hear_all(stage)
    if stage.received:
        stage.visit(stage.link("mail", stage.received[0]))
        stage.visit(stage.link("unsubscribe", stage.received[0]), "POST")
    stage.advance(days=2)


def calls_of_the_short_story():
    """Play it with nothing going wrong."""
    fate = Fate()
    with dying_play(fate) as stage:
        tell_short_story(stage)
    return fate.calls


CALLS = calls_of_the_short_story()


@contextmanager
def ends_watched(ends):
    """Keep what functions end with: Lambda prints its text."""

    def surviving(handler, after_death):
        def call(given, context):
            try:
                return handler(given, context)
            except Exception as error:  # noqa: BLE001 - whatever Lambda would print
                ends.append(error)
                return after_death(given)

        return call

    with patch.object(mortality, "surviving", surviving):
        yield


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_no_error_at_any_call_gets_what_it_quotes_into_the_log(error, capsys):
    failed, ends = 0, []
    for call in range(1, len(CALLS) + 1):
        fate = Fate(call, error, done=False)
        with listening() as lines, ends_watched(ends), dying_play(fate) as stage:
            tell_short_story(stage)
        assert len(fate.calls) >= call, "the story ended before"
        failed += Line.MESSAGE_FAILED in lines.told() or Line.FUNCTION_FAILED in lines.told()
        for line in lines.written:
            assert songs_in(line) == [], (CALLS[call - 1], line)
    printed = capsys.readouterr()
    assert songs_in(printed.out + printed.err) == []
    assert [end for end in ends if not isinstance(end, FunctionFailedError)] == []
    assert [str(end) for end in ends if songs_in(str(end))] == []
    assert failed, "no error was ever logged: this proves nothing"


def test_the_short_story_meets_every_port_that_is_given_personal_data():
    assert set(CALLS) >= {
        "members.load",
        "members.save",
        "members.claim_alias",
        "enrolments.load_case",
        "event_queue.put",
        "mailer.send",
    }
    assert len(list(zip(CALLS, cycle(ERRORS), strict=False))) > 30
