"""Those who get the mails, and the mail service's word on what they do with them.

Feedback is late, doubled, out of order or never comes; readers leave by the mail's own link.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from chalicelib.domain.feedback import FeedbackKind
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.cloud import Cloud
from chalicelib.simulation.coincidence import Coincidences
from chalicelib.simulation.faults import Fault
from chalicelib.simulation.plan import Plan
from chalicelib.simulation.queue import SimulatedQueue
from chalicelib.simulation.record import Accepted, Answered, Faulted, Heard
from chalicelib.usecases.ports import OutgoingMail
from chalicelib.world.gateway import HttpResponse
from chalicelib.world.mailbox import ReceivedMail
from chalicelib.world.ses_events import ses_event

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
LATEST = 72 * HOUR
MUCH_LATER = 720 * HOUR
COPIES_OPENED = 0.3
"""More than in life, for each shows whether a mail can still be shown as it was sent."""
_LINKS = {
    "unsubscribe": re.compile(rb"^List-Unsubscribe:\s*<([^>]+)>", re.MULTILINE),
    "mail": re.compile(rb"^Archived-At:\s*<([^>]+)>", re.MULTILINE),
}
_ONE_CLICK = b"List-Unsubscribe=One-Click"
_AGAIN = (30 * SECOND, HOUR, 8 * HOUR)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the mail service calls it, and what it means."""

    name: str
    kind: FeedbackKind
    payload: Mapping[str, object] = field(default_factory=dict)


_SENT = _Said("Send", FeedbackKind.SENT)
_DELIVERED = _Said("Delivery", FeedbackKind.DELIVERED)
_DELAYED = _Said("DeliveryDelay", FeedbackKind.DELAYED)
_REJECTED = _Said("Reject", FeedbackKind.REJECTED)
_COMPLAINED = _Said("Complaint", FeedbackKind.COMPLAINED)
_HARD = _Said("Bounce", FeedbackKind.HARD_BOUNCED)
_SOFT = _Said("Bounce", FeedbackKind.SOFT_BOUNCED, {"bounceType": "Transient"})
_OPENED = _Said("Open", FeedbackKind.OPENED_BY_PERSON)
_FETCHED = _Said("Open", FeedbackKind.OPENED, {"userAgent": "Mozilla/5.0"})
_CLICKED = _Said("Click", FeedbackKind.CLICKED_BY_PERSON)


