"""What acts store together is what they would store one after the other."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import members as member_strategy

from chalicelib.adapters.lockstep import Lockstep

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
