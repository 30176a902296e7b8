"""The demonstration's figures are those of its items, counted again by other means."""

import json
from collections import Counter
from copy import deepcopy
from datetime import datetime, timedelta
from unittest.mock import patch

import boto3
import pytest
from boto3.dynamodb.types import TypeDeserializer
from functional.worlds import FOLDER, START

from chalicelib.adapters.items import enrolment_item, member_item
from chalicelib.adapters.membership_items import membership_item
from chalicelib.adapters.posting_items import posting_item, posting_of
from chalicelib.adapters.reference_items import reference_item
from chalicelib.domain.arms import Arm, assign
from chalicelib.domain.gifts import gifts_among
from chalicelib.domain.lift import ArmCount, as_json, measure_lift
from chalicelib.programme.loader import load_programme
from chalicelib.world import demo as demo_module
from chalicelib.world.demo import DemoError, DemoPlan, run_demo
from chalicelib.world.rates import CASE, Rates

MEMBERS, SEED = 16, 4
PRIORS = {"account_registered": 1, "home_airport_given": 10, "cobrand_card_issued": 10}
GOALS = [*PRIORS, "app_installed"]
WINDOW_MICROSECONDS = 30 * 24 * 3600 * 1_000_000
LIVELY = Rates(
    bounced=0.1,
    complained=0.1,
    opened=0.9,
    clicked=0.5,
    answers={
        "welcome": ("account.registered", 0.2),
        "reminder": ("account.registered", 0.4),
        "questionnaire": ("profile.completed", 0.4),
        "app": ("app.installed", 0.4),
    },
    anyway={"profile.completed": 0.2, "card.issued": 0.2, "app.installed": 0.2},
)
"""Much happens to few members."""


def items_on_moto():
    """Read the whole table as it is, by no code of the engine's."""
    read = TypeDeserializer().deserialize
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName="milepost")
    return [{k: read(v) for k, v in item.items()} for page in pages for item in page["Items"]]


def without_message_ids(items):
    """Return the items in order, without the names that the mail service gave to mails."""
    items = deepcopy(items)
    for item in items:
        for record in item.get("steps", {}).values():
            record.pop("m", None)
            record.pop("i", None)
    return sorted(items, key=lambda item: (item["PK"], item["SK"]))


def items_in_memory(engine):
    postings = list(engine.memberships.every_posting())
    return [
        *(enrolment_item(each, 1) for each in engine.enrolments.every()),
        *(membership_item(each, 1) for each in engine.memberships.every()),
        *(posting_item(each) for each in postings),
        *(reference_item(engine.memberships.find(each.reference)) for each in postings),
        *(member_item(each) for each in engine.members.every()),
    ]


class Finished:
    """What is left of a demonstration: its items, its mailbox and its own figures."""

    def __init__(self, on, seed=SEED):
        plan = DemoPlan(folder=FOLDER, members=MEMBERS, days=30, on=on, seed=seed)
        with (
            patch.object(demo_module, "CASE", LIVELY),
            run_demo(plan, START, print) as result,
        ):
            engine = result.world.engine
            self.items = items_on_moto() if on == "moto" else items_in_memory(engine)
            self.mails = [
                (
                    received.at,
                    received.mail.recipient,
                    received.mail.tags["step"],
                    received.mail.mime,
                )
                for received in result.world.substrate.mailer.mails
            ]
            self.figures = result.as_json()
            self.report = result.report

    def of_type(self, type_):
        return [item for item in self.items if item["type"] == type_]


@pytest.fixture(scope="module")
def finished():
    return Finished("memory")


def count_arms(enrolments, goal):
    """Count assigned and converted members of both arms, from the items alone."""
    assigned, converted = Counter(), Counter()
    for item in enrolments:
        assigned[item["arm"]] += 1
        entered = int(_microseconds(item["entered_at"]))
        if goal in item["goals"] and item["goals"][goal] - entered <= WINDOW_MICROSECONDS:
            converted[item["arm"]] += 1
    return [ArmCount(converted[arm], assigned[arm]) for arm in ("treated", "control")]


def _microseconds(text):
    return (datetime.fromisoformat(text) - datetime.fromisoformat("1970-01-01T00:00Z")) / timedelta(
        microseconds=1
    )


def steps_in(enrolments, *states):
    return [
        (name, record)
        for item in enrolments
        for name, record in item["steps"].items()
        if record["s"] in states
    ]


@pytest.mark.parametrize("goal", GOALS)
def test_a_goals_figures_are_those_of_the_items_and_the_lift_follows_from_them(finished, goal):
    treated, control = count_arms(finished.of_type("ENROLMENT"), goal)
    told = finished.figures["goals"][goal]
    assert (told["treated"]["converted"], told["treated"]["assigned"]) == (
        treated.converted,
        treated.assigned,
    )
    assert (told["control"]["converted"], told["control"]["assigned"]) == (
        control.converted,
        control.assigned,
    )
    assert told == as_json(measure_lift(treated, control, PRIORS.get(goal, 10)))
    assert treated.assigned + control.assigned == MEMBERS