@dataclass(slots=True)
class Readers:
    """Everybody who gets mails in this run."""

    cloud: Cloud
    plan: Plan
    chance: Chance
    feedback: SimulatedQueue
    coincidences: Coincidences
    calm: bool = False
    copies: Chance = field(init=False)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.copies = Chance(self.plan.seed, "copies")
        self.cloud.record.listen(Accepted, self._on_mail)

    def _on_mail(self, accepted: Accepted) -> None:
        """Expect what this reader will do, and what will be heard of it."""
        received = ReceivedMail(
            next(self._numbers), accepted.at, accepted.message_id, accepted.mail
        )
        at_once = self._strikes(Fault.FEEDBACK_AT_ONCE)
        for said in self._fate():
            after = (0.2 if at_once else 5) * SECOND * self.chance.random()
            if said in (_OPENED, _FETCHED, _CLICKED, _COMPLAINED) and not at_once:
                after = self.chance.span(SECOND, LATEST)
            self._publish(said, received, after)
        if self.chance.happens(self.plan.habits.unsubscribes):
            self._leave(accepted.mail, self.chance.span(SECOND, LATEST))
        if self.chance.happens(0.05):
            self._get(accepted.mail, "mail", self.chance.span(SECOND, LATEST))
        if self.copies.happens(COPIES_OPENED):
            self._get(accepted.mail, "mail", self.copies.span(SECOND, MUCH_LATER))

    def _fate(self) -> list[_Said]:
        habits, chance = self.plan.habits, self.chance
        said = [_SENT] if self.plan.options.deliveries else []
        if chance.happens(habits.bounces):
            return [*said, chance.one_of((_HARD, _HARD, _SOFT, _REJECTED))]
        if self.plan.options.deliveries:
            said += [_DELAYED, _DELIVERED] if chance.happens(0.1) else [_DELIVERED]
        if chance.happens(habits.complaints):
            said.append(_COMPLAINED)
        if chance.happens(habits.opens):
            said += [chance.one_of((_OPENED, _OPENED, _FETCHED))]
            if chance.happens(0.3):
                said.append(_CLICKED)
        return said

    def _publish(self, said: _Said, received: ReceivedMail, after: timedelta) -> None:
        """Tell of it at its time, later, twice or never."""
        if self._strikes(Fault.FEEDBACK_NEVER):
            return
        happened = self.cloud.scheduler.now + after
        event = ses_event(said.name, received, happened, said.payload)
        late = (
            self.chance.span(SECOND, LATEST) if self._strikes(Fault.FEEDBACK_LATE) else 0 * SECOND
        )

        def tell() -> None:
            self.cloud.record.add(
                Heard,
                kind=said.kind.value,
                tags=received.mail.tags,
                message_id=received.message_id,
                recipient=received.mail.recipient,
            )
            self.feedback.send(event)

        self.coincidences.at(happened + late, tell, "world")
        if self._strikes(Fault.FEEDBACK_TWICE):
            self.cloud.scheduler.at(
                happened + late + self.chance.span(SECOND, LATEST), tell, "world"
            )

    def _leave(self, mail: OutgoingMail, after: timedelta) -> None:
        """Use the link: look first, or by the mail program's button, perhaps twice."""
        if self.chance.happens(0.3):
            self._get(mail, "unsubscribe", after)
        path = self._path(mail, "unsubscribe")
        times = 2 if self.chance.happens(0.3) else 1
        for number in range(times):
            self._post(mail, path, after + number * self.chance.span(SECOND, HOUR), 0)

    def _post(self, mail: OutgoingMail, path: str, after: timedelta, tries: int) -> None:
        def answered(response: HttpResponse) -> None:
            self._told("unsubscribe", mail, response)
            if response.status >= 500 and tries < len(_AGAIN) and self.chance.happens(0.8):  # noqa: PLR2004
                self._post(mail, path, _AGAIN[tries], tries + 1)

        headers = {"content-type": "application/x-www-form-urlencoded"}

        def post() -> None:
            self.cloud.request("POST", path, headers, _ONE_CLICK, answered)

        self.coincidences.at(self.cloud.scheduler.now + after, post, "member")

    def _get(self, mail: OutgoingMail, page: str, after: timedelta) -> None:
        what = "unsubscribe_page" if page == "unsubscribe" else page
        path = self._path(mail, page)

        def answered(told: HttpResponse) -> None:
            seen = {"path": path, "page": told.body} if what == "mail" else {}
            self._told(what, mail, told, **seen)

        def get() -> None:
            self.cloud.request("GET", path, {}, b"", answered)

        self.cloud.scheduler.after(after, get, "member")

    def _told(self, what: str, mail: OutgoingMail, response: HttpResponse, **seen: object) -> None:
        self.cloud.scheduler.actor = "member"
        facts = {"status": response.status, "member_id": mail.tags["member"], **seen}
        self.cloud.record.add(Answered, what=what, **facts)

    def _path(self, mail: OutgoingMail, page: str) -> str:
        """Return the path of a page from the mail itself."""
        found = _LINKS[page].search(mail.mime)
        if found is None:
            raise LookupError(f"a mail has no link to its page '{page}'; look at its headers")
        return found[1].decode().removeprefix(self.cloud.engine.base_url)

    def _strikes(self, fault: Fault) -> bool:
        if self.calm or not self.chance.happens(self.plan.rates.get(fault, 0.0)):
            return False
        self.cloud.record.add(Faulted, kind=fault, where="feedback")
        return True
