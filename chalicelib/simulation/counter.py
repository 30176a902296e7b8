"""A partner's counters, where members spend: it asks at once, and again until it has an answer.

Each request has a reference of its own and one body. When no answer came, or the counter's own
machine lost it, the same is asked again; now and then a reference is used for something else.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from chalicelib.adapters.clock import SystemClock
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.cloud import Cloud
from chalicelib.simulation.coincidence import Coincidences
from chalicelib.simulation.faults import Fault
from chalicelib.simulation.partner import NAME, SECRET
from chalicelib.simulation.people import Person
from chalicelib.simulation.plan import START, Plan
from chalicelib.simulation.record import Answered, Faulted
from chalicelib.world.gateway import HttpResponse
from chalicelib.world.partner import sign

PATH = f"/v1/partners/{NAME}/ledger/"
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
VISITS = 8
_AGAIN = (2, 10, 60, 600, 3600)
_TAKEN = range(200, 300)
_UNKNOWN = 500

Body = Mapping[str, object]


@dataclass(slots=True)
class Counters:
    """Serves the members who buy; ``calm``: no answer is lost any more."""

    cloud: Cloud
    plan: Plan
    chance: Chance
    coincidences: Coincidences
    calm: bool = False
    serves: Callable[[int], object] = lambda _: None
    """Hears who is served at this moment, before anything is asked."""
    _asked: int = field(default=0)

    def begin(self) -> None:
        """Expect everybody who comes to spend."""
        for number in range(self.plan.members):
            while self.chance.happens(self.plan.habits.buys):
                at = START + DAY * self.plan.days * self.chance.between(0.2, 1.0)
                self._at(at, partial(self._serve, number))
                if self._asked > VISITS * self.plan.members:
                    return

    def _at(self, at: datetime, act: partial[None]) -> None:
        self._asked += 1
        self.coincidences.at(at, act, "counter")

    def _serve(self, number: int) -> None:
        self.serves(number)
        member = {"card": Person(number).names["card"]}
        amount = self.chance.one_of((10, 40, 100, 150, 500))
        wanted = {"member": member, "unit": "redeemable", "amount": amount}
        if self.chance.happens(0.4):
            self._ask("redeem", wanted)
        else:
            minutes = self.chance.one_of((15, 600, 4_000))
            self._ask("reserve", {**wanted, "minutes": minutes})
        if self.chance.happens(0.15):
            bought = f"buy-{number}-{self.chance.below(4)}"
            self._ask("reverse", {"original": bought})

    def _ask(self, act: str, body: Body) -> None:
        self._asked += 1
        named = {"reference": f"{act}-{self._asked}", **body}
        self._send(act, named, 0)
        if self.chance.happens(0.1):  # once more, and with another body
            later = self.cloud.scheduler.now + DAY * self.chance.random()
            self._later(later, partial(self._send, act, named, 0))
            self._later(later, partial(self._send, act, {**named, **_other(act)}, 0))

    def _later(self, at: datetime, act: partial[None]) -> None:
        self.cloud.scheduler.at(at, act, "counter")

    def _send(self, act: str, body: Body, tries: int) -> None:
        raw = json.dumps(body).encode()
        headers = sign(SECRET, str(body["reference"]), raw, SystemClock().now())
        answered = partial(self._answered, act, body, tries)
        self.cloud.request("POST", f"{PATH}{act}", headers, raw, answered)

    def _answered(self, act: str, body: Body, tries: int, response: HttpResponse) -> None:
        self.cloud.scheduler.actor = "counter"
        status = 0 if self._answer_is_lost() else response.status
        self.cloud.record.add(
            Answered,
            what="ledger",
            status=status,
            webhook_id=str(body["reference"]),
            body=body,
            page=response.body if status in _TAKEN else b"",
        )
        if status == 0 or status >= _UNKNOWN:
            after = SECOND * _AGAIN[min(tries, len(_AGAIN) - 1)]
            if tries < len(_AGAIN) or self.calm:
                again = partial(self._send, act, body, tries + 1)
                self._later(self.cloud.scheduler.now + after, again)
        elif status in _TAKEN:
            self._go_on(act, str(body["reference"]))

    def _go_on(self, act: str, reference: str) -> None:
        """Capture or release what is reserved, or forget it; take back some of what was spent."""
        after = self.cloud.scheduler.now + DAY * 2 * self.chance.random() ** 3
        if act == "reserve" and self.chance.happens(0.7):
            if self.chance.happens(0.3):
                self._later(after, partial(self._ask, "release", {"reservation": reference}))
                return
            part = {"amount": self.chance.one_of((5, 10, 60))} if self.chance.happens(0.4) else {}
            self._later(after, partial(self._ask, "capture", {"reservation": reference, **part}))
        if act in {"redeem", "capture"} and self.chance.happens(0.5):
            part = {"amount": self.chance.one_of((5, 10, 60))} if self.chance.happens(0.6) else {}
            self._later(after, partial(self._ask, "reverse", {"original": reference, **part}))

    def _answer_is_lost(self) -> bool:
        rate = self.plan.rates.get(Fault.ANSWER_LOST, 0.0)
        if self.calm or not self.chance.happens(rate):
            return False
        self.cloud.record.add(Faulted, kind=Fault.ANSWER_LOST, where="counter")
        return True


def _other(act: str) -> Body:
    """Return what makes another body of a request."""
    if act in {"redeem", "reserve"}:
        return {"amount": 7}
    return {"reservation": "another"} if act in {"capture", "release"} else {"original": "another"}
