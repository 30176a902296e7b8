"""What ``milepost explain`` and ``milepost report`` tell, as JSON, whichever engine they ask."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from chalicelib.domain.lift import as_json
from chalicelib.domain.preferences import DAY, NO_PREFERENCES
from chalicelib.domain.segments import Segment
from chalicelib.usecases.audit import report_journeys
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.explain import JourneyStory, explain, find_member


def explained(engine: Engine, name: str) -> dict[str, Any] | None:
    """Tell the story of the member whom a person names; None when nobody is named so."""
    member_id = find_member(engine, name)
    stories = explain(engine, member_id) if member_id else None
    if member_id is None or stories is None:
        return None
    return {
        "member": member_id,
        "preferences": _preferences(engine, member_id),
        "journeys": [_journey(story) for story in stories],
    }


def _preferences(engine: Engine, member_id: str) -> dict[str, Any]:
    """Tell what the member chose by hand; each part only if it was chosen."""
    member = engine.members.load(member_id)
    kept = member.preferences if member else NO_PREFERENCES
    chosen = {
        "declined_topics": sorted(kept.declined_topics),
        "spacing_days": kept.spacing // DAY if kept.spacing else None,
        "language": kept.language,
    }
    return {name: value for name, value in chosen.items() if value}


def reported(engine: Engine) -> dict[str, Any]:
    """Fold every enrolment: by journey the mails, those not sent and why, and each goal's lift."""
    goals, reports = engine.programme.goals, report_journeys(engine)
    return {
        name: {
            "mails": dict(report.sent),
            "skipped": {str(reason): count for reason, count in report.skipped.items()},
            "priors": {goal: goals[goal].prior for goal in report.lifts},
            "goals": {goal: as_json(lift) for goal, lift in report.lifts.items()},
            "segments": {goal: told_segments(parts) for goal, parts in report.segments.items()},
        }
        for name, report in reports.items()
    }


def told_segments(segments: Sequence[Segment]) -> list[dict[str, Any]]:
    """Tell the counts under each share that was held out: the lift can be measured from them."""
    return [asdict(segment) for segment in segments]


def _journey(story: JourneyStory) -> dict[str, Any]:
    steps = [{**asdict(step), "why": step.why} for step in story.steps]
    told: dict[str, Any] = _plain({**asdict(story), "steps": steps})
    return told


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON may hold, and times
    match value:
        case datetime():
            return value.isoformat()
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case _:
            return value
