"""How things stand when a run is over and nothing is left to do, read from the stores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.brakes import Pauses
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.gifts import Grant
from chalicelib.domain.journey import Programme
from chalicelib.domain.ledger import Posting
from chalicelib.domain.member import Member
from chalicelib.domain.membership import Membership
from chalicelib.domain.report import JourneyReport
from chalicelib.usecases.ports import EventRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalState:
    """All that is stored; ``queues`` has the bodies still waiting, by queue.

    ``dead_letters`` are bodies and reasons, by queue; ``quiet``: nothing at all was left to do.
    """

    now: datetime
    quiet: bool
    programme: Programme
    pauses: Pauses
    members: Sequence[Member]
    enrolments: Sequence[Enrolment]
    grants: Sequence[Grant]
    events: Sequence[EventRecord]
    reports: Mapping[str, JourneyReport]
    queues: Mapping[str, Sequence[str]]
    dead_letters: Mapping[str, Sequence[tuple[str, str]]]
    memberships: Sequence[Membership] = ()
    postings: Sequence[Posting] = ()
