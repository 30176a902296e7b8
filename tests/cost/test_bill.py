"""The bill: its budgets, and that it says the same however it is asked."""

from dataclasses import replace

import pytest

from chalicelib.cost.bill import (
    TICKS_A_MONTH,
    Part,
    audit_seconds,
    bill,
    chain_amounts,
    function_amounts,
    idle_usd,
    standing_amounts,
)
from chalicelib.cost.cohorts import FEEDBACK_PER_MAIL, Cohort, CohortError, Steadily
from chalicelib.cost.deployment import API, AUDIT, EVENTS, HEARD, SENDS, TICK
from chalicelib.cost.importing import import_usd
from chalicelib.cost.meter import OUTSIDE
from chalicelib.cost.prices import Line, Plan, load_prices
from chalicelib.cost.reference import load_reference
from chalicelib.cost.sample import run_sample
from chalicelib.cost.shape import shape_of

WRITE_UNITS_A_STEP = 4
TIMES_SES_ALONE = 1.06
BESIDE_JOURNEYS = 1.063
"""The same, when a member may be in other journeys as well, which a claim has to look at."""
COMPUTE_OF_SES = 0.0025
"""What compute may cost of SES's own price; on an idle machine it is 0.0020."""
PRICES = load_prices()


@pytest.fixture(scope="module")
def made(sample):
    return bill(sample, PRICES)


# The budgets of the design.


def test_a_step_costs_no_more_write_units_than_its_budget(sample):
    assert shape_of(sample, PRICES, 0).write_units_a_step <= WRITE_UNITS_A_STEP


def test_the_reference_chain_costs_no_more_than_its_budget(plan, chain_alone, made):
    alone = bill(run_sample(replace(plan, folder=chain_alone)), PRICES)
    assert without_compute(alone) <= TIMES_SES_ALONE - COMPUTE_OF_SES
    assert without_compute(made) <= BESIDE_JOURNEYS - COMPUTE_OF_SES


def test_beside_other_journeys_a_mail_costs_two_reads_more_however_many_they_are(
    plan, sample, chain_alone
):
    alone = chain_amounts(run_sample(replace(plan, folder=chain_alone)))
    beside = chain_amounts(sample)
    assert beside[Line.READS] - alone[Line.READS] == pytest.approx(2 * beside[Line.MAILS])
    assert beside[Line.WRITES] == alone[Line.WRITES]


def without_compute(made):
    """Compute has processor time in it, which is the machine's: its share is held for itself."""
    chain = [row for row in made.rows if row.part is Part.CHAIN]
    compute = sum(row.usd for row in chain if row.line is Line.COMPUTE) / made.mail_usd
    assert compute <= 4 * COMPUTE_OF_SES
    return made.times_ses - compute


def test_the_budget_is_kept_on_the_dearer_plan_all_the_more(sample, made):
    dearer = bill(sample, PRICES, Plan.ESSENTIALS)
    assert dearer.times_ses < made.times_ses
    assert dearer.mail_usd == pytest.approx(1.6 * made.mail_usd)


# The reference cohort is what it is said to be.


def test_the_reference_cohort_has_the_basis_of_the_designs(sample):
    members = sample.plan.sample
    assert 4.9 * members <= sample.mails <= 5 * members
    heard = sum(n for kind, n in FEEDBACK_PER_MAIL.items() if kind in HEARD)
    assert sample.feedback / sample.mails == pytest.approx(heard, rel=0.02)
    requests = sample.chain.amounts[OUTSIDE, Line.API]
    assert requests == pytest.approx(1.05 * members, abs=1)


def test_with_delivery_events_the_feedback_is_all_that_the_designs_have(plan, made):
    told = run_sample(replace(plan, deliveries=True))
    assert told.feedback / told.mails == pytest.approx(1.455, rel=0.01)
    dearer = bill(told, PRICES).times_ses - made.times_ses
    assert 0.005 < dearer < 0.02


def test_feedback_is_as_frequent_in_all_as_the_designs_have_it():
    assert sum(FEEDBACK_PER_MAIL.values()) == pytest.approx(1.455)


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.05, 0.4, 1.0])
def test_a_share_is_kept_at_any_number_of_questions(share):
    steadily, yes = Steadily(), 0
    for asked in range(1, 3000):
        yes += steadily.happens("it", share)
        assert yes == int(asked * share)


def test_the_case_holds_half_out_and_gets_fewer_mails(plan):
    case = run_sample(replace(plan, cohort=Cohort.CASE, sample=60))
    assert 0.6 * 60 < case.mails < 2.5 * 60
    assert bill(case, PRICES).times_ses > 1.06


# The bill adds up.


