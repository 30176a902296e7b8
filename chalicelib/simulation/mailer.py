"""A mail service that takes mails, refuses them, or leaves the caller in the dark.

It records every request and everything that it took: it is the truth that no answer changes.
"""

from collections.abc import Sequence
from itertools import count
from typing import cast

from chalicelib.adapters.lockstep import Answers, ask
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.faults import Fault, Rates
from chalicelib.simulation.proxies import Gate
from chalicelib.simulation.record import Accepted as MailAccepted
from chalicelib.simulation.record import Called, Record, Refused
from chalicelib.usecases.ports import Accepted, Clock, OutgoingMail, Refusal, UnavailableError

CALL = "mailer.send"
_REFUSALS = {
    Fault.MAIL_THROTTLE: Refusal.THROTTLED,
    Fault.MAIL_REFUSE: Refusal.REFUSED,
    Fault.ACCOUNT_REFUSE: Refusal.ACCOUNT_REFUSED,
}
_OWN = (*_REFUSALS, Fault.MAIL_FAIL, Fault.MAIL_LOSE_REPLY)


class SimulatedMailer:
    """The port ``Mailer``. Mails of acts in lockstep are calls of their own, one by one."""

    def __init__(
        self, record: Record, gate: Gate, clock: Clock, chance: Chance, rates: Rates
    ) -> None:
        self._record = record
        self._gate = gate
        self._clock = clock
        self._chance = chance
        self._rates = rates
        self._numbers = count(1)

    def send(self, mail: OutgoingMail) -> Accepted | Refusal:
        return cast("Accepted | Refusal", ask(self._send_all, mail))

    def answer(self, mail: OutgoingMail) -> Accepted | Refusal | Exception:
        """Make the call for a client, which raises what it makes of the answer."""
        return self._send_all([mail])[0]

    def _send_all(self, mails: Sequence[OutgoingMail]) -> Answers[Accepted | Refusal]:
        """Begin all calls at one time, as parallel callers do, and wait for the slowest."""
        slow: list[str] = []
        answers = [self._outcome(mail, slow) for mail in mails]
        if slow:
            self._gate.wait(max(slow), CALL)
        return answers

    def _outcome(self, mail: OutgoingMail, slow: list[str]) -> Accepted | Refusal | Exception:
        """Make one call; what strikes calls in general strikes this one, too."""
        fault = self._gate.struck(CALL)
        match fault:
            case Fault.DIE_BEFORE:
                self._gate.die(fault, CALL)
            case Fault.DIE_AFTER | Fault.DIE_MIDWAY:
                self._call(mail)
                self._gate.die(fault, CALL)
            case Fault.REFUSE | Fault.REFUSE_PART:
                self._gate.note(fault, CALL)
                return self._refuse(mail, Refusal.THROTTLED)
            case Fault.LOSE_REPLY:
                self._call(mail)
                return self._no_answer(Fault.MAIL_LOSE_REPLY)
            case Fault.SLOW | Fault.STUCK | Fault.MEET:
                slow.append(fault)
        return self._call(mail)

    def _call(self, mail: OutgoingMail) -> Accepted | Refusal | Exception:
        own = self._own_fault()
        if own in _REFUSALS:
            self._gate.note(own, CALL)
            return self._refuse(mail, _REFUSALS[own])
        self._record.add(Called, mail=mail, worker_at=self._clock.now())
        if own is Fault.MAIL_FAIL:
            return self._no_answer(own)
        accepted = self._accept(mail)
        return self._no_answer(own) if own else accepted

    def _own_fault(self) -> Fault | None:
        if self._gate.calm:
            return None
        drawn = self._chance.random()
        for fault in _OWN:
            drawn -= self._rates.get(fault, 0.0)
            if drawn < 0:
                return fault
        return None

    def _accept(self, mail: OutgoingMail) -> Accepted:
        """Ids have the shape and the 60 characters of SES's own."""
        message_id = f"{next(self._numbers):016x}-00000000-0000-0000-0000-000000000000-000000"
        facts = {"mail": mail, "message_id": message_id, "worker_at": self._clock.now()}
        self._record.add(MailAccepted, **facts)
        return Accepted(message_id)

    def _refuse(self, mail: OutgoingMail, refusal: Refusal) -> Refusal:
        worker_at = self._clock.now()
        self._record.add(Called, mail=mail, worker_at=worker_at)
        self._record.add(Refused, mail=mail, why=refusal.value, worker_at=worker_at)
        return refusal

    def _no_answer(self, fault: Fault) -> UnavailableError:
        self._gate.note(fault, CALL)
        return UnavailableError(f"{CALL}: no answer came")
