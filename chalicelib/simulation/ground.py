"""What a run stands on, whichever stores it has: the parts of the engine that are no store."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from chalicelib.adapters.ids import HmacIds
from chalicelib.adapters.memory_metrics import MemoryMetrics
from chalicelib.adapters.time_zones import AirportTimeZones
from chalicelib.adapters.tokens import HmacTokens
from chalicelib.adapters.webhooks import PartnerWebhooks
from chalicelib.domain.brakes import Pauses
from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.member import Member
from chalicelib.simulation import partner
from chalicelib.simulation.chance import Chance
from chalicelib.simulation.cloud import MortalLockstep, WorkerClock
from chalicelib.simulation.index_lag import DUE_SHARDS, LaggingEnrolments
from chalicelib.simulation.plan import Plan
from chalicelib.simulation.programmes import mails, programme_of
from chalicelib.simulation.proxies import Gate, Proxy
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.membership_ports import Memberships
from chalicelib.usecases.ports import EventRecord
from chalicelib.usecases.template_ports import SentTemplates

KEY = b"a-key-of-the-simulation-that-protects-nothing"
BASE_URL = "https://mail.example.com"


class Ground(Protocol):
    """Makes the engine of a run, and reads its stores below the faults."""

    def engine(self) -> Engine:
        """Return the engine with the plan's first programme, everything outside under faults."""
        ...

    @property
    def index(self) -> LaggingEnrolments:
        """Return what knows when something is due."""
        ...

    @property
    def templates(self) -> SentTemplates:
        """Return where templates are kept, with no fault between: a run begins deployed."""
        ...

    @property
    def memberships(self) -> Memberships:
        """Return what members have, with no fault between."""
        ...

    def pauses(self) -> Pauses: ...

    def every_member(self) -> Iterator[Member]: ...

    def every_enrolment(self) -> Iterator[Enrolment]: ...

    def every_event(self) -> Iterator[EventRecord]: ...


def engine_of(plan: Plan, clock: WorkerClock, gate: Gate, stores: Mapping[str, Any]) -> Engine:
    """Return the engine over these stores, with the plan's programme, names and pace."""
    metrics: Any = Proxy("metrics", MemoryMetrics(), gate)
    return Engine(
        programme=programme_of(plan.options),
        mails=mails(),
        tokens=HmacTokens({"k1": KEY}),
        ids=HmacIds(lambda: KEY, Chance(plan.seed, "ids").bytes),
        clock=clock,
        time_zones=AirportTimeZones(),
        metrics=metrics,
        webhooks=PartnerWebhooks({partner.NAME: [partner.SECRET]}),
        base_url=BASE_URL,
        together=MortalLockstep(clock.scheduler),
        due_shards=DUE_SHARDS,
        sends_per_tick=int(plan.mails_per_second * 60),
        steps_per_message=plan.options.steps_per_message,
        **stores,
    )