def test_the_sums_are_those_of_the_rows(made):
    chain = [row for row in made.rows if row.part is Part.CHAIN]
    assert made.usd(Part.CHAIN) == pytest.approx(sum(row.usd for row in chain))
    total = made.usd(Part.CHAIN) + made.usd(Part.STANDING)
    assert made.times_ses_with_standing == pytest.approx(total / made.mail_usd)
    assert made.mail_usd == pytest.approx(made.mails / 1000 * 0.1)


def test_the_functions_make_up_the_chain(sample):
    functions = function_amounts(sample)
    chain = chain_amounts(sample)
    assert set(functions) >= {API, EVENTS, SENDS, TICK, OUTSIDE}
    for line in (Line.WRITES, Line.READS, Line.QUEUES, Line.COMPUTE, Line.LOGS):
        assert chain[line] == pytest.approx(sum(each.get(line, 0) for each in functions.values()))


def test_twice_the_members_cost_twice_but_for_what_stands(sample):
    twice = replace(sample, plan=replace(sample.plan, members=2_000_000))
    once_usd, twice_usd = bill(sample, PRICES), bill(twice, PRICES)
    assert twice_usd.usd(Part.CHAIN) == pytest.approx(2 * once_usd.usd(Part.CHAIN), rel=0.01)
    assert twice_usd.usd(Part.STANDING) < 1.5 * once_usd.usd(Part.STANDING)


def test_only_processor_time_varies(made, sample):
    assert {row.line for row in made.rows if row.measured} == {Line.COMPUTE}
    slower = replace(sample, chain=sample.chain.less(sample.chain, 0))
    slower.chain.cpu_ns.update(dict.fromkeys(slower.chain.cpu_ns, 10**9))
    changed = {
        row.line
        for row, other in zip(made.rows, bill(slower, PRICES).rows, strict=True)
        if row.amount != pytest.approx(other.amount)
    }
    assert changed == {Line.COMPUTE}


def test_a_sample_of_another_size_tells_the_same(plan, made):
    other = bill(run_sample(replace(plan, sample=60)), PRICES)
    assert other.times_ses == pytest.approx(made.times_ses, abs=0.005)
    for line in (Line.WRITES, Line.TOPICS, Line.API):
        [ours] = [row.usd for row in made.rows if (row.part, row.line) == (Part.CHAIN, line)]
        [theirs] = [row.usd for row in other.rows if (row.part, row.line) == (Part.CHAIN, line)]
        assert theirs == pytest.approx(ours, rel=0.03)


def test_the_same_seed_makes_the_same_bill(plan):
    small = replace(plan, sample=30)
    first, again = (run_sample(small).chain for _ in range(2))
    assert first.amounts == again.amounts
    assert first.calls == again.calls


def test_an_idle_tick_asks_every_shard_and_writes_nothing(sample):
    pauses = 1
    assert sample.ticks.amounts[TICK, Line.READS] == 50 * (pauses + 2 * 16 * 0.5)
    assert sample.ticks.amounts[TICK, Line.WRITES] == 0
    standing = standing_amounts(sample)
    assert standing[Line.READS] > TICKS_A_MONTH * 16 * 0.5
    assert standing[Line.INVOCATIONS] == TICKS_A_MONTH + 30


def test_an_idle_month_costs_less_than_a_dollar(sample):
    assert 0.3 < idle_usd(sample, PRICES) < 1


def test_an_audit_reads_every_item(sample):
    stored = sample.stored_gb * 1024**3
    read = sample.audit.amounts[AUDIT, Line.READS] * 2 * 4096
    assert read == pytest.approx(stored, rel=0.4)  # storage has a hundred bytes an item on top
    assert audit_seconds(sample) > 0


def test_importing_costs_the_intake_and_no_mail(plan, made):
    small = replace(plan, sample=60)
    usd = import_usd(small, PRICES)
    assert 2 < usd < 6
    assert usd < made.usd(Part.CHAIN) / 50


def test_the_comparison_is_by_the_same_number_of_mails(made):
    compared = dict(load_reference().with_ours({"Milepost": made}))
    [ours] = [design for design in compared if design.title.startswith("Milepost")]
    assert ours.usd == pytest.approx(made.usd(Part.CHAIN) / made.mails * 5_000_000)
    assert compared[ours] == pytest.approx(made.times_ses, abs=0.001)
    prices = [design.usd for design in compared]
    assert prices == sorted(prices)


def test_a_cohort_that_is_refused_is_not_billed(sample, monkeypatch):
    monkeypatch.setattr("chalicelib.cost.cohorts.joined_data", lambda *_: {"member": {"card": "#"}})
    with pytest.raises(CohortError, match="refused"):
        run_sample(replace(sample.plan, sample=20))


def test_a_sample_joins_as_densely_as_all_would(plan):
    assert plan.span.total_seconds() == pytest.approx(120 / 1_000_000 * 30 * 86_400)
