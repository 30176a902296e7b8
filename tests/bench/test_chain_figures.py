"""The chain's figures are ratios inside a round, and the lone members' leave the ticks out."""

import pytest

from bench.chain import EVENTS, INTAKE, SENDS, TICK, Phase, Round
from bench.chain_section import ALONE, BATCHES, SINGLE, content_of
from bench.figures import spread
from bench.programme import mails_due, registrations


def a_round(slow=1.0, members=10):
    phases = {
        INTAKE: Phase(0.1 * slow, 0.1 * slow, {"dynamodb.PutItem": members}),
        EVENTS: Phase(0.2 * slow, 0.1 * slow, {"dynamodb.BatchGetItem": 2}),
        TICK: Phase(5.0 * slow, 1.0 * slow, {"dynamodb.Query": 48}),
        SENDS: Phase(0.3 * slow, 0.2 * slow, {"sesv2.SendEmail": 27}),
    }
    return Round(members, 27, 0.001 * slow, phases)


def test_a_slower_machine_changes_no_ratio():
    told = content_of(ALONE, [a_round(), a_round(slow=3)])["with_intake"]
    ratio = told["ratio_to_bare"]
    assert ratio["least"] == ratio["greatest"] == pytest.approx(0.6 / 0.4)
    comparable = told["cpu_ms_a_member_at_1.2_ms_a_plain_call"]
    assert comparable["least"] == comparable["greatest"] == pytest.approx(60 * 1.2)


def test_cpu_is_told_by_member_and_by_mail():
    told = content_of(ALONE, [a_round()])["with_intake"]
    assert told["cpu_ms_a_member"]["median"] == pytest.approx(60)
    assert told["cpu_ms_a_mail"]["median"] == pytest.approx(600 / 27, abs=1e-3)


def test_members_who_come_alone_do_not_pay_for_the_ticks():
    """A tick runs each minute, whether or not there is anybody."""
    alone, together = (content_of(way, [a_round()]) for way in (ALONE, SINGLE))
    assert "dynamodb.Query" not in alone["calls_a_member"]
    assert together["calls_a_member"]["dynamodb.Query"] == 4.8
    assert together["with_intake"]["cpu_ms_a_member"]["median"] == pytest.approx(560)


def test_the_intake_can_be_left_out():
    told = content_of(BATCHES, [a_round()])
    whole, inner = (told[f"{word}_intake"]["cpu_ms_a_member"] for word in ("with", "without"))
    assert whole["median"] - inner["median"] == pytest.approx(10)


def test_calls_are_counted_by_member_and_by_mail():
    told = content_of(SINGLE, [a_round(), a_round()])
    assert told["calls_a_member"]["sesv2.SendEmail"] == 2.7
    assert told["calls_a_mail"]["sesv2.SendEmail"] == 1.0


def test_a_figure_has_its_median_and_its_spread():
    assert spread([3, 1, 2]).as_json() == {"median": 2, "least": 1, "greatest": 3}


def test_the_share_who_register_is_rounded_once():
    """Of 25 members 8 register, not seven and a half, and 67 mails go out, not 67.5."""
    assert (registrations(25), mails_due(25)) == (8, 67)
