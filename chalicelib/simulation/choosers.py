"""Those readers who open their page of preferences: what they choose there, and when.

They look first or not, choose again, repeat what got no answer, and now and then turn all mails off
or on; some do so in the very seconds in which a mail is sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from chalicelib.domain.preferences import DAY
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.cloud import Cloud
from chalicelib.simulation.coincidence import Coincidences
from chalicelib.simulation.plan import Plan
from chalicelib.simulation.record import Accepted, Answered
from chalicelib.world.gateway import HttpResponse
from chalicelib.world.mailbox import ReceivedMail

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
LATEST = 72 * HOUR
LONGEST = timedelta(days=7)
"""A run is over long before mails with more time between them are."""
_PAGE = re.compile(r"/m/preferences/\S+")
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_AGAIN = (30 * SECOND, HOUR, 8 * HOUR)

Chosen = Mapping[str, object]


@dataclass(slots=True)
class Choosers:
    """Everybody who chooses in this run."""

    cloud: Cloud
    plan: Plan
    chance: Chance
    coincidences: Coincidences

    def __post_init__(self) -> None:
        self.cloud.record.listen(Accepted, self._on_mail)

    def _on_mail(self, accepted: Accepted) -> None:
        member_id, path = accepted.mail.tags["member"], ""
        while self.chance.happens(self.plan.habits.chooses):
            after = self.chance.span(SECOND, LATEST)
            path = path or _page_of(accepted)
            if self.chance.happens(0.3):
                self.cloud.scheduler.after(after, partial(self._look, path, member_id), "member")
            self._choose(path, member_id, self._choice(), after, 0)

    def _choice(self) -> Chosen:
        """Draw what a form of the page can say."""
        programme, chance = self.cloud.programme, self.chance
        if chance.happens(0.2):
            return {"mails": chance.one_of(("off", "on"))}
        days = [str(each // DAY) for each in programme.spacing if each <= LONGEST]
        return {
            "topics": [topic for topic in programme.topics if chance.happens(0.5)],
            "days": chance.one_of(("", *days)),
            "language": chance.one_of(programme.locales),
        }

    def _choose(
        self, path: str, member_id: str, chosen: Chosen, after: timedelta, tries: int
    ) -> None:
        def answered(response: HttpResponse) -> None:
            self._told("preferences", member_id, response, chosen)
            if response.status >= 500 and tries < len(_AGAIN) and self.chance.happens(0.8):  # noqa: PLR2004
                self._choose(path, member_id, chosen, _AGAIN[tries], tries + 1)

        def post() -> None:
            self.cloud.request("POST", path, _FORM, _body(chosen), answered)

        self.coincidences.at(self.cloud.scheduler.now + after, post, "member")

    def _look(self, path: str, member_id: str) -> None:
        self.cloud.request(
            "GET", path, {}, b"", lambda told: self._told("preferences_page", member_id, told)
        )

    def _told(
        self, what: str, member_id: str, response: HttpResponse, chosen: Chosen | None = None
    ) -> None:
        self.cloud.scheduler.actor = "member"
        self.cloud.record.add(
            Answered, what=what, status=response.status, member_id=member_id, chosen=chosen
        )


def _page_of(accepted: Accepted) -> str:
    """Return the path of the page from the mail itself: its text, for HTML takes long to read."""
    text = accepted.mail.mime.partition(b"Content-Type: text/html")[0]
    mail = replace(accepted.mail, mime=text)
    received = ReceivedMail(0, accepted.at, accepted.message_id, mail)
    found = _PAGE.search(received.part("plain"))
    if found is None:
        raise LookupError("a mail has no link to the page of preferences; look at its text")
    return found[0]


def _body(chosen: Chosen) -> bytes:
    if "mails" in chosen:
        return urlencode(chosen).encode()
    fields = {"choose": "yes", "topic": chosen["topics"], "spacing": chosen["days"]}
    return urlencode({**fields, "language": chosen["language"]}, doseq=True).encode()
