"""One member, one webhook or one mail is followed through lines that hang together by ids."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from operations.stages import STACK, STAGE

from chalicelib.adapters.clock import VirtualClock
from chalicelib.observability import COLUMNS, Line
from chalicelib.operations.aws_faults import OperationError
from chalicelib.operations.log_entries import read_entries
from chalicelib.operations.log_words import details, what
from chalicelib.operations.tail import (
    MAX_MEMBERS,
    OVERLAP,
    PATTERN_CHARS,
    CloudWatchLog,
    Trail,
    follow,
    function_logs,
    watch,
)

START = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
ANN, BEN = "a" * 26, "b" * 26
MAIL, OTHER_MAIL = "0100-ann-welcome", "0100-ben-welcome"


def at(minutes):
    return START + timedelta(minutes=minutes)


def line(name, *rows, **fields):
    told = {"level": "INFO", "message": name.value, **fields}
    return json.dumps({**told, "rows": rows} if rows else told)


STORY = [
    (0, line(Line.WEBHOOK_ACCEPTED, partner="crm", webhook_id="batch-1", events=2, request_id="r")),
    (
        1,
        line(
            Line.EVENTS_HANDLED,
            ("applied", "ann-joined", "batch-1", ANN),
            ("applied", "ben-joined", "batch-1", BEN),
        ),
    ),
    (2, line(Line.STEPS_QUEUED, steps=2)),
    (
        3,
        line(
            Line.MAILS_SENT,
            ("welcome", "welcome", ANN, MAIL),
            ("welcome", "welcome", BEN, OTHER_MAIL),
        ),
    ),
    (
        4,
        line(
            Line.FEEDBACK_HEARD,
            ("delivered", "welcome", "welcome", ANN),
            ("hard_bounced", "welcome", "welcome", BEN),
        ),
    ),
    (5, line(Line.WEBHOOK_ACCEPTED, partner="crm", webhook_id="ann-2", events=1, request_id="s")),
    (6, line(Line.EVENTS_HANDLED, ("applied", "ann-2", "ann-2", ANN))),
    (7, line(Line.STEPS_NOT_SENT, ("goal_reached", "welcome", "reminder", ANN))),
    (8, line(Line.MAILS_SENT, ("welcome", "collect", ANN, "0100-ann-collect"))),
]


@dataclass
class Kept:
    """A log in memory; ``asked`` has what was looked for."""

    events: list
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    asked: list = field(default_factory=list)

    def now(self):
        return self.clock.now()

    def read(self, since, names):
        self.asked.append((since, frozenset(names)))
        for number, (minutes, text) in enumerate(self.events):
            if at(minutes) >= since and (not names or any(name in text for name in names)):
                yield from read_entries(f"e{number}", at(minutes), text)


def told(trail, events=STORY, since=START):
    return [
        (entry.at.minute, what(entry), entry.field("member_id")[:1])
        for entry in follow(Kept(list(events)), trail, since)
    ]


def test_a_member_is_followed_from_the_webhooks_to_what_became_of_the_mails():
    assert told(Trail(member=ANN)) == [
        (0, "webhook accepted", ""),
        (1, "event applied", "a"),
        (3, "mail sent", "a"),
        (4, "mail delivered", "a"),
        (5, "webhook accepted", ""),
        (6, "event applied", "a"),
        (7, "mail not sent", "a"),
        (8, "mail sent", "a"),
    ]


def test_a_webhook_is_followed_to_all_its_members_from_then_on():
    assert told(Trail(webhook="ann-2")) == [
        (5, "webhook accepted", ""),
        (6, "event applied", "a"),
        (7, "mail not sent", "a"),
        (8, "mail sent", "a"),
    ]
    assert ("mail hard bounced", "b") in {each[1:] for each in told(Trail(webhook="batch-1"))}


def test_a_mail_is_followed_by_its_message_id_to_its_own_feedback_alone():
    assert told(Trail(message=MAIL)) == [(3, "mail sent", "a"), (4, "mail delivered", "a")]


@pytest.mark.parametrize("header", [f"<{MAIL}@eu-central-1.amazonses.com>", f"{MAIL}@x.example"])
def test_a_mail_is_followed_by_the_message_id_of_its_header_too(header):
    assert told(Trail(message=header)) == told(Trail(message=MAIL))


def test_without_a_name_everything_is_shown():
    assert len(told(Trail())) == 12


def test_a_name_that_stands_nowhere_leads_to_nothing():
    assert told(Trail(message="elsewhere")) == []


def test_a_name_that_is_a_part_of_another_does_not_lead_there():
    assert told(Trail(webhook="batch")) == []


def test_what_was_before_the_asked_time_is_left_out():
    assert [minute for minute, *_ in told(Trail(member=ANN), since=at(6))] == [6, 7, 8]


def test_a_webhook_of_very_many_members_is_followed_to_so_many():
    rows = [("applied", f"event-{n}", "huge", f"{n:026d}") for n in range(MAX_MEMBERS + 50)]
    trail = Trail(webhook="huge")
    assert len(told(trail, [(0, line(Line.EVENTS_HANDLED, *rows))])) == MAX_MEMBERS + 50
    assert len(trail.names) == MAX_MEMBERS + 1


def test_who_watches_asks_again_for_the_last_minute_only_and_sees_what_turned_up_late():
    log = Kept(list(STORY))
    log.clock.set(at(10))
    rounds = watch(log, Trail(), START)
    assert len(next(rounds)) == 12
    log.events.append((10, line(Line.STEPS_QUEUED, steps=1)))
    log.clock.set(at(11))
    assert [entry.at for entry in next(rounds)] == [at(10)]
    assert log.asked[-1][0] == at(10) - OVERLAP


def test_who_watches_a_webhook_is_led_back_to_what_its_members_got_meanwhile():
    """The event's line is late: the mail that followed from it was logged before it was read."""
    early, late = [STORY[0], (20, STORY[3][1])], (20, STORY[1][1])
    log, trail = Kept(early), Trail(webhook="batch-1")
    log.clock.set(at(21))
    rounds = watch(log, trail, START)
    assert [what(entry) for entry in next(rounds)] == ["webhook accepted"]
    log.events.append(late)
    log.clock.set(at(22))
    assert [what(entry) for entry in next(rounds)].count("mail sent") == 2


