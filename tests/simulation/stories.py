"""Records of runs that never were, written by hand: what the checkers are tried on.

A story begins with a treated member, Ann, who has joined and stands before her first step; each
method lets one thing be seen. What comes out of it is judged exactly as a run is.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from domain.builders import journey, programme

from chalicelib.domain.arms import Arm
from chalicelib.domain.brakes import NO_PAUSES
from chalicelib.domain.contact_rules import FrequencyCap, QuietHours
from chalicelib.domain.enrolment import Enrolment, StepRecord, StepState
from chalicelib.domain.events import EventOutcome
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.gifts import Grant
from chalicelib.domain.journey import Gift, OnUnknown, Step
from chalicelib.domain.member import Consent, ConsentStatus, Member
from chalicelib.domain.report import fold_reports
from chalicelib.simulation.checkers import told
from chalicelib.simulation.checkers.history import History
from chalicelib.simulation.final import FinalState
from chalicelib.simulation.record import (
    Accepted,
    Answered,
    Began,
    Called,
    DeadLettered,
    Deployed,
    Heard,
    Record,
    Refused,
    Stored,
)
from chalicelib.usecases.ports import EventRecord, OutgoingMail

START = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ANN = "a" * 26
ANNS_CARD = "7000000001"
ANNS_ADDRESS = "ann.canary@example.com"
JOINED = {
    "type": "member.joined",
    "timestamp": START.isoformat(),
    "data": {
        "member": {"card": ANNS_CARD, "email": ANNS_ADDRESS},
        "channel": "offline",
        "balances": {"redeemable": 100},
    },
}
GIFT = Gift(goal="account_registered", unit="redeemable", amount=500)
STEPS = (
    Step(name="first", mail="welcome", gift=GIFT, topic="account"),
    Step(name="second", mail="reminder", on_unknown=OnUnknown.RETRY_ONCE),
)
PROGRAMME = programme(
    journey(*STEPS, holdout=0.0),
    quiet_hours=QuietHours(
        datetime.min.time().replace(hour=21), datetime.min.time().replace(hour=9)
    ),
    frequency_caps=(FrequencyCap(2, DAY),),
    time_zone="UTC",
    topics={"account": "Your account", "miles": "Miles"},
)


def standing_before(step="first", **changes):
    made = Enrolment(
        member_id=ANN,
        journey="welcome",
        journey_version=1,
        entry=1,
        arm=Arm.TREATED,
        entered_at=START,
        step=step,
        ready_at=START,
        due_at=START,
        holdout=0.0,
    )
    return replace(made, **changes)


def ann(**changes):
    made = Member(
        member_id=ANN,
        joined_at=START,
        consent=Consent(ConsentStatus.UNSAID, START),
        attributes={"card": ANNS_CARD, "email": ANNS_ADDRESS, "channel": "offline"},
        balances={"redeemable": 100},
        set_at=dict.fromkeys(["card", "email", "channel", "balances.redeemable"], START),
    )
    return replace(made, **changes)


class Story:
    """One record that grows; ``now`` and ``by`` may be set at any time."""

    def __init__(self, first=PROGRAMME, *, enrolled=True):
        self.now, self.by = START, "world"
        self.record = Record(lambda: self.now, lambda: self.by)
        self.stored = {}
        self.deploy(first)
        self.webhook("joined", JOINED)
        self.profile(ann())
        self.conclude("joined", JOINED)
        if enrolled:
            self.enrol(standing_before())

    @property
    def history(self):
        return History.of(self.record)

    @property
    def member(self):
        return self.stored["PROFILE", ANN]

    @property
    def enrolment(self):
        return self.stored["ENROLMENT", f"{ANN}#welcome#1"]

    def deploy(self, what):
        self.programme = what
        self.record.add(Deployed, programme=what)

    def begin(self, by):
        """Let an invocation begin; what follows is done by it."""
        self.by = by
        self.record.add(Began, function=by.partition("#")[0])

    def store(self, what, key, after):
        before = self.stored.get((what, key))
        self.stored[what, key] = after
        return self.record.add(Stored, what=what, key=key, before=before, after=after)

    def profile(self, member):
        known = self.stored.get(("PROFILE", member.member_id))
        after = replace(member, version=(known.version if known else 0) + 1)
        return self.store("PROFILE", member.member_id, after)

    def change(self, **changes):
        return self.profile(replace(self.member, **changes))

    def enrol(self, enrolment):
        key = f"{enrolment.member_id}#{enrolment.journey}#{enrolment.entry}"
        known = self.stored.get(("ENROLMENT", key))
        return self.store(
            "ENROLMENT", key, replace(enrolment, version=(known.version if known else 0) + 1)
        )

    def touch(self):
        """Store the enrolment as it is, as whoever settles a member does."""
        return self.enrol(self.enrolment)

    def step(self, name="first", **changes):
        """Store another record of a step."""
        known = self.enrolment.steps.get(name) or StepRecord(state=StepState.SENDING, at=self.now)
        steps = {**self.enrolment.steps, name: replace(known, **changes)}
        return self.enrol(replace(self.enrolment, steps=steps))

    def claim(self, attempt="a1", step="first"):
        known = self.enrolment.steps.get(step)
        record = StepRecord(state=StepState.SENDING, at=self.now, attempt=attempt)
        if known:
            record = replace(record, former_attempt=known.attempt, former_at=known.at)
        steps = {**self.enrolment.steps, step: record}
        return self.enrol(replace(self.enrolment, step=step, steps=steps, due_at=None))

    def release(self, step="first"):
        steps = {name: record for name, record in self.enrolment.steps.items() if name != step}
        return self.enrol(replace(self.enrolment, steps=steps, due_at=self.now))

    def call(self, attempt="a1", step="first"):
        return self.record.add(Called, mail=mail(attempt, step), worker_at=self.now)

    def accept(self, attempt="a1", step="first"):
        mail_ = mail(attempt, step)
        return self.record.add(Accepted, mail=mail_, message_id=attempt, worker_at=self.now)

    def refuse(self, attempt="a1", step="first", why="throttled"):
        return self.record.add(Refused, mail=mail(attempt, step), worker_at=self.now, why=why)

    def sent(self, attempt="a1", step="first"):
        """Record the mail as sent; the member stands before the step after it."""
        self.step(step, state=StepState.SENT, message_id=attempt)
        after = "second" if step == "first" else None
        due = self.now if after else None
        return self.enrol(replace(self.enrolment, step=after, due_at=due))

    def mail(self, attempt="a1", step="first"):
        """Let everything go well."""
        self.claim(attempt, step)
        self.call(attempt, step)
        self.accept(attempt, step)
        return self.sent(attempt, step)

    def hear(self, kind, attempt="a1", step="first", recipient=ANNS_ADDRESS):
        return self.record.add(
            Heard, kind=kind, tags=tags(attempt, step), message_id=attempt, recipient=recipient
        )

    def webhook(self, webhook_id, body, status=202):
        return self.record.add(
            Answered, what="webhook", status=status, webhook_id=webhook_id, body=body
        )

    def unsubscribed(self, status=200):
        return self.record.add(Answered, what="unsubscribe", status=status, member_id=ANN)

    def chose(self, topics=("account", "miles"), days="", status=200, language="en"):
        """Let Ann save the form of her page of preferences; the profile is another matter."""
        chosen = {"topics": list(topics), "days": days, "language": language}
        return self._posted(chosen, status)

    def turned(self, word, status=200):
        """Let Ann turn all mails on or off on her page of preferences."""
        return self._posted({"mails": word}, status)

    def _posted(self, chosen, status):
        return self.record.add(
            Answered, what="preferences", status=status, member_id=ANN, chosen=chosen
        )

    def conclude(self, event_id, body, outcome=EventOutcome.APPLIED):
        record = EventRecord(
            partner="demo",
            event_id=event_id,
            body_hash=told.body_hash(body),
            received_at=self.now,
            outcome=outcome,
            member_id=ANN,
        )
        return self.store("EVENT", f"demo#{event_id}", record)

    def tell(self, event_id, type_, at=None, **data):
        """Let a partner tell something that has its effect."""
        body = event(type_, at or self.now, **data)
        self.webhook(event_id, body)
        return self.conclude(event_id, body)

    def park(self, event_id, body, reason, **names):
        """Let an event lie among the dead letters; return what lies there at the end."""
        text = letter(event_id, body, **names)
        self.record.add(DeadLettered, queue="events", body=text, reason=reason)
        return {"events": [(text, reason)]}

    def grant(self, step="first", amount=500, member_id=ANN):
        source = f"welcome.1.{step}"
        made = Grant(
            member_id=member_id,
            source=source,
            unit="redeemable",
            amount=amount,
            granted_at=self.now,
        )
        return self.store("GRANT", f"{member_id}#{source}", made)

    def final(self, **changes):
        enrolments = [stored for (what, _), stored in self.stored.items() if what == "ENROLMENT"]
        made = FinalState(
            now=self.now,
            quiet=True,
            programme=self.programme,
            pauses=NO_PAUSES,
            members=[stored for (what, _), stored in self.stored.items() if what == "PROFILE"],
            enrolments=enrolments,
            grants=[stored for (what, _), stored in self.stored.items() if what == "GRANT"],
            events=[stored for (what, _), stored in self.stored.items() if what == "EVENT"],
            reports=fold_reports(self.programme, enrolments),
            queues={"events": [], "sends": [], "feedback": []},
            dead_letters={},
        )
        return replace(made, **changes)


def tags(attempt="a1", step="first"):
    key = StepKey(member_id=ANN, journey="welcome", entry=1, step=step)
    return MappingProxyType(
        {
            "member": key.member_id,
            "journey": key.journey,
            "entry": str(key.entry),
            "step": key.step,
            "attempt": attempt,
        }
    )


def mail(attempt="a1", step="first"):
    token = "k1.unsubscribe-token-of-ann.0123456789"
    mime = f"List-Unsubscribe: <https://mail.example.com/m/unsubscribe/{token}>\n\n".encode()
    return OutgoingMail(
        sender="news@mail.example.com",
        recipient=ANNS_ADDRESS,
        mime=mime,
        tags=tags(attempt, step),
    )


def event(type_, at, **data):
    return {
        "type": type_,
        "timestamp": at.isoformat(),
        "data": {"member": {"card": ANNS_CARD}, **data},
    }


def letter(event_id, body, **names):
    """Write an event as the engine does when it parks it; ``names`` are Ann's card unless told."""
    aliases = [{"type": t, "value": v} for t, v in (names or {"card": ANNS_CARD}).items()]
    parked = {"event_id": event_id, "body_hash": told.body_hash(body), "aliases": aliases}
    return json.dumps({"events": [parked]})


def texts(violations):
    return [str(violation) for violation in violations]