def test_much_happened_or_the_figures_prove_nothing(finished):
    goals = finished.figures["goals"]
    assert all(goals[goal]["treated"]["converted"] for goal in GOALS)
    assert finished.figures["gifts"] >= 2
    assert len(finished.figures["mails"]) == 5
    assert set(finished.figures["skipped"]) >= {"control_group", "suppressed", "goal_reached"}


def test_the_mails_are_those_of_the_items_and_those_in_the_mailbox(finished):
    sent = Counter(name for name, _ in steps_in(finished.of_type("ENROLMENT"), "sent"))
    assert finished.figures["mails"] == sent
    assert Counter(step for _, _, step, _ in finished.mails) == sent
    assert max(Counter((to, step) for _, to, step, _ in finished.mails).values()) == 1
    assert steps_in(finished.of_type("ENROLMENT"), "sending", "unknown") == []


def test_what_was_not_mailed_is_what_the_items_say(finished):
    enrolments = finished.of_type("ENROLMENT")
    skipped = Counter(record["r"] for _, record in steps_in(enrolments, "skipped"))
    ended = Counter(
        item["exit"] for item in enrolments if item.get("exit", "completed") != "completed"
    )
    assert finished.figures["skipped"] == skipped + ended


def test_the_gifts_are_those_of_the_items_and_stand_in_the_balances(finished):
    gifts = gifts_among(map(posting_of, finished.of_type("POSTING")))
    assert finished.figures["gifts"] == len(gifts)
    assert {(gift.source, gift.unit, gift.amount) for gift in gifts} == {
        ("welcome.1.reminder", "redeemable", 500)
    }
    assert len({gift.member_id for gift in gifts}) == len(gifts)
    reminded = {
        item["member_id"]
        for item in finished.of_type("ENROLMENT")
        if item["steps"].get("reminder", {}).get("s") == "sent"
        and item["goals"].get("account_registered", 0) >= item["steps"]["reminder"]["t"]
    }
    assert {gift.member_id for gift in gifts} == reminded


def test_opens_and_clicks_are_those_of_the_items(finished):
    heard = Counter(
        (name, kind)
        for name, record in steps_in(finished.of_type("ENROLMENT"), "sent", "failed")
        for kind in record.get("f", {})
    )
    told = finished.report.feedback
    assert {(step, kind): n for step, kinds in told.items() for kind, n in kinds.items()} == heard


def test_nobody_of_the_control_group_was_mailed(finished):
    control = {i["member_id"] for i in finished.of_type("ENROLMENT") if i["arm"] == "control"}
    addresses = {
        item["attributes"]["email"]
        for item in finished.of_type("PROFILE")
        if item["member_id"] in control
    }
    assert control
    assert not addresses & {to for _, to, _, _ in finished.mails}


def test_the_arm_is_that_of_the_draw(finished):
    journey = load_programme(FOLDER).journeys["welcome"]
    for item in finished.of_type("ENROLMENT"):
        assert Arm(item["arm"]) is assign(journey.salt, item["member_id"], journey.holdout)


def test_memory_and_moto_tell_the_same_story_item_by_item_and_mail_by_mail(finished):
    """So that all that is counted here in memory holds on AWS's own API, too."""
    on_moto = Finished("moto")
    assert on_moto.figures == finished.figures
    assert on_moto.report == finished.report
    assert on_moto.mails == finished.mails
    for type_ in ("ENROLMENT", "POSTING", "PROFILE"):
        ours, theirs = finished.of_type(type_), on_moto.of_type(type_)
        assert without_message_ids(ours) == without_message_ids(theirs)


def test_the_same_seed_tells_the_same_story_and_another_one_another():
    first, again, other = (Finished("memory", seed) for seed in (12, 12, 13))
    assert first.items == again.items
    assert first.mails == again.mails
    assert first.mails != other.mails


def test_the_figures_are_plain_json(finished):
    assert json.loads(json.dumps(finished.figures)) == finished.figures


def test_every_day_is_told():
    days = []
    plan = DemoPlan(folder=FOLDER, members=2, days=3, on="memory")
    with run_demo(plan, START, days.append):
        assert days == [1, 2, 3]


@pytest.mark.parametrize("channel", ["offline", "online"])
def test_a_cohort_of_each_channel_gets_its_own_chain(channel):
    plan = DemoPlan(folder=FOLDER, members=10, days=12, on="memory", channel=channel)
    with run_demo(plan, START, print) as result:
        mails = result.as_json()["mails"]
    first, other = {"offline": ("welcome", "collect"), "online": ("collect", "welcome")}[channel]
    assert mails[first]
    assert channel == "offline" or other not in mails


def test_a_partner_that_is_refused_stops_the_demonstration():
    plan = DemoPlan(folder=FOLDER, members=2, days=1, on="memory")
    refused = patch.object(demo_module, "joined_data", return_value={"member": {"card": "#"}})
    with refused, pytest.raises(DemoError, match="not valid"), run_demo(plan, START, print):
        pass


def test_the_rates_of_the_case_are_shares():
    shares = [CASE.bounced, CASE.complained, CASE.opened, CASE.clicked, *CASE.anyway.values()]
    assert all(0 <= share <= 1 for share in [*shares, *(s for _, s in CASE.answers.values())])
    assert all(share <= CASE.opened for _, share in CASE.answers.values())
