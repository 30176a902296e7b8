"""What the functions log: one line a kind and invocation, by which a member can be followed."""

import json
import logging
import re
from pathlib import Path
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError
from functional.worlds import ANN, ask, batch, event, play, post

from app import app
from chalicelib import observability
from chalicelib.domain.feedback import Feedback, FeedbackKind, StepKey
from chalicelib.observability import (
    COLUMNS,
    MAX_ROWS,
    FunctionFailedError,
    JsonLines,
    Line,
    failures_logged,
    flush,
    log_failure,
    logger,
    mail_sent,
    step_not_sent,
)
from chalicelib.usecases.ports import UnavailableError
from chalicelib.world.lambda_events import LambdaContext, http_event

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "logs.md"
KEY = StepKey(member_id="a" * 26, journey="welcome", entry=1, step="welcome")
MESSAGE_ID = "0100019a2b3c4d5e-11111111-2222-3333-4444-555555555555-000000"
BYTES_A_MAIL = 300
BYTES_A_LINE = 26
"""What CloudWatch adds to each line when it counts."""


class Lines(logging.Handler):
    """Keeps the lines as they would be written."""

    def __init__(self):
        super().__init__()
        self.setFormatter(JsonLines())
        self.written = []

    def emit(self, record):
        self.written.append(self.format(record))

    @property
    def told(self):
        return [json.loads(text) for text in self.written]

    def of(self, line):
        return [told for told in self.told if told["message"] == line]


@pytest.fixture
def lines(monkeypatch):
    handler = Lines()
    monkeypatch.setattr(logger, "handlers", [handler])
    former = logger.level
    logger.setLevel(logging.INFO)
    flush()  # what another test has left
    handler.written.clear()
    yield handler
    logger.setLevel(former)


@pytest.fixture
def stage(lines):
    with play() as stage:
        logger.setLevel(logging.INFO)
        yield stage


def rows(lines, line):
    return [
        dict(zip(COLUMNS[line], row, strict=True))
        for told in lines.of(line)
        for row in told["rows"]
    ]


# From the webhook to the mail.


def test_a_mail_can_be_followed_from_the_webhook_to_what_was_heard_of_it(stage, lines):
    answer = stage.join()
    [accepted] = lines.of(Line.WEBHOOK_ACCEPTED)
    assert accepted["partner"] == "demo"
    [handled] = rows(lines, Line.EVENTS_HANDLED)
    assert handled["webhook_id"] == accepted["webhook_id"]
    assert (handled["outcome"], handled["member_id"]) == ("applied", answer)
    [sent] = rows(lines, Line.MAILS_SENT)
    assert (sent["member_id"], sent["journey"], sent["step"]) == (answer, "welcome", "welcome")
    assert sent["message_id"] == stage.received[0].message_id
    stage.hear("Delivery", stage.received[0])
    [heard] = rows(lines, Line.FEEDBACK_HEARD)
    assert heard == {
        "kind": "delivered",
        "journey": "welcome",
        "step": "welcome",
        "member_id": answer,
    }


def test_an_event_about_nobody_is_told_to_wait_and_then_to_be_parked(stage, lines):
    stage.tell("app.installed")
    stage.advance(hours=1)
    assert [row["outcome"] for row in rows(lines, Line.EVENTS_HANDLED)] == [
        "waiting",
        "waiting",
        "waiting",
        "parked_unknown_member",
    ]


def test_why_a_step_was_not_sent_is_told(stage, lines):
    stage.join()
    with patch.object(stage.engine.mails.__class__, "render", side_effect=ZeroDivisionError):
        stage.advance(days=4)
    assert rows(lines, Line.STEPS_NOT_SENT) == []
    assert lines.of(Line.MESSAGE_FAILED)[0]["error"] == "ZeroDivisionError"


def test_a_refusal_is_told_by_the_problem_and_never_by_what_was_sent(stage, lines):
    assert post(event(member=ANN), secret=f"whsec_{'A' * 32}").status == 401
    assert post({"type": "canary@example.com"}, partner="canary@example.com").status == 404
    told = lines.of(Line.WEBHOOK_REFUSED)
    assert [(each["status"], each["problem"]) for each in told] == [
        (401, "not-authentic"),
        (404, "unknown-partner"),
    ]
    assert "canary" not in "".join(lines.written)


