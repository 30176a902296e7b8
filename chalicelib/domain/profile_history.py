"""What a profile remembers of its former values, so that a mail can be shown as it was sent.

Only what a mail can show is remembered, and only so much of it. The amounts that a mail shows are
kept with the mail: they change too often, and name nobody. It must never leave the profile.
"""

from collections.abc import Iterable
from dataclasses import replace

from chalicelib.domain.member import Member, Past

MOST_PAST = 64
"""How many former values a profile remembers; a profile of a few kilobytes is still cheap."""
CUT = ""
"""The name of the entry that stands for all that was dropped, up to and including its version."""
_GOAL = "goals."
_LANGUAGE = "preferences.language"


def remembering(before: Member, after: Member) -> Member:
    """Return ``after`` with what it takes the place of: ``before`` as it is stored."""
    if not before.version:
        return after
    was, is_now = _shown(before), _shown(after)
    changed = [name for name in sorted(was | is_now) if was.get(name, "") != is_now.get(name, "")]
    new = [Past(name, was.get(name, ""), before.version) for name in changed]
    return replace(after, past=_bounded([*before.past, *new]))


def as_of(member: Member, version: int) -> Member | None:
    """Return the member in all that mails can show, but for amounts, as stored under ``version``.

    None when that is not remembered any more. Mails show that a goal was reached, but not when: of
    one that went again with a merge this is not remembered, and a time before it stands for it.
    """
    since = [past for past in member.past if past.until >= version]
    if version > member.version or any(past.name == CUT for past in since):
        return None
    then = {past.name: past.value for past in reversed(since)}  # the oldest of a name is the last
    shown = {name: value for name, value in {**_shown(member), **then}.items() if value}
    language = shown.pop(_LANGUAGE, "")
    return replace(
        member,
        attributes={name: shown[name] for name in shown if not name.startswith(_GOAL)},
        goals={goal: member.goals.get(goal, member.joined_at) for goal in _goals(shown)},
        preferences=replace(member.preferences, language=language),
    )


def _shown(member: Member) -> dict[str, str]:
    """Return what mails can show by name; a goal that is reached has a value, "" is unknown."""
    goals = {_GOAL + name: "reached" for name in member.goals}
    return {**member.attributes, **goals, _LANGUAGE: member.preferences.language}


def _goals(shown: Iterable[str]) -> list[str]:
    return [name.removeprefix(_GOAL) for name in shown if name.startswith(_GOAL)]


def _bounded(entries: Iterable[Past]) -> tuple[Past, ...]:
    kept = tuple(entries)
    if len(kept) <= MOST_PAST:
        return kept
    dropped, left = kept[: 1 - MOST_PAST], kept[1 - MOST_PAST :]
    return (Past(CUT, "", dropped[-1].until), *left)
