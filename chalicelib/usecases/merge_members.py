"""Merge two members who are one person, and part them again.

One write puts the merge in the absorbed profile's place and gives the survivor what it takes over;
from then on every name and every link of the absorbed leads to the survivor. After that its
journeys are ended, and what it was mailed counts as mailed to the survivor: no step's mail reaches
the person twice. Each part is safe to repeat; what died half-way is finished by a second run.

Nothing is decided here: the survivor's steps are decided afresh when they are due. So unmerging
finds everything as it was, but for what has happened since.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.domain.enrolment import Enrolment
from chalicelib.domain.member import Mails, Member
from chalicelib.domain.merging import (
    MOST_ABSORBED,
    MergeRefusal,
    MergeStone,
    absorb,
    mails_of,
    part,
)
from chalicelib.domain.profile_history import remembering
from chalicelib.usecases.change_enrolment import settled
from chalicelib.usecases.change_member import change_member
from chalicelib.usecases.engine import MAX_TRIES, Engine
from chalicelib.usecases.erase_member import end_enrolments
from chalicelib.usecases.give_gifts import give_gifts
from chalicelib.usecases.merge_wallets import (
    end_parting,
    has_open_holds,
    is_moved,
    move_wallet,
    move_wallet_back,
    open_wallet,
)
from chalicelib.usecases.ports import Case, UnavailableError
from chalicelib.usecases.store_enrolment import store_enrolment


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """``absorbed`` is now ``survivor``, who has ``taken`` over these facts, named alone."""

    survivor: str
    absorbed: str
    taken: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerged:
    """Both are members of their own again; these journeys of the absorbed one go on."""

    survivor: str
    absorbed: str
    journeys: tuple[str, ...]


def merge(
    engine: Engine, survivor: str, absorbed: str, *, dry_run: bool = False
) -> Merged | MergeRefusal:
    """Merge ``absorbed`` into ``survivor``; a dry run only says what that would do.

    Who was merged before is meant as whom they are now. To merge again changes nothing more.
    """
    for earlier in [] if dry_run else _stones(engine, absorbed):
        _finish(engine, earlier.member_id)  # died half-way, perhaps before its survivor was parted
    for name in () if dry_run else (survivor, absorbed):
        open_wallet(engine, engine.members.resolve(name))
        end_parting(engine, engine.members.resolve(name))
    for _ in range(MAX_TRIES):
        stone = _judge(engine, survivor, absorbed)
        if stone is None:
            continue
        if isinstance(stone, MergeRefusal):
            return stone
        answer = Merged(survivor=stone.into, absorbed=stone.member_id, taken=tuple(stone.taken))
        if dry_run:
            return answer
        if not _stands(engine, stone) and not _store(engine, stone):
            continue
        return answer if _finish(engine, stone.member_id) else MergeRefusal.ERASED
    raise UnavailableError("the members' profiles were busy; merge them again")


def unmerge(engine: Engine, absorbed: str, *, dry_run: bool = False) -> Unmerged | MergeRefusal:
    """Make the absorbed member one of its own again; what died half-way is finished."""
    survivor = ""
    for _ in range(MAX_TRIES):
        stone = engine.members.merge_stone(absorbed)
        if stone is None:
            return _reopened(engine, absorbed, survivor, dry_run=dry_run)
        survivor = stone.into
        known = engine.members.load(survivor)
        if known is None:
            gone = engine.members.is_erased(survivor)
            return MergeRefusal.ERASED if gone else MergeRefusal.MERGED_ON
        if dry_run:
            ended = [each for each in _enrolments(engine, absorbed) if each.unmerged() != each]
            names = tuple(each.journey for each in ended)
            return Unmerged(survivor=survivor, absorbed=absorbed, journeys=names)
        engine.members.unmerge(*_parted(known, stone))
    raise UnavailableError("the members' profiles were busy; unmerge them again")


def _judge(engine: Engine, survivor: str, absorbed: str) -> MergeStone | MergeRefusal | None:
    """Return the stone that is to stand, or stands already, in the absorbed member's place.

    None when one of them was merged between two looks.
    """
    into, other = engine.members.resolve(survivor), engine.members.resolve(absorbed)
    if into == other:
        erased = engine.members.is_erased(into)
        known = _stone_between(engine, survivor, absorbed)
        return MergeRefusal.ERASED if erased else known or MergeRefusal.SAME_MEMBER
    one, two = engine.members.load(into), engine.members.load(other)
    if one is None or two is None:
        if any(map(engine.members.is_erased, (into, other))):
            return MergeRefusal.ERASED
        again = engine.members.resolve(survivor), engine.members.resolve(absorbed)
        return MergeRefusal.UNKNOWN if again == (into, other) else None
    if len(one.absorbed) + len(two.absorbed) >= MOST_ABSORBED:
        return MergeRefusal.TOO_MANY
    if has_open_holds(engine, other):
        return MergeRefusal.OPEN_HOLD
    now = engine.clock.now()
    return MergeStone(profile=two, survivor=one, merged_at=now, version=two.version + 1)


def _stone_between(engine: Engine, survivor: str, absorbed: str) -> MergeStone | None:
    """Return the merge that brought the two together: the absorbed was perhaps merged before.

    So a merge that died half-way is finished under the very names it was asked for.
    """
    stones = _stones(engine, absorbed)
    ways = {survivor, *(stone.into for stone in _stones(engine, survivor))}
    return next((stone for stone in stones if absorbed not in ways and stone.into in ways), None)


def _stones(engine: Engine, member_id: str) -> list[MergeStone]:
    found: list[MergeStone] = []
    while stone := engine.members.merge_stone(found[-1].into if found else member_id):
        found.append(stone)
    return found


def _stands(engine: Engine, stone: MergeStone) -> bool:
    return engine.members.resolve(stone.member_id) != stone.member_id


def _store(engine: Engine, stone: MergeStone) -> bool:
    mails = mails_of(_enrolments(engine, stone.member_id))
    merged = absorb(stone.survivor, stone.profile, mails)
    return engine.members.merge(remembering(stone.survivor, merged), stone)


def _parted(known: Member, stone: MergeStone) -> tuple[Member, Member]:
    survivor, absorbed = part(known, stone)
    return remembering(known, survivor), absorbed


def _finish(engine: Engine, absorbed: str) -> bool:
    """End the absorbed member's journeys, and count its mails as the survivor's; False: erased.

    Read after the journeys have ended: of a claim that is open then nobody knows if its mail goes
    out, so it counts as a mail.
    """
    end_enrolments(engine, absorbed, engine.programme.journeys)
    mails = mails_of(_enrolments(engine, absorbed))
    for _ in range(MAX_TRIES):
        survivor = engine.members.resolve(absorbed)
        if change_member(engine, survivor, _mailed(absorbed, mails)):
            move_wallet(engine, absorbed, survivor)
            _touch(engine, survivor)
            return True
        if engine.members.is_erased(survivor):  # in this moment: that was meant for both
            engine.members.erase(absorbed, engine.clock.now())
            return False
    raise UnavailableError("the members were merged on and on; merge them again")


def _mailed(absorbed: str, mails: Mails) -> Callable[[Member], Member]:
    def mailed(member: Member) -> Member:
        """Leave alone who was parted from the absorbed member meanwhile."""
        if absorbed not in member.absorbed:
            return member
        return replace(member, absorbed={**member.absorbed, absorbed: mails})

    return mailed


def _touch(engine: Engine, member_id: str) -> None:
    """Store every live journey: a sender that decided by the older profile fails at its claim.

    What waits for an event is looked at soon: what was taken over may be what it waits for.
    """
    for name in engine.programme.journeys:
        for _ in range(MAX_TRIES):
            enrolment = engine.enrolments.load(member_id, name)
            if (
                enrolment is None
                or enrolment.exit
                or engine.enrolments.save(_woken(engine, enrolment))
            ):
                break
        else:
            raise UnavailableError("the survivor's enrolments were busy; merge the members again")


def _woken(engine: Engine, enrolment: Enrolment) -> Enrolment:
    standing = enrolment.standing()
    if enrolment.due_at or enrolment.step is None or (standing and standing.state.open):
        return enrolment
    return replace(enrolment, due_at=engine.clock.now())


def _reopened(
    engine: Engine, absorbed: str, survivor: str, *, dry_run: bool
) -> Unmerged | MergeRefusal:
    """Let journeys that the merge ended go on; without any there was no merge to be undone."""
    if engine.members.load(absorbed) is None:
        erased = engine.members.is_erased(absorbed)
        return MergeRefusal.ERASED if erased else MergeRefusal.UNKNOWN
    names = [each.journey for each in _enrolments(engine, absorbed) if each.unmerged() != each]
    if not names and not survivor and not is_moved(engine, absorbed):
        if not dry_run:
            _end_parting(engine, absorbed)  # which died half-way, perhaps
        return MergeRefusal.NOT_MERGED
    if not dry_run:
        move_wallet_back(engine, absorbed)
        for name in names:
            _reopen(engine, absorbed, name)
        _put_right(engine, survivor)
        _end_parting(engine, absorbed)
    return Unmerged(survivor=survivor, absorbed=absorbed, journeys=tuple(names))


def _end_parting(engine: Engine, absorbed: str) -> None:
    """Give what was promised to the absorbed member, too, and given to another of one person."""
    _put_right(engine, absorbed)
    case = engine.enrolments.load_case(absorbed, engine.programme.journeys)
    if case:
        give_gifts(engine, case, case.member.goals)


def _put_right(engine: Engine, member_id: str) -> None:
    """Store every live journey: what is due is decided when it is due, all else by what is known.

    So a journey that the merge woke waits again, and one that has gone on meanwhile is not lost.
    """
    for _ in range(MAX_TRIES):
        case = engine.enrolments.load_case(member_id, engine.programme.journeys)
        live = [each for each in case.enrolments.values() if not each.exit] if case else []
        stored = [store_enrolment(engine, each, _by_now(engine, case, each)) for each in live]
        if all(stored):
            return
    raise UnavailableError("the member's enrolments were busy; unmerge the member again")


def _by_now(engine: Engine, case: Case | None, enrolment: Enrolment) -> Enrolment:
    after = settled(engine, case, enrolment)
    waits = after.due_at is None and not after.exit
    return after if waits or enrolment.due_at is None else enrolment


def _reopen(engine: Engine, member_id: str, journey: str) -> None:
    for _ in range(MAX_TRIES):
        enrolment = engine.enrolments.load(member_id, journey)
        if enrolment is None or enrolment.unmerged() == enrolment:
            return
        if engine.enrolments.save(enrolment.unmerged()):
            return
    raise UnavailableError("the member's enrolments were busy; unmerge the member again")


def _enrolments(engine: Engine, member_id: str) -> list[Enrolment]:
    loaded = (engine.enrolments.load(member_id, name) for name in engine.programme.journeys)
    return [each for each in loaded if each]
