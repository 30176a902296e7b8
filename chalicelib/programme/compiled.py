"""A programme as one JSON file, which says the same as the programme.yaml it was made of.

Written when a programme is compiled, read when a function starts. It was checked before it was
written, so reading checks nothing and takes no time.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from chalicelib.domain.breaker import Breaker
from chalicelib.domain.contact_rules import FrequencyCap, QuietHours
from chalicelib.domain.earning_rules import NO_EARNING
from chalicelib.domain.events import EventType
from chalicelib.domain.journey import (
    Exits,
    Gift,
    Goal,
    Journey,
    OnUnknown,
    Programme,
    Sender,
    Step,
)
from chalicelib.domain.news import happening
from chalicelib.domain.tracking import Tracking
from chalicelib.programme.compiled_benefits import benefits_data, benefits_of
from chalicelib.programme.compiled_condition import condition_data, condition_of
from chalicelib.programme.compiled_earning import earning_data, earning_of
from chalicelib.programme.compiled_tiers import tiers_data, tiers_of
from chalicelib.programme.compiled_units import units_data, units_of

FILE = "programme.json"
"""Where it is in a folder, the folder is a compiled one."""

Data: TypeAlias = Mapping[str, Any]

_SHOWN_IN_NO_MAIL = (
    "sender",
    "time_zone",
    "consent_required",
    "quiet_hours",
    "frequency_caps",
    "journeys",
    "unit_rules",
    "earning",
    "tier_rules",
    "benefits",
)


def read_compiled(file: Path) -> Programme:
    return programme_of(json.loads(file.read_bytes()))


def digest_of(programme: Programme) -> str:
    """Tell the programme from every other, in whichever form it was read: SHA-256 in hex."""
    text = json.dumps(data_of(programme), sort_keys=True)
    return sha256(text.encode()).hexdigest()


def data_of(programme: Programme) -> Data:
    """Return the JSON from which ``programme_of`` makes an equal programme."""
    quiet = programme.quiet_hours
    return {
        "name": programme.name,
        "sender": [programme.sender.name, programme.sender.address, programme.sender.names],
        "locales": programme.locales,
        "time_zone": programme.time_zone,
        "consent_required": programme.consent_required,
        "units": programme.units,
        "unit_rules": units_data(programme.unit_rules),
        "tiers": programme.tiers,
        "tier_rules": tiers_data(programme.tier_plan),
        "benefits": benefits_data(programme.benefits),
        "quiet_hours": [quiet.start.isoformat(), quiet.end.isoformat()] if quiet else None,
        "frequency_caps": [[cap.mails, _seconds(cap.per)] for cap in programme.frequency_caps],
        "goals": [_goal_data(goal) for goal in programme.goals.values()],
        "journeys": [_journey_data(journey) for journey in programme.journeys.values()],
        "links": programme.links,
        "tracking": _tracking_data(programme.tracking),
        "images": programme.images,
        "images_url": programme.images_url,
        "details": programme.details,
        "topics": programme.topics,
        "spacing": [_seconds(least) for least in programme.spacing],
        "earning": earning_data(programme.earning),
    }


def mail_data_of(programme: Programme) -> Data:
    """Return all of the programme that its mails can show, in the form in which it is kept.

    Whatever a programme gets that is new is taken to show in mails until it is listed above.
    """
    data = data_of(_without_rules(programme))
    return {name: value for name, value in data.items() if name not in _SHOWN_IN_NO_MAIL}


def _without_rules(programme: Programme) -> Programme:
    """Leave out what is large and shows in no mail."""
    return replace(programme, journeys={}, earning=NO_EARNING)


def showing(programme: Programme, data: Data) -> Programme:
    """Return a programme whose mails show what ``mail_data_of`` has kept, perhaps long ago.

    Of what was not known yet when it was kept, the programme of today has its own.
    """
    return programme_of({**data_of(_without_rules(programme)), **data})


def programme_of(data: Data) -> Programme:
    quiet = data["quiet_hours"]
    sender_name, sender_address, sender_names = data["sender"]
    goals = [_goal(goal) for goal in data["goals"]]
    journeys = [_journey(journey) for journey in data["journeys"]]
    return Programme(
        name=data["name"],
        sender=Sender(name=sender_name, address=sender_address, names=sender_names),
        locales=tuple(data["locales"]),
        time_zone=data["time_zone"],
        consent_required=data["consent_required"],
        units=tuple(data["units"]),
        unit_rules=units_of(data["unit_rules"]),
        tiers=tuple(data["tiers"]),
        tier_plan=tiers_of(data["tiers"], data["tier_rules"]),
        benefits=benefits_of(data["tiers"], data["benefits"]),
        quiet_hours=QuietHours(*map(time.fromisoformat, quiet)) if quiet else None,
        frequency_caps=tuple(
            FrequencyCap(mails, timedelta(seconds=per)) for mails, per in data["frequency_caps"]
        ),
        goals={goal.name: goal for goal in goals},
        journeys={journey.name: journey for journey in journeys},
        links=data["links"],
        tracking=_tracking(*data["tracking"]) if data["tracking"] else None,
        images=data["images"],
        images_url=data["images_url"],
        details=data["details"],
        topics=data["topics"],
        spacing=tuple(timedelta(seconds=least) for least in data["spacing"]),
        earning=earning_of(data["earning"]),
    )


def _tracking_data(tracking: Tracking | None) -> list[Any] | None:
    if tracking is None:
        return None
    return [tracking.source, tracking.medium, sorted(tracking.untracked)]


def _tracking(source: str, medium: str, untracked: list[str]) -> Tracking:
    return Tracking(source=source, medium=medium, untracked=frozenset(untracked))


def _goal_data(goal: Goal) -> Data:
    return {
        "name": goal.name,
        "event": goal.event.value,
        "within": _seconds(goal.within),
        "prior": goal.prior,
    }


def _goal(data: Data) -> Goal:
    return Goal(
        name=data["name"],
        event=EventType(data["event"]),
        within=timedelta(seconds=data["within"]),
        prior=data["prior"],
    )


def _journey_data(journey: Journey) -> Data:
    return {
        "name": journey.name,
        "version": journey.version,
        "entry_event": journey.entry_event.value,
        "entry_when": condition_data(journey.entry_when),
        "salt": journey.salt,
        "holdout": journey.holdout,
        "goals": journey.goals,
        "exit_when": condition_data(journey.exit_when),
        "breaker": [journey.breaker.complaints, journey.breaker.bounces, journey.breaker.mails],
        "exits": _exits_data(journey.exits),
        "steps": [_step_data(step) for step in journey.steps],
    }


def _journey(data: Data) -> Journey:
    return Journey(
        name=data["name"],
        version=data["version"],
        entry_event=happening(data["entry_event"]),
        entry_when=condition_of(data["entry_when"]),
        salt=data["salt"],
        holdout=data["holdout"],
        goals=tuple(data["goals"]),
        exit_when=condition_of(data["exit_when"]),
        breaker=Breaker(*data["breaker"]),
        exits=_exits(*data["exits"]) if data["exits"] else None,
        steps=tuple(_step(step) for step in data["steps"]),
    )


def _exits_data(exits: Exits | None) -> list[Any] | None:
    if exits is None:
        return None
    return [[each.value for each in exits.on], condition_data(exits.when)]


def _exits(on: list[str], when: list[Any] | None) -> Exits:
    return Exits(on=tuple(map(happening, on)), when=condition_of(when))


def _step_data(step: Step) -> Data:
    gift = step.gift
    return {
        "name": step.name,
        "mail": step.mail,
        "wait": _seconds(step.wait),
        "wait_for": condition_data(step.wait_for),
        "when": condition_data(step.when),
        "goal": step.goal,
        "gift": [gift.goal, gift.unit, gift.amount] if gift else None,
        "topic": step.topic,
        "on_unknown": step.on_unknown.value,
    }


def _step(data: Data) -> Step:
    return Step(
        name=data["name"],
        mail=data["mail"],
        wait=timedelta(seconds=data["wait"]),
        wait_for=condition_of(data["wait_for"]),
        when=condition_of(data["when"]),
        goal=data["goal"],
        gift=_gift(*data["gift"]) if data["gift"] else None,
        topic=data["topic"],
        on_unknown=OnUnknown(data["on_unknown"]),
    )


def _gift(goal: str, unit: str, amount: int) -> Gift:
    return Gift(goal=goal, unit=unit, amount=amount)


def _seconds(span: timedelta) -> int:
    """Durations are written in minutes and more."""
    return span // timedelta(seconds=1)