def test_an_unsubscription_is_told_with_the_mail_whose_link_was_used(stage, lines):
    member_id = stage.join()
    stage.visit(stage.link("unsubscribe", stage.received[0]), "POST")
    [told] = lines.of(Line.MEMBER_UNSUBSCRIBED)
    assert (told["member_id"], told["step"]) == (member_id, "welcome")


def test_what_a_member_chose_is_told_by_the_mail_whose_link_was_used_and_nothing_of_it(
    stage, lines
):
    member_id = stage.join()
    page = stage.link("preferences", stage.received[0])
    form = {"content-type": "application/x-www-form-urlencoded"}
    stage.visit(page, "POST", b"choose=yes&topic=miles&spacing=30&language=ru", form)
    stage.visit(page, "POST", b"mails=off", form)
    stage.visit(page, "POST", b"mails=on", form)
    for line in (Line.PREFERENCES_CHOSEN, Line.MEMBER_UNSUBSCRIBED, Line.MAILS_TURNED_ON):
        [told] = lines.of(line)
        assert (told["member_id"], told["step"]) == (member_id, "welcome")
        assert set(told) == {"level", "message", "member_id", "journey", "step"}
    assert page.rpartition("/")[2] not in "".join(lines.written)


def test_a_tick_tells_how_much_it_found_and_is_silent_when_it_found_nothing(stage, lines):
    stage.join()
    assert [told["steps"] for told in lines.of(Line.STEPS_QUEUED)] == [1]


def test_an_invocation_writes_one_line_of_a_kind_whatever_it_does(stage, lines):
    people = [{"card": f"70000000{n:02d}", "email": f"m{n}@example.com"} for n in range(8)]
    post(batch(*(event(member=person) for person in people)))
    stage.world.run_now()
    assert len(lines.of(Line.EVENTS_HANDLED)) == 1
    assert len(lines.of(Line.MAILS_SENT)) == 1
    assert len(rows(lines, Line.MAILS_SENT)) == 8


def test_an_unforeseen_error_of_a_page_leaves_no_token_in_the_log(stage, lines, capsys):
    """Chalice would write the path, and with it the token."""
    stage.join()
    path = stage.link("mail", stage.received[0])
    token = path.rpartition("/")[2]
    with patch.object(stage.engine.tokens.__class__, "read", side_effect=KeyError(token)):
        resource, parameters = "/m/mail/{token}", {"token": token}
        answer = app(http_event(resource, parameters, "GET", path, {}, b""), LambdaContext("api"))
    assert answer["statusCode"] == 500
    [told] = lines.of(Line.FUNCTION_FAILED)
    assert told["error"] == "KeyError"
    assert token not in "".join(lines.written) + capsys.readouterr().out


# What a line costs.


def test_a_mail_costs_less_log_than_its_budget(lines):
    """A tick's worth of mails, sent and delivered, in batches as queues give them."""
    mails = 100
    for number in range(mails):
        mail_sent(KEY, MESSAGE_ID)
        if number % 20 == 19:
            flush()
    for kind, each in ((FeedbackKind.DELIVERED, 1.0), (FeedbackKind.OPENED, 0.4)):
        for _ in range(int(mails * each)):
            at = stage_time()
            observability.feedback_heard(Feedback(kind=kind, key=KEY, attempt="a", at=at))
        flush()
    size = sum(len(text.encode()) + BYTES_A_LINE for text in lines.written)
    assert size / mails < 0.7 * BYTES_A_MAIL  # the rest is for metrics, webhooks and events


def stage_time():
    from functional.worlds import START  # noqa: PLC0415

    return START


def test_a_line_stays_within_what_cloudwatch_takes(lines):
    for _ in range(MAX_ROWS + 1):
        mail_sent(KEY, MESSAGE_ID)
    flush()
    assert [len(told["rows"]) for told in lines.told] == [MAX_ROWS, 1]
    assert max(map(len, lines.written)) < 256 * 1024


