"""The port ``Brakes``, on every adapter, and what the port ``Enrolments`` makes of it."""

from datetime import UTC, datetime, timedelta

from contract.test_enrolments_contract import NOW, an_enrolment, member_id_of
from contract.test_members_contract import a_member
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.brakes import NO_PAUSES, Pause

FIRST = Pause(datetime(2026, 11, 21, 20, 30, 1, 234567, tzinfo=UTC), "ошибка в ссылке")
SECOND = Pause(FIRST.since + timedelta(hours=1), "too many complaints")

journeys = st.sampled_from([None, "welcome", "news"])
acts = st.lists(st.tuples(st.booleans(), journeys), max_size=6)


def test_nothing_is_paused_at_first(stores):
    assert stores.brakes.pauses() == NO_PAUSES


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=acts)
def test_every_pause_and_its_end_is_read_back_and_told_whether_it_was_new(new_stores, acts):
    brakes, expected = new_stores().brakes, NO_PAUSES
    for is_pause, journey in acts:
        after = expected.paused(journey, FIRST) if is_pause else expected.resumed(journey)
        changed = brakes.pause(journey, FIRST) if is_pause else brakes.resume(journey)
        assert changed == (after != expected)
        expected = after
        assert brakes.pauses() == expected


def test_the_first_of_two_pauses_stays(stores):
    assert stores.brakes.pause("welcome", FIRST)
    assert not stores.brakes.pause("welcome", SECOND)
    assert stores.brakes.pauses().holding("welcome") == FIRST


def test_whoever_decides_reads_the_pauses_with_the_case(stores):
    member = a_member()
    stores.members.save(member)
    assert stores.enrolments.load_case(member.member_id, ["welcome"]).pauses == NO_PAUSES
    stores.brakes.pause(None, FIRST)
    stores.brakes.pause("welcome", SECOND)
    case = stores.enrolments.load_case(member.member_id, ["welcome"])
    assert case.pauses == stores.brakes.pauses()
    assert case.pauses.holding("any journey") == FIRST


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.sampled_from(["welcome", "news", "birthday"]), max_size=12),
    without=st.sets(st.sampled_from(["welcome", "news", "birthday", "gone"])),
    limit=st.integers(1, 4),
)
def test_what_is_passed_over_takes_no_place_of_the_limit(new_stores, names, without, limit):
    stores = new_stores()
    for number, journey in enumerate(names):
        due_at = NOW - timedelta(minutes=number)
        assert stores.enrolments.save(
            an_enrolment(member_id_of(number), journey=journey, due_at=due_at)
        )
    for shard in range(stores.shards):
        every = stores.enrolments.due(shard, NOW, 100)
        wanted = [each for each in every if each.key.journey not in without]
        assert stores.enrolments.due(shard, NOW, limit, without) == wanted[:limit]
