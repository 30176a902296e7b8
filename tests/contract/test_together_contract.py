"""What acts store together is what they would store one after the other."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import members as member_strategy

from chalicelib.adapters.lockstep import Lockstep
from chalicelib.domain.ledger import LedgerRefusal, Reference
from chalicelib.domain.membership import Membership
from chalicelib.usecases.membership_ports import Change, ReferenceRecord

NAMES = ("a" * 26, "b" * 26, "c" * 26)
saves = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 3), member_strategy), max_size=12)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(saves)
def test_each_save_wins_or_loses_as_if_they_came_in_order(new_stores, plan):
    """Several of one item among them, each with the version that its writer read."""
    stores, won = new_stores(), {}
    model, expected = {}, {}
    wanted = {
        number: replace(member, member_id=name, version=version)
        for number, (name, version, member) in enumerate(plan)
    }
    for number, member in wanted.items():
        stored = model.get(member.member_id)
        expected[number] = member.version == (stored.version if stored else 0)
        if expected[number]:
            model[member.member_id] = replace(member, version=member.version + 1)

    def saving(number):
        return lambda: won.update({number: stores.members.save(wanted[number])})

    assert Lockstep().run([saving(number) for number in wanted]) == [None] * len(wanted)
    assert won == expected
    assert {each.member_id: each for each in stores.members.every()} == model


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(NAMES), max_size=8))
def test_of_changes_that_are_made_together_each_is_stored_or_overtaken(new_stores, names):
    """Those that were read from the same version are one winner's: no change is lost."""
    stores, won = new_stores(), []

    def changing(number, name):
        def change():
            stores.memberships.find(Reference("shop", str(number)))
            account = stores.memberships.load(name)
            membership = account.membership if account else Membership(member_id=name)
            if stores.memberships.store(Change(membership=membership)):
                won.append(name)

        return change

    acts = [changing(number, name) for number, name in enumerate(names)]
    assert Lockstep().run(acts) == [None] * len(acts)
    stored = {each.member_id: each.version for each in stores.memberships.every()}
    assert stored == Counter(won)
    assert stored.keys() == set(names)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from("1234"), max_size=8))
def test_of_refusals_that_are_remembered_together_each_is_kept_once(new_stores, ids):
    kept, told = new_stores().memberships, []

    def remembering(number, id_):
        record = ReferenceRecord(
            reference=Reference("shop", id_),
            member_id=NAMES[0],
            body_hash=str(number),
            kept_at=datetime(2026, 11, 21, tzinfo=UTC),
            refusal=LedgerRefusal.NOT_ENOUGH,
        )
        return lambda: told.append((id_, kept.remember(record), record))

    acts = [remembering(number, id_) for number, id_ in enumerate(ids)]
    assert Lockstep().run(acts) == [None] * len(acts)
    winners = {id_: record for id_, was_new, record in told if was_new}
    assert sum(was_new for _, was_new, _ in told) == len(set(ids))
    assert all(kept.find(Reference("shop", id_)) == winners[id_] for id_ in set(ids))
