"""The watch over all tests sees what it is there to see."""

import logging

import pytest
from canaries import canaries_in

from chalicelib.adapters.memory_metrics import MemoryMetrics
from chalicelib.observability import log_failure, logger

PERSONAL = {
    "an e-mail address": "ann@example.com",
    "a card": "7000000001",
    "a phone": "+7 999 123-45-67",
    "a name": "GRACE HARTLEY",
    "a link of a member's own": "https://miles.example.com/m/unsubscribe/k1.aa",
    "a token": f"k1.{'a' * 26}~welcome~1~welcome.x",
    "a secret": "whsec_dGhl",
}


@pytest.mark.parametrize("kind", PERSONAL)
def test_what_is_personal_is_seen_wherever_it_stands(kind, watch):
    [found] = canaries_in(PERSONAL[kind])
    assert found.startswith(kind)
    logger.info("told", extra={"rows": [["a", PERSONAL[kind]]]})
    assert watch.seen[-1].startswith(kind)


def test_what_every_line_has_is_not_personal():
    line = (
        '{"level":"INFO","message":"mails sent","rows":[["welcome","welcome","'
        + "a" * 26
        + '","0100019a2b3c4d5e-11111111-2222-3333-4444-555555555555-000000"]],'
        '"at":"2026-11-22T07:00:00+00:00","micros":1795293000000000,"request_id":"c6af9ac6-7b61"}'
    )
    assert canaries_in(line) == []


def test_it_is_seen_whatever_handlers_there_are_and_however_quiet_the_terminal_is(
    watch, monkeypatch
):
    monkeypatch.setattr(logger, "handlers", [])
    former = logger.level
    logger.setLevel("ERROR")
    logger.info("ann@example.com")
    logger.setLevel(former)
    assert len(watch.seen) == 1


def test_a_metric_is_a_plain_word(watch):
    MemoryMetrics().count("event_applied")
    MemoryMetrics().seconds("oldest_due_seconds", 1)
    assert watch.seen == []
    MemoryMetrics().count("event_of_ann@example.com")
    assert len(watch.seen) == 1


def test_an_error_that_quotes_a_member_is_not_quoted(watch):
    error = ValueError("ann@example.com")
    log_failure("message failed", error)
    logger.log(logging.ERROR, "failed", exc_info=error)
    assert watch.seen == []