# What is read of a line.


@pytest.mark.parametrize("name", Line)
def test_every_line_of_the_vocabulary_is_read_back_and_put_into_words(name):
    columns = COLUMNS.get(name)
    rows = [tuple(f"{column}-1" for column in columns)] if columns else []
    fields = {"partner": "crm", "events": 1, "steps": 3, "error": "ValueError", "status": 422}
    fields = {} if rows else fields
    [entry] = read_entries("e", START, line(name, *rows, **fields))
    assert entry.line is name
    assert what(entry)
    assert all(details(entry, with_member=True))
    if columns:
        assert set(entry.fields) == set(columns)
        assert ("member member_id-1" in details(entry, with_member=True)) is True
        assert "member member_id-1" not in details(entry, with_member=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "START RequestId: 1 Version: $LATEST",
        "REPORT RequestId: 1 Duration: 3 ms",
        json.dumps({"_aws": {"Timestamp": 1}, "mail_sent": 3}),
        json.dumps({"type": "platform.report", "record": {"status": "success"}}),
        json.dumps({"level": "INFO", "message": "something of a library"}),
        json.dumps({"level": "ERROR", "errorType": "FunctionFailedError", "errorMessage": "x"}),
    ],
)
def test_metrics_and_lambdas_routine_are_passed_over(text):
    assert list(read_entries("e", START, text)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2027-03-01 Task timed out after 60.00 seconds", "Task timed out after 60.00 seconds"),
        (
            json.dumps({"level": "ERROR", "errorType": "KeyError", "errorMessage": "'x'"}),
            "KeyError: 'x'",
        ),
        (
            json.dumps({"type": "platform.report", "record": {"status": "timeout"}}),
            "timeout",
        ),
        (json.dumps({"level": "WARN", "message": "low on memory"}), "low on memory"),
    ],
)
def test_what_lambda_tells_of_a_failure_is_shown(text, words):
    [entry] = read_entries("e", START, text)
    assert entry.level == "ERROR"
    assert words in details(entry, with_member=True)[0]


def test_the_reason_of_a_mail_that_was_not_sent_is_a_sentence():
    [entry] = read_entries("e", START, STORY[7][1])
    assert details(entry, with_member=False) == [
        "welcome/reminder",
        "the member has already done what the mail asks for",
    ]


# CloudWatch.


@pytest.fixture
def logs(ground):
    """The story in the logs of the stage's functions, as they would share it."""
    client, now = ground.clients.logs, datetime.now(UTC)
    groups = {
        f"/aws/lambda/{STACK}-queue-events": STORY[:2],
        f"/aws/lambda/{STACK}-queue-sends": STORY[2:4] + STORY[7:],
        f"/aws/lambda/{STACK}-queue-feedback": STORY[4:7],
    }
    for group, events in groups.items():
        client.create_log_stream(logGroupName=group, logStreamName="one")
        told = [
            {"timestamp": int((now.timestamp() + minutes) * 1000), "message": text}
            for minutes, text in events
        ]
        client.put_log_events(logGroupName=group, logStreamName="one", logEvents=told)
    return function_logs(client, STAGE)


def an_hour_ago():
    return datetime.now(UTC) - timedelta(hours=1)


def test_the_story_is_put_together_from_the_logs_of_all_functions(logs):
    found = follow(logs, Trail(member=ANN), an_hour_ago())
    assert [what(entry) for entry in found] == [
        "webhook accepted",
        "event applied",
        "mail sent",
        "mail delivered",
        "webhook accepted",
        "event applied",
        "mail not sent",
        "mail sent",
    ]


def test_a_page_that_is_empty_is_not_the_end(ground, logs):
    """CloudWatch answers with empty pages while it searches, and may repeat a token."""
    pages = [
        {"events": [], "nextToken": "same"},
        {"events": [], "nextToken": "same"},
        {"events": [{"eventId": "1", "timestamp": 0, "message": STORY[2][1]}]},
    ]
    ground.answers.give("logs", "FilterLogEvents", lambda _: pages.pop(0))
    log = CloudWatchLog(logs.client, logs.groups[:1], logs.clock)
    assert [what(entry) for entry in log.read(START, [])] == ["steps queued"]


def test_many_names_are_looked_for_in_filters_that_cloudwatch_takes(ground, logs):
    patterns = []

    def note(request):
        patterns.append(json.loads(request["body"])["filterPattern"])
        return {"events": []}

    ground.answers.give("logs", "FilterLogEvents", note)
    names = [f"{n:026d}" for n in range(100)]
    log = CloudWatchLog(logs.client, logs.groups[:1], logs.clock)
    assert list(islice(log.read(START, names), 1)) == []
    assert all(len(pattern) <= PATTERN_CHARS for pattern in patterns)
    assert sorted("".join(patterns).replace("?", " ").split()) == [f'"{name}"' for name in names]


def test_a_stage_without_logs_is_told_with_the_region(ground):
    with pytest.raises(OperationError, match="eu-central-1"):
        function_logs(ground.clients.logs, "elsewhere")
