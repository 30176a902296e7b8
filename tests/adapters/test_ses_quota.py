"""The quota is what SES says, asked for seldom; without a word of SES the ceiling does."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.adapters.clock import VirtualClock
from chalicelib.adapters.ses_quota import ASKED_EVERY, LEAST_PER_SECOND, SesQuota

START = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "GetAccount")
SILENCE = EndpointConnectionError(endpoint_url="https://email.example")


def told(rate, sent=0.0, most=50_000.0):
    quota = {"MaxSendRate": rate, "SentLast24Hours": sent, "Max24HourSend": most}
    return {"SendQuota": quota, "SendingEnabled": True}


class Asked:
    """SES's client with the answers to come; the last one stays."""

    def __init__(self, *answers, ceiling=0):
        self.answers = list(answers)
        self.calls = 0
        self.failures = []
        self.clock = VirtualClock(START)
        self.quota = SesQuota(self, ceiling, self.clock, self.failures.append)

    def get_account(self):
        self.calls += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def later(self):
        self.clock.advance(ASKED_EVERY)
        return self.quota.per_second()


def test_ses_is_asked_once_in_five_minutes():
    asked = Asked(told(14.0), told(50.0))
    assert [asked.quota.per_second() for _ in range(3)] == [14.0] * 3
    asked.clock.advance(ASKED_EVERY - timedelta(microseconds=1))
    assert (asked.quota.per_second(), asked.calls) == (14.0, 1)
    asked.clock.advance(timedelta(microseconds=1))
    assert (asked.quota.per_second(), asked.calls) == (50.0, 2)


@pytest.mark.parametrize(("ceiling", "rate"), [(0, 14.0), (5, 5), (20, 14.0)])
def test_a_ceiling_lowers_the_quota_and_never_raises_it(ceiling, rate):
    assert Asked(told(14.0), ceiling=ceiling).quota.per_second() == rate


@pytest.mark.parametrize(
    ("sent", "most", "rate"),
    [(199.0, 200.0, 1.0), (200.0, 200.0, 0.0), (201.0, 200.0, 0.0), (9e9, -1.0, 1.0)],
)
def test_when_the_mails_of_the_day_are_used_up_there_is_no_rate(sent, most, rate):
    assert Asked(told(1.0, sent, most)).quota.per_second() == rate


@pytest.mark.parametrize("failure", [DENIED, SILENCE, {}, {"SendQuota": None}], ids=str)
@pytest.mark.parametrize(("ceiling", "rate"), [(0, LEAST_PER_SECOND), (14, 14)])
def test_without_an_answer_the_ceiling_does_or_what_every_account_has(failure, ceiling, rate):
    asked = Asked(failure, ceiling=ceiling)
    assert [asked.quota.per_second() for _ in range(3)] == [rate] * 3
    assert (asked.calls, len(asked.failures)) == (1, 1)


def test_what_ses_said_before_holds_while_it_says_nothing():
    asked = Asked(told(50.0), SILENCE, told(80.0), ceiling=200)
    assert asked.quota.per_second() == 50.0
    assert asked.later() == 50.0
    assert asked.later() == 80.0
    assert len(asked.failures) == 1
