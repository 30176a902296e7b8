"""Years of some members in an engine in memory, day by day, by the use cases that AWS would run.

Every day who is due is looked at, then members do what they do. Nothing here gives or takes a
mile, or says who has which tier: it only tells the engine what happened, and keeps the clock.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256

from chalicelib.adapters.clock import VirtualClock
from chalicelib.adapters.memory_metrics import MemoryMetrics
from chalicelib.domain.events import EventOutcome, EventType, PartnerEvent
from chalicelib.domain.identity import Alias
from chalicelib.domain.ledger import PostingKind, Reference
from chalicelib.domain.transaction import Return, Transaction
from chalicelib.rehearsal.audit import faults_of
from chalicelib.rehearsal.habits import Act, Award, CameBack, Told, life
from chalicelib.rehearsal.newcomers import Newcomer
from chalicelib.rehearsal.plan import PARTNER, YearsPlan, loaded
from chalicelib.rehearsal.told import YearsTold
from chalicelib.usecases.apply_event import handle_event
from chalicelib.usecases.apply_transaction import apply_transaction
from chalicelib.usecases.book import book
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.look_at_member import look_at_member, tell_news
from chalicelib.usecases.partner_acts import Asked, reverse_booked, spend_request
from chalicelib.world.substrates import WorldPlan, substrate

DAY, MORNING = timedelta(days=1), timedelta(hours=9)
MOST_LOOKS = 12
"""How often members may be due again on one day before something is wrong."""
LEAST_AWARD = 5_000
"""Nobody spends fewer miles than that."""
NEWS = "news_"
SECRET = "whsec_bm8gd2ViaG9vayBpcyBzaWduZWQgaW4gaGVyZQ=="  # noqa: S105 - opens nothing


def live(plan: YearsPlan, newcomers: list[Newcomer]) -> YearsTold:
    """Let these members live through the plan's years; return what came of it."""
    start = plan.programme.calendar.start_of(plan.first)
    world = WorldPlan(
        folder=plan.folder,
        start=start,
        seed=plan.seed,
        secret=SECRET,
        mails_kept=0,
        loaded=loaded(plan.folder),
    )
    with substrate("memory", world) as ground:
        return Years(plan, ground.engine, ground.clock).lived(newcomers)


