"""The mail service at the account's pace: no call begins without leave, and none out of time.

Leave is taken after the claim, right before the calls, for all mails that ask together. A mail
that gets none in time was surely not sent; it never waits longer than a sender may.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import cast

from chalicelib.adapters.lockstep import Answers, ask
from chalicelib.domain.pace import MOST_BEGUN, Pace, Permit, pace_of
from chalicelib.usecases.brake_ports import SendBudget, SendQuota
from chalicelib.usecases.ports import Accepted, Clock, Mailer, OutgoingMail, Refusal

PATIENCE = timedelta(seconds=5)
"""How long a mail waits for its window: longer costs more than looking at it again."""
_SPARE_TAKES = 3
"""For windows that were over before a call could begin."""

Answer = Accepted | Refusal | Exception
Wait = Callable[[float], None]
"""Waits so many seconds; ``clock`` goes on meanwhile."""
OnFailure = Callable[[Exception], None]


class PacedMailer:
    """The port ``Mailer``, over another one.

    ``parallel`` is how many calls are under way at a time: most of a call is waiting. ``most``
    is how many can begin while a window is open; to ask for more would waste what others can use.
    ``on_failure`` hears of each time that the budget was asked in vain.
    """

    def __init__(  # noqa: PLR0913 - each is one port
        self,
        mailer: Mailer,
        budget: SendBudget,
        quota: SendQuota,
        clock: Clock,
        wait: Wait,
        *,
        on_failure: OnFailure,
        most: int = MOST_BEGUN,
        parallel: int = 1,
    ) -> None:
        self._mailer = mailer
        self._budget = budget
        self._quota = quota
        self._clock = clock
        self._wait = wait
        self._most = most
        self._on_failure = on_failure
        self._callers = ThreadPoolExecutor(parallel) if parallel > 1 else None

    def send(self, mail: OutgoingMail) -> Accepted | Refusal:
        return cast("Accepted | Refusal", ask(self.send_all, mail))

    def send_all(self, mails: Sequence[OutgoingMail]) -> Answers[Accepted | Refusal]:
        """Send the mails of acts that run together, as many at a time as there is leave for."""
        answers: dict[int, Answer] = {}
        pace = pace_of(self._quota.per_second())
        if pace:
            self._send_paced(pace, mails, answers)
        return [answers.get(number, Refusal.THROTTLED) for number in range(len(mails))]

    def _send_paced(
        self, pace: Pace, mails: Sequence[OutgoingMail], answers: dict[int, Answer]
    ) -> None:
        """Send window by window, until all are sent or it takes too long."""
        until = self._clock.now() + PATIENCE
        waiting = list(range(len(mails)))
        for _ in range(len(mails) + _SPARE_TAKES):
            wanted = min(len(waiting), self._most)
            leave = self._leave(pace, wanted, until) if wanted else None
            if leave is None:
                return
            called = waiting[: leave.mails]
            told = self._call([mails[number] for number in called], leave)
            answers |= {number: each for number, each in zip(called, told, strict=True) if each}
            waiting = [number for number in waiting if number not in answers]

    def _leave(self, pace: Pace, wanted: int, until: datetime) -> Permit | None:
        """Take leave and wait for its window; None, too, when the budget can't be asked.

        For whatever reason that is: an error here must not make of mails that surely were not
        sent, and of those that were sent before, mails of which nobody knows.
        """
        now = self._clock.now()
        if now >= until:
            return None
        try:
            leave = self._budget.take(pace, wanted, now, until)
        except Exception as error:  # noqa: BLE001 - see above
            self._on_failure(error)
            return None
        if leave and (ahead := (leave.opens - self._clock.now()).total_seconds()) > 0:
            self._wait(ahead)
        return leave

    def _call(self, mails: Sequence[OutgoingMail], leave: Permit) -> list[Answer | None]:
        """Call for each mail; None for one whose window was not open when its turn came."""

        def call(mail: OutgoingMail) -> Answer | None:
            if not leave.opens <= self._clock.now() < leave.closes:
                return None
            try:
                return self._mailer.send(mail)
            except Exception as error:  # noqa: BLE001 - raised for the mail's own act
                return error

        if len(mails) > 1 and self._callers:
            return list(self._callers.map(call, mails))
        return [call(mail) for mail in mails]
