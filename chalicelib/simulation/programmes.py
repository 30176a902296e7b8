"""Variants of the shipped programme: what a run's options make of it, and what is deployed later.

The mails are the shipped ones, so every variant can be rendered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

from chalicelib.bootstrap import ROOT
from chalicelib.domain.benefits import NO_BENEFITS
from chalicelib.domain.breaker import Breaker
from chalicelib.domain.contact_rules import FrequencyCap
from chalicelib.domain.events import EventType
from chalicelib.domain.journey import Exits, Journey, OnUnknown, Programme, Step
from chalicelib.mail.expressions import Tree
from chalicelib.mail.templates import Mails, MailTemplates
from chalicelib.programme.loader import load_programme
from chalicelib.simulation.earning import EARNING, unit_rules
from chalicelib.simulation.plan import Options

FOLDER = ROOT / "templates" / "airline-bonus"
FIRST, SECOND = "welcome", "extras"
_CAPS: dict[str, tuple[FrequencyCap, ...]] = {
    "none": (),
    "tight": (FrequencyCap(1, timedelta(days=1)), FrequencyCap(3, timedelta(days=7))),
}
_TOUCHY = Breaker(complaints=0.1, bounces=0.2, mails=5)


@cache
def shipped(folder: Path = FOLDER) -> Programme:
    """Read once a process: it never changes."""
    return load_programme(folder)


@cache
def mails(folder: Path = FOLDER) -> MailTemplates:
    """Read once a process: it never changes."""
    return MailTemplates.load(folder)


def in_other_words(mails: MailTemplates) -> MailTemplates:
    """Return the same mails as a deployment brings them whose author changed every one."""
    return MailTemplates.of(cast("Mails", _InOtherWords(mails.source)))


class _InOtherWords:
    """The port ``Mails``, with one sentence more in each mail."""

    def __init__(self, source: Mails) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever mails have
        return getattr(self._source, name)

    def mail(self, name: str, language: str) -> Mapping[str, list[Tree]]:
        parts = self._source.mail(name, language)
        return {**parts, "html": ["<!-- in other words -->", *parts["html"]]}

    def digest(self, name: str, language: str) -> str:
        return f"in other words: {self._source.digest(name, language)}"


def programme_of(options: Options) -> Programme:
    """Return the programme that is there at the start."""
    base = shipped()
    first = _as_wanted(base.journeys[FIRST], options)
    journeys = {FIRST: first, **({SECOND: _second(first)} if options.second_journey else {})}
    return replace(
        base,
        journeys=journeys,
        quiet_hours=base.quiet_hours if options.quiet_hours else None,
        frequency_caps=_CAPS.get(options.caps, base.frequency_caps),
        consent_required=options.consent_required,
        spacing=(timedelta(days=1), *base.spacing),
        unit_rules=unit_rules(options),
        earning=EARNING,
        benefits=NO_BENEFITS,  # they would be looked at for months
        tier_plan=None,  # partners tell the tiers, and the checkers know what was told
    )


def deployments(programme: Programme, options: Options) -> Sequence[Programme]:
    """Return the programmes that are deployed one after the other after the first."""
    later = []
    if options.ramp:
        programme = _changed(programme, holdout=programme.journeys[FIRST].holdout / 2)
        later.append(programme)
    if options.step_removed:
        steps = tuple(s for s in programme.journeys[FIRST].steps if s.name != "questionnaire")
        version = programme.journeys[FIRST].version + 1
        programme = _changed(programme, steps=steps, version=version)
        later.append(programme)
    if options.journey_removed and SECOND in programme.journeys:
        programme = replace(programme, journeys={FIRST: programme.journeys[FIRST]})
        later.append(programme)
    return later


def _changed(programme: Programme, **changes: object) -> Programme:
    first = replace(programme.journeys[FIRST], **changes)  # type: ignore[arg-type]
    return replace(programme, journeys={**programme.journeys, FIRST: first})


def _as_wanted(journey: Journey, options: Options) -> Journey:
    steps = tuple(_step(step, options) for step in journey.steps)
    breaker = _TOUCHY if options.breaker else journey.breaker
    return replace(journey, holdout=options.holdout, steps=steps, breaker=breaker)


def _step(step: Step, options: Options) -> Step:
    wait = step.wait / 24 if options.hours else step.wait
    on_unknown = OnUnknown.RETRY_ONCE if options.retry_once else step.on_unknown
    topic = step.topic if options.topics else None
    return replace(step, wait=wait, on_unknown=on_unknown, topic=topic)


def _second(first: Journey) -> Journey:
    """Return a journey that competes with the first one for the member's attention."""
    by_name = {step.name: step for step in first.steps}
    app = replace(by_name["app"], name="extras_app", wait=timedelta(hours=1))
    collect = replace(by_name["collect"], name="extras_collect", wait_for=None)
    return Journey(
        name=SECOND,
        version=1,
        entry_event=EventType.MEMBER_JOINED,
        entry_when=None,
        salt="extras-2027",
        holdout=first.holdout / 2,
        goals=("app_installed",),
        exit_when=None,
        exits=Exits(on=(EventType.CARD_ISSUED,)),
        steps=(collect, app),
    )