class Years:
    """Some members in a world of their own; ``told`` is what has come of it up to now."""

    def __init__(self, plan: YearsPlan, engine: Engine, clock: VirtualClock) -> None:
        self._plan = plan
        self.engine = engine
        self._clock = clock
        self.told = YearsTold()
        self._metrics = MemoryMetrics()
        if isinstance(engine.metrics, MemoryMetrics):
            self._metrics = engine.metrics
        self._diary: defaultdict[date, list[tuple[str, Act]]] = defaultdict(list)
        self._undoing: defaultdict[date, list[Reference]] = defaultdict(list)

    def lived(self, newcomers: list[Newcomer]) -> YearsTold:
        for newcomer in newcomers:
            self._join(newcomer)
        self._count_tiers(self._plan.first - DAY)
        self._metrics.counts.clear()  # the tiers that members bring are nothing new
        for day in self._days():
            self._pass(day)
        self.told.faults += faults_of(self.engine)
        self._count_postings()
        return self.told

    def _days(self) -> Iterator[date]:
        span = self._plan.last - self._plan.first
        return (self._plan.first + DAY * number for number in range(span.days + 1))

    def _join(self, newcomer: Newcomer) -> None:
        handled = handle_event(self.engine, newcomer, 1)
        if handled.outcome is not EventOutcome.APPLIED:
            self.told.faults.append(f"a member who joins is {handled.outcome}")
        self.told.members += 1
        self.told.left += newcomer.left_at is not None
        for act in life(self._plan, newcomer):
            self._diary[act.on].append((handled.member_id, act))

    def _pass(self, day: date) -> None:
        """Let a day pass: what is due when it begins, then what members do, then what follows."""
        start = self.engine.programme.calendar.start_of(day)
        self._clock.set(start)
        self.look()
        self._clock.set(start + MORNING)
        for member_id, act in self._diary.pop(day, ()):
            self._do(member_id, act)
        for reference in self._undoing.pop(day, ()):
            self._undo(reference)
        self.look()
        if day == self._plan.last or (day + DAY).year > day.year:
            self._close(day)

    def look(self) -> None:
        """Look at everybody who is due, until nobody is."""
        now, memberships = self.engine.clock.now(), self.engine.memberships
        for _ in range(MOST_LOOKS):
            due = [
                member_id
                for shard in range(self.engine.due_shards)
                for member_id in memberships.due(shard, now, self.told.members)
            ]
            if not due:
                return
            for member_id in due:
                look_at_member(self.engine, member_id)
            self.told.acts["looks"] += len(due)
        self.told.faults.append(f"at {now} members are due whenever they were looked at")

    def _do(self, member_id: str, act: Act) -> None:
        match act:
            case Award():
                self._spend(member_id, act)
            case CameBack():
                self._tell(member_id, act.returned)
            case Told():
                self._tell(member_id, act.transaction)
                if act.again:
                    self._tell(member_id, act.transaction)
                    self.told.acts["transactions told twice"] += 1

    def _tell(self, member_id: str, what: Transaction | Return) -> None:
        """Let the partner tell it; that it is told again must not show."""
        outcome = apply_transaction(self.engine, _event(self.engine, what), member_id)
        self.told.acts["transactions" if isinstance(what, Transaction) else "returns"] += 1
        if outcome is not EventOutcome.APPLIED:
            self.told.faults.append(f"{what.reference} of {member_id} is {outcome}")

    def _spend(self, member_id: str, award: Award) -> None:
        """Spend a share of what there is; more than that has to be refused."""
        unit = self.engine.programme.units[0]
        account = self.engine.memberships.load(member_id)
        there = account.membership.wallet.available(unit) if account else 0
        amount = there * award.percent // 100
        if amount < LEAST_AWARD:
            return
        asked = _asked(award.reference)
        answer = book(self.engine, spend_request(self.engine, member_id, asked, unit, amount))
        self.told.acts["spends" if answer.posting else "spends refused"] += 1
        if bool(answer.posting) is not (amount <= there):
            self.told.faults.append(f"{member_id} has {there} and may not spend {amount}, or may")
        if answer.membership:
            tell_news(self.engine, answer.membership)
        if answer.posting and award.undone:
            self._undoing[award.undone].append(asked.reference)

    def _undo(self, spent: Reference) -> None:
        answer = reverse_booked(self.engine, _asked(f"{spent.id}.undone"), spent)
        self.told.acts["spends undone"] += 1
        if answer.posting is None:
            self.told.faults.append(f"{spent.id} can't be given back: {answer.record.refusal}")
        if answer.membership:
            tell_news(self.engine, answer.membership)

    def _close(self, day: date) -> None:
        """Count at the end of a year: tiers as profiles show them, and the news since the last."""
        self._count_tiers(day)
        for name, count in self._metrics.counts.items():
            if name.startswith(NEWS):
                self.told.news[day.year, name.removeprefix(NEWS)] += count
        self._metrics.counts.clear()

    def _count_tiers(self, day: date) -> None:
        lowest = next(iter(self.engine.programme.tiers), "")
        tiers = Counter(
            member.attribute("tier") or lowest
            for member in self.engine.members.every()
            if member.left_at is None
        )
        for tier, count in tiers.items():
            self.told.tiers[day, tier] += count

    def _count_postings(self) -> None:
        told, earned = self.told, 0
        for posting in self.engine.memberships.every_posting():
            year = posting.on.year
            told.postings[year, posting.kind] += 1
            earned += posting.kind is PostingKind.EARNED
            for entry in posting.entries:
                told.units[year, entry.unit, entry.account] += entry.amount
        heard = told.acts["transactions"] - told.acts["transactions told twice"]
        if earned != heard:
            told.faults.append(f"{heard} transactions were told, {earned} were posted")


def _event(engine: Engine, what: Transaction | Return) -> PartnerEvent:
    told = what if isinstance(what, Transaction) else None
    returned = what if isinstance(what, Return) else None
    return PartnerEvent(
        partner=PARTNER,
        event_id=what.reference,
        type=EventType.TRANSACTION_POSTED if told else EventType.TRANSACTION_RETURNED,
        occurred_at=engine.clock.now(),
        aliases=_NOBODY,
        transaction=told,
        returned=returned,
        body_hash=_hash(repr(what)),
    )


_NOBODY: tuple[Alias, ...] = ()


def _asked(reference: str) -> Asked:
    return Asked(reference=Reference(PARTNER, reference), body_hash=_hash(reference))


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
