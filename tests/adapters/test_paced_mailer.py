"""All senders together keep the quota in every second, and nothing is lost or sent unasked."""

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from math import floor

import pytest
from greenlet import greenlet
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.adapters.clock import VirtualClock
from chalicelib.adapters.fixed_quota import FixedQuota
from chalicelib.adapters.lockstep import Lockstep
from chalicelib.adapters.memory_send_budget import MemorySendBudget
from chalicelib.adapters.paced_mailer import PATIENCE, PacedMailer
from chalicelib.domain.pace import OPEN, SLACK, pace_of
from chalicelib.usecases.ports import Accepted, OutgoingMail, Refusal, UnavailableError

START = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def mail(number=0):
    tags = {"n": str(number)}
    return OutgoingMail(sender="a@b.example", recipient="c@d.example", mime=b"", tags=tags)


class Recorder:
    """A mail service that takes its time for each call."""

    def __init__(self, clock, wait, latency=0.0, answers=()):
        self.clock, self.wait, self.latency = clock, wait, latency
        self.answers = list(answers)
        self.called = []
        self.mails = []

    def send(self, sent):
        self.called.append(self.clock.now())
        self.mails.append(sent.tags["n"])
        if self.latency:
            self.wait(self.latency)
        answer = self.answers.pop(0) if self.answers else Accepted(f"id-{len(self.called)}")
        if isinstance(answer, Exception):
            raise answer
        return answer


def paced(*ports, most=25, on_failure=None, **options):
    failures = []
    return PacedMailer(*ports, most=most, on_failure=on_failure or failures.append, **options)


class Alone:
    """One sender, whose waits let the clock go on."""

    def __init__(self, per_second=14.0, **service):
        self.clock = VirtualClock(START)
        self.waited = []
        self.service = Recorder(self.clock, self.wait, **service)
        self.quota, self.budget = FixedQuota(per_second), MemorySendBudget()
        self.mailer = paced(self.service, self.budget, self.quota, self.clock, self.wait)

    def wait(self, seconds):
        self.waited.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))

    def send_together(self, mails, mailer=None):
        answers = {}

        def act(number):
            return lambda: answers.update({number: (mailer or self.mailer).send(mail(number))})

        failures = Lockstep().run([act(number) for number in range(mails)])
        return [answers.get(number, failures[number]) for number in range(mails)]


def test_the_first_mails_go_out_without_waiting():
    alone = Alone()
    assert all(isinstance(each, Accepted) for each in alone.send_together(14))
    assert alone.waited == []


def test_more_than_a_window_holds_waits_for_the_next_ones():
    alone = Alone()
    assert all(isinstance(each, Accepted) for each in alone.send_together(25))
    assert alone.service.mails == [str(number) for number in range(25)]
    assert set(alone.service.called) == {START, START + pace_of(14).every}


def test_what_no_window_takes_in_time_was_not_sent_and_is_throttled():
    alone = Alone(per_second=1.0)
    answers = alone.send_together(10)
    assert [isinstance(each, Accepted) for each in answers] == [True] * 5 + [False] * 5
    assert answers[5:] == [Refusal.THROTTLED] * 5
    assert len(alone.service.called) == 5
    assert alone.clock.now() < START + PATIENCE


def test_a_window_that_is_over_when_a_mails_turn_comes_is_not_used():
    alone = Alone(latency=0.1)  # one after the other: two begin before the window closes
    answers = alone.send_together(6)
    assert all(isinstance(each, Accepted) for each in answers)
    windows = [START, START + pace_of(14).every, START + 2 * pace_of(14).every]
    assert [at - window for at, window in zip(alone.service.called[::2], windows, strict=True)] == [
        timedelta(0)
    ] * 3
    assert all(
        any(window <= at < window + OPEN for window in windows) for at in alone.service.called
    )


def test_each_mail_is_called_once_whatever_is_answered():
    answers = [UnavailableError("silence"), Refusal.REFUSED, Accepted("1"), ValueError("broken")]
    alone = Alone(answers=answers)
    told = alone.send_together(4)
    assert (str(told[0]), *told[1:3], str(told[3])) == ("silence", *answers[1:3], "broken")
    assert alone.service.mails == ["0", "1", "2", "3"]


def test_without_a_quota_nothing_is_called():
    alone = Alone(per_second=0)
    assert alone.send_together(3) == [Refusal.THROTTLED] * 3
    assert alone.service.called == []


@pytest.mark.parametrize("error", [UnavailableError("silence"), ValueError("not permitted")])
def test_a_budget_that_can_not_be_asked_gives_no_leave(error):
    class Silent:
        def take(self, *_):
            raise error

    alone, heard = Alone(), []
    ports = (alone.service, Silent(), alone.quota, alone.clock, alone.wait)
    mailer = paced(*ports, on_failure=heard.append)
    assert alone.send_together(3, mailer) == [Refusal.THROTTLED] * 3
    assert alone.service.called == []
    assert heard == [error]


def test_what_was_sent_stays_sent_when_the_budget_can_not_be_asked_again():
    class Once(MemorySendBudget):
        def take(self, *asked):
            if self.asked:
                raise ValueError("not permitted")
            self.asked = True
            return super().take(*asked)

        asked = False

    alone = Alone(per_second=2.0)
    ports = (alone.service, Once(), alone.quota, alone.clock, alone.wait)
    told = alone.send_together(4, paced(*ports))
    sent = len(alone.service.called)
    assert 0 < sent < 4
    assert told == [Accepted(f"id-{n}") for n in range(1, sent + 1)] + [Refusal.THROTTLED] * (
        4 - sent
    )


