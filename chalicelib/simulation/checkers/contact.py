"""When and how fast members are written to: caps, quiet hours, the sending budget (S8, S9).

Times are those that the claimer's own clock gave and stored: a rule can be kept by no other.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.domain.contact_rules import FrequencyCap, QuietHours
from chalicelib.domain.journey import Programme
from chalicelib.domain.member import Member
from chalicelib.simulation.checkers.history import Claim, History
from chalicelib.simulation.checkers.violation import Violation

Found = Iterator[Violation]
SECOND = timedelta(seconds=1)
_DAY = 86_400.0


def s8_caps_hold(history: History) -> Found:
    """S8, caps: a claim that is called exceeds no cap, over all journeys together.

    Counted are the mails that the service accepted and did not reject later, by the time of
    their claims, up to the call in hand: it is looked again after a claim. Of two claims at one
    time the later stored one has to see the other.

    Limits: a cap that a new programme brings holds for functions that began after it; mails of
    a journey that the programme no longer has are not counted.
    """
    by_member: dict[str, list[Claim]] = defaultdict(list)
    for claim in history.called_claims():
        if not _accepted(history, claim):
            continue
        former = by_member[claim.key.member_id]
        for cap in _caps(history, claim):
            counted = [each for each in former if _is_known(history, claim, each.key.journey)]
            if _mails_before(history, counted, claim, cap.per) >= cap.mails:
                yield Violation("S8", claim.number, f"{claim} exceeds {cap.mails} in {cap.per}")
        former.append(claim)


def s8_spacing_holds(history: History) -> Found:
    """S8, spacing: a claim that is called keeps the time between mails that the member chose.

    The least that any profile asks for which the claimer may have read; mails count as for caps.
    """
    by_member: dict[str, list[Claim]] = defaultdict(list)
    for claim in history.called_claims():
        if not _accepted(history, claim):
            continue
        former = by_member[claim.key.member_id]
        states = history.profiles_of(claim)
        chosen = [state.preferences.spacing for state in states if state is not None]
        least = min((spacing or timedelta(0) for spacing in chosen), default=timedelta(0))
        counted = [each for each in former if _is_known(history, claim, each.key.journey)]
        if least and _mails_before(history, counted, claim, least):
            yield Violation("S8", claim.number, f"{claim} is within {least} of another mail")
        former.append(claim)


def _accepted(history: History, claim: Claim) -> bool:
    accepted = history.accepted.get(claim.attempt)
    rejected = any(heard.kind == "rejected" for heard in history.heard.get(claim.attempt, ()))
    return bool(accepted) and not rejected


def _caps(history: History, claim: Claim) -> list[FrequencyCap]:
    """Return the caps that all programmes have which the claimer may have had."""
    programmes = history.programmes_of(claim)
    caps = programmes[0].frequency_caps if programmes else ()
    return [cap for cap in caps if all(cap in each.frequency_caps for each in programmes)]


def _is_known(history: History, claim: Claim, journey: str) -> bool:
    """Tell whether every programme that the claimer may have had has the journey."""
    return all(journey in each.journeys for each in history.programmes_of(claim))


def _mails_before(history: History, former: list[Claim], claim: Claim, per: timedelta) -> int:
    called_at = history.calls[claim.attempt][0].worker_at
    return sum(each.worker_at > called_at - per for each in former)


def s8_quiet_hours_hold(history: History) -> Found:
    """S8, quiet hours: nothing is claimed in them, by the clock on the member's wall.

    The wall is in the time zone of the profile that the claimer may have read. The call follows
    the claim, so it may come later than the quiet hours' begin by what an invocation takes.
    """
    for claim in history.called_claims():
        states = history.profiles_of(claim)
        members = [state for state in states if state is not None]
        programmes = history.programmes_of(claim)
        if members and all(_is_quiet(each, claim, members) for each in programmes):
            yield Violation("S8", claim.number, f"{claim} was claimed in the quiet hours")


def _is_quiet(programme: Programme, claim: Claim, members: list[Member]) -> bool:
    quiet = programme.quiet_hours
    return quiet is not None and all(
        _within(quiet, claim.worker_at, zone_of(programme, member)) for member in members
    )


def zone_of(programme: Programme, member: Member) -> ZoneInfo:
    """Return the member's zone, or the programme's when theirs is none."""
    try:
        return ZoneInfo(member.attributes["time_zone"])
    except (KeyError, ValueError, OSError):
        return ZoneInfo(programme.time_zone)


def _within(quiet: QuietHours, at: datetime, zone: ZoneInfo) -> bool:
    """Compare seconds of the day: how long ago the night began, and how long it is."""
    wall = at.astimezone(zone).time()
    start, end, now = (_seconds(each) for each in (quiet.start, quiet.end, wall))
    return (now - start) % _DAY < (end - start) % _DAY


def _seconds(clock: time) -> float:
    return clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6


def s9_rate_holds(history: History, mails_per_second: float) -> Found:
    """S9: no sliding second sees more calls than the budget, by the clocks of the workers.

    A call that the service refused counts as well: it reached the service. A budget below one
    mail a second is held over as long as it takes to one mail.

    Limit: workers whose clocks differ may meet in a true second; the service then throttles,
    and a throttled mail is tried again.
    """
    every = (call for calls in history.calls.values() for call in calls)
    calls = sorted((call.worker_at, call.number) for call in every)
    most, span = max(1, int(mails_per_second)), SECOND / min(1.0, mails_per_second)
    for first, last in zip(calls, calls[most:], strict=False):
        if last[0] - first[0] < span:
            yield Violation("S9", last[1], f"more than {most} calls within {span}")
