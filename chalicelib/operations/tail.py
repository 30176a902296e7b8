"""Following one member, one webhook or one mail through the log.

No line carries one id from end to end. A webhook's events name the members whom they were about,
a mail's line names member, step and message, feedback names member and step: what is followed
grows by what the lines found so far have told.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.adapters.clock import SystemClock
from chalicelib.observability import Line
from chalicelib.operations.aws_faults import OperationError
from chalicelib.operations.log_entries import Entry, read_entries
from chalicelib.usecases.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

MAX_MEMBERS = 100
"""Of a webhook; the events of those beyond are shown, what followed from them is not."""
PATTERN_CHARS = 1024
"""The longest filter that CloudWatch takes."""
FEW_NAMES = 5
OVERLAP = timedelta(minutes=1)
"""How late a line may turn up; who follows reads so much again."""


def local_part(message_id: str) -> str:
    """Return the id as SES's answer has it; a mail's header puts it before an @, in brackets."""
    return message_id.strip("<>").partition("@")[0]


class LogSource(Protocol):
    """Where log lines are kept, with the clock that their times are of."""

    def now(self) -> datetime: ...

    def read(self, since: datetime, names: Collection[str]) -> Iterable[Entry]:
        """Return the entries with any of the names, in any order; all when there are none."""
        ...


@dataclass(slots=True)
class Trail:
    """What is followed, and what the entries found so far hang together with."""

    member: str = ""
    webhook: str = ""
    message: str = ""
    _members: set[str] = field(default_factory=set)
    _webhooks: set[str] = field(default_factory=set)
    _mails: set[tuple[str, str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._members |= {self.member} - {""}
        self.message = local_part(self.message)

    @property
    def of_one_member(self) -> bool:
        return bool(self.member)

    @property
    def names(self) -> frozenset[str]:
        """Return what to look for; nothing when everything is followed."""
        asked = {self.webhook, self.message} - {""}
        return frozenset(
            {*asked, *self._members, *self._webhooks, *(mail[0] for mail in self._mails)}
        )

    def covers(self, entry: Entry) -> bool:
        if not self.names:
            return True
        of_webhook = entry.field("webhook_id")
        return (
            entry.field("member_id") in self._members
            or entry.mail in self._mails
            or bool(self.message and local_part(entry.field("message_id")) == self.message)
            or bool(self.webhook and of_webhook == self.webhook)
            or (entry.line is Line.WEBHOOK_ACCEPTED and of_webhook in self._webhooks)
        )

    def learn(self, entry: Entry) -> None:
        """Take from an entry that is covered what it leads to."""
        if entry.line is Line.EVENTS_HANDLED:
            if self.member:
                self._webhooks.add(entry.field("webhook_id"))
            elif self.webhook and entry.field("member_id") and len(self._members) < MAX_MEMBERS:
                self._members.add(entry.field("member_id"))
        elif entry.line is Line.MAILS_SENT and self.message:
            self._mails.add(entry.mail)


def follow(source: LogSource, trail: Trail, since: datetime) -> list[Entry]:
    """Return all entries on the trail, in the order of time."""
    while True:
        names = trail.names
        found = {entry.id: entry for entry in source.read(since, names) if trail.covers(entry)}
        for entry in found.values():
            trail.learn(entry)
        if trail.names == names:
            begin = _begin(trail, found.values(), since)
            kept = [entry for entry in found.values() if entry.at >= begin]
            return sorted(kept, key=lambda entry: entry.at)


def watch(source: LogSource, trail: Trail, since: datetime) -> Iterator[list[Entry]]:
    """Yield what is on the trail, then at each request what may be new on it, for ever.

    Entries come again for a while, since lines turn up late.
    """
    begin = since
    while True:
        asked_at, names = source.now(), trail.names
        found = follow(source, trail, begin)
        if begin > since and trail.names != names:  # what is new leads back to older entries
            found = follow(source, trail, since)
        yield found
        begin = max(since, asked_at - OVERLAP)


def _begin(trail: Trail, found: Iterable[Entry], since: datetime) -> datetime:
    """Return when a webhook came: what its members did before has nothing to do with it."""
    if not trail.webhook:
        return since
    return min((e.at for e in found if e.field("webhook_id") == trail.webhook), default=since)


@dataclass(frozen=True, slots=True)
class CloudWatchLog:
    """The logs of a stage's functions."""

    client: "CloudWatchLogsClient"
    groups: Collection[str]
    clock: Clock

    def now(self) -> datetime:
        return self.clock.now()

    def read(self, since: datetime, names: Collection[str]) -> Iterator[Entry]:
        for group in self.groups:
            for pattern in _patterns(names):
                for event in self._events(group, since, pattern):
                    at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
                    yield from read_entries(_event_id(event), at, event["message"])

    def _events(self, group: str, since: datetime, pattern: str) -> Iterator[Any]:
        """Read page by page: boto's paginator stops where CloudWatch gives one token twice."""
        request: dict[str, Any] = {
            "logGroupName": group,
            "startTime": int(since.timestamp() * 1000),
            "filterPattern": pattern,
        }
        while True:
            page = self.client.filter_log_events(**request)
            yield from page["events"]
            if not page.get("nextToken"):
                return
            request["nextToken"] = page["nextToken"]


def _event_id(event: Mapping[str, Any]) -> str:
    """Return the event's own id; without one, a line that is written twice at once counts once."""
    told = (event["timestamp"], event.get("logStreamName", ""), event["message"])
    return event.get("eventId") or repr(told)


def function_logs(client: "CloudWatchLogsClient", stage: str) -> CloudWatchLog:
    """Return the logs of the stage; ``OperationError`` when there are none."""
    prefix = f"/aws/lambda/milepost-{stage}-"
    pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    groups = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    if not groups:
        raise OperationError(
            f"No log group in {client.meta.region_name} begins with {prefix}. Set the region and "
            "the profile that the stage is in, or deploy it."
        )
    return CloudWatchLog(client, groups, SystemClock())


def _patterns(names: Collection[str]) -> Iterator[str]:
    """Yield filters that together find any of the names; one for everything when there is none.

    Few names have a filter each, the plainest there is: emulators of AWS know nothing of "any of".
    """
    if 0 < len(names) <= FEW_NAMES:
        yield from (f'"{name}"' for name in sorted(names))
        return
    pattern = ""
    for name in sorted(names):
        term = f'?"{name}"'
        if len(pattern) + len(term) >= PATTERN_CHARS:
            yield pattern
            pattern = ""
        pattern = f"{pattern} {term}".strip()
    yield pattern