def test_no_more_leave_is_asked_for_than_one_sender_can_use():
    alone, wanted = Alone(per_second=200.0), []

    class Asked(MemorySendBudget):
        def take(self, pace, mails, *more):
            wanted.append(mails)
            return super().take(pace, mails, *more)

    ports = (alone.service, Asked(), alone.quota, alone.clock, alone.wait)
    told = alone.send_together(25, paced(*ports, most=20))
    assert wanted == [20, 5]
    assert all(isinstance(each, Accepted) for each in told)


def test_a_clock_that_stands_still_ends_no_worse_than_in_a_throttle():
    alone = Alone()
    alone.send_together(14)
    still = paced(alone.service, alone.budget, alone.quota, alone.clock, wait=alone.waited.append)
    assert alone.send_together(3, still) == [Refusal.THROTTLED] * 3


def test_calls_run_side_by_side_each_with_its_own_answer():
    alone = Alone(per_second=100.0)
    side_by_side = paced(
        alone.service, alone.budget, alone.quota, alone.clock, alone.wait, parallel=10
    )
    told = alone.send_together(20, side_by_side)
    assert sorted(alone.service.mails, key=int) == [str(number) for number in range(20)]
    assert len({each.message_id for each in told}) == 20


def test_a_mail_alone_is_paced_too():
    alone = Alone(per_second=1.0)
    assert isinstance(alone.mailer.send(mail()), Accepted)
    assert isinstance(alone.mailer.send(mail()), Accepted)
    assert alone.service.called == [START, START + pace_of(1).every]


# Many senders, each with its own clock, in one time.


@dataclass
class Together:
    """Senders as greenlets in one virtual time; ``wait`` lets the others go on."""

    now: datetime = START
    heap: list = field(default_factory=list)
    numbers: count = field(default_factory=count)

    def wait(self, seconds):
        self._later(seconds, greenlet.getcurrent())
        greenlet.getcurrent().parent.switch()

    def begin(self, after, act):
        self._later(after, greenlet(act))

    def run(self):
        while self.heap:
            self.now, _, each = heapq.heappop(self.heap)
            each.switch()

    def _later(self, seconds, each):
        at = self.now + timedelta(seconds=seconds)
        heapq.heappush(self.heap, (at, next(self.numbers), each))


@dataclass
class Skewed:
    time: Together
    by: timedelta

    def now(self):
        return self.time.now + self.by


senders = st.tuples(
    st.floats(0, 3),  # when it begins
    st.integers(1, 40),  # how many mails
    st.floats(-0.5, 0.5),  # how wrong its clock is, in slacks
    st.floats(0, 0.3),  # how long a call takes
)


def most_in_a_second(moments):
    moments = sorted(moments)
    return max(
        sum(begin <= moment < begin + SECOND for moment in moments[n:])
        for n, begin in enumerate(moments)
    )


@settings(max_examples=60)
@given(
    per_second=st.sampled_from([0.5, 1.0, 3.0, 14.0, 30.0, 60.0, 200.0]),
    plan=st.lists(senders, min_size=1, max_size=6),
)
def test_all_senders_together_keep_the_quota_in_every_second(per_second, plan):
    time, budget, quota = Together(), MemorySendBudget(), FixedQuota(per_second)
    called, told = [], []

    def sender(mails, skew, latency):
        clock = Skewed(time, skew * SLACK)
        service = Recorder(clock, time.wait, latency)

        def act():
            class Service:
                def send(self, sent):
                    called.append(time.now)
                    return service.send(sent)

            mailer = paced(Service(), budget, quota, clock, time.wait)
            told.extend(mailer.send_all([mail(number) for number in range(mails)]))

        return act

    for after, mails, skew, latency in plan:
        time.begin(after, sender(mails, skew, latency))
    time.run()
    assert most_in_a_second(called) <= max(1, floor(per_second))
    assert len(told) == sum(mails for _, mails, _, _ in plan)
    assert sum(isinstance(each, Accepted) for each in told) == len(called)
    assert all(each is Refusal.THROTTLED or isinstance(each, Accepted) for each in told)


@pytest.mark.parametrize("per_second", [14.0, 60.0, 500.0])
def test_senders_in_a_crowd_use_nearly_all_of_the_pace(per_second):
    time, budget, quota = Together(), MemorySendBudget(), FixedQuota(per_second)
    accepted = []

    def act():
        mailer = paced(Recorder(time_clock, time.wait), budget, quota, time_clock, time.wait)
        while time.now < START + 20 * SECOND:
            told = mailer.send_all([mail()] * 20)
            accepted.extend(each for each in told if isinstance(each, Accepted))
            if Refusal.THROTTLED in told:
                time.wait(0.1)

    time_clock = Skewed(time, timedelta(0))
    for number in range(8):
        time.begin(number / 100, act)
    time.run()
    seconds = (time.now - START).total_seconds()
    assert len(accepted) >= 0.95 * pace_of(per_second).per_second * (seconds - 1)