def test_rows_are_written_once(lines):
    mail_sent(KEY, MESSAGE_ID)
    flush()
    flush()
    assert len(lines.written) == 1


def test_what_nobody_asks_about_is_only_told_when_debugging(lines):
    step_not_sent(KEY, "not_due")
    flush()
    assert lines.written == []
    logger.setLevel(logging.DEBUG)
    step_not_sent(KEY, "not_due")
    flush()
    assert [told["level"] for told in lines.told] == ["DEBUG"]


# Failures.


def test_an_error_that_ends_a_function_keeps_its_words_to_itself(lines):
    with (
        pytest.raises(FunctionFailedError, match=r"^ValueError in tick") as caught,
        failures_logged("tick"),
    ):
        raise ValueError("canary@example.com")
    assert caught.value.__cause__ is None
    assert "canary" not in str(caught.value) + "".join(lines.written)
    [told] = lines.told
    assert (told["message"], told["function"]) == ("function failed", "tick")
    assert "test_log.py" in told["place"][-1]


def test_a_failure_is_told_by_its_kind_its_place_and_opaque_ids(lines):
    log_failure(Line.MESSAGE_FAILED, ValueError("canary"), sqs_message_id="m1")
    [told] = lines.told
    assert told == {
        "level": "ERROR",
        "message": "message failed",
        "error": "ValueError",
        "place": [],
        "sqs_message_id": "m1",
    }


def test_a_failure_is_told_with_its_cause_and_with_the_code_that_aws_gave(lines):
    refusal = {"Error": {"Code": "AccessDeniedException", "Message": "canary may not"}}
    error = UnavailableError("canary")
    error.__cause__ = ClientError(refusal, "GetItem")
    log_failure(Line.MESSAGE_FAILED, error)
    [told] = lines.told
    assert (told["error"], told["cause"]) == (
        "UnavailableError",
        "ClientError AccessDeniedException GetItem",
    )
    assert "canary" not in "".join(lines.written)


def test_lines_go_to_standard_output_as_json(monkeypatch, capsys):
    for handler in logger.handlers:
        monkeypatch.setattr(handler, "level", logging.NOTSET)
    logger.setLevel(logging.INFO)
    observability.steps_queued(3)
    assert json.loads(capsys.readouterr().out) == {
        "level": "INFO",
        "message": "steps queued",
        "steps": 3,
    }


# The page.


def documented():
    """Each line of the page's table: its level, and its fields in their order."""
    cells = re.findall(
        r"^\| `([a-z ]+)` \| ([A-Z, ]+) \| [^|]+ \| ([^|]+) \|", PAGE.read_text(), re.MULTILINE
    )
    return {name: (levels.strip(), re.findall(r"`(\w+)`", told)) for name, levels, told in cells}


def test_every_line_is_documented_and_no_other():
    assert set(documented()) == {line.value for line in Line}


@pytest.mark.parametrize("line", COLUMNS)
def test_the_columns_of_rows_are_documented_in_their_order(line):
    assert documented()[line][1] == list(COLUMNS[line])


def test_every_field_that_a_world_logs_is_documented(stage, lines):
    stage.join()
    stage.tell("app.installed", {"card": "7000000099"})
    post(event(), secret=f"whsec_{'A' * 32}")
    for act in ("validate", "forgive"):
        ask(act, {"member": ANN})
    stage.world.substrate.feedback.send("garbage")
    stage.world.run_now()
    stage.visit(stage.link("unsubscribe", stage.received[0]), "POST")
    form = {"content-type": "application/x-www-form-urlencoded"}
    for body in (b"choose=yes", b"mails=on"):
        stage.visit(stage.link("preferences", stage.received[0]), "POST", body, form)
    stage.advance(days=2)
    seen = {told["message"] for told in lines.told}
    rare = {
        "breaker tripped",
        "function failed",
        "mails not counted",
        "quota not told",
        "budget not told",
    }
    assert {*Line} - seen <= {"feedback heard", "steps not sent"} | rare
    for told in lines.told:
        level, fields = documented()[told["message"]]
        assert told["level"] in level
        assert set(told) - {"level", "message", "rows"} <= set(fields), told
