"""The meter tells the truth: the same world on boto3 and moto makes the same calls and units.

What AWS would bill there is counted by botocore's event hooks and worked out again in this file,
from moto's own items, by nothing of the meter's.
"""

import math
import re
from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from boto3.dynamodb.types import TypeDeserializer
from moto.backends import get_backend
from moto.dynamodb.models.dynamo_type import DynamoType

from chalicelib.adapters.clock import VirtualClock
from chalicelib.cost.cohorts import Cohort, Joining
from chalicelib.cost.deployment import DELIVERY, HEARD, SENDS
from chalicelib.cost.ground import WINDOW, Setup, metered, paced
from chalicelib.cost.prices import Line
from chalicelib.cost.sample import SamplePlan, world_plan
from chalicelib.programme.loader import load_programme
from chalicelib.world.lambda_events import ACCOUNT, REGION
from chalicelib.world.partner import Partner
from chalicelib.world.substrates import DUE_SHARDS, substrate
from chalicelib.world.world import World

MEMBERS = 6
DAYS = 14
TICK = timedelta(minutes=5)
EVERYTHING = HEARD | {DELIVERY}
ONE_EACH = {"queue_events": 1, "queue_sends": 1, "queue_feedback": 1}
read = TypeDeserializer().deserialize


def size(value):
    """The size of a Python value, by the developer guide."""
    match value:
        case str():
            return len(value.encode())
        case dict():
            return 3 + sum(1 + len(name.encode()) + size(each) for name, each in value.items())
        case _:
            return (len(str(value).strip("0")) + 1) // 2 + 1


def item_size(item):
    return sum(len(name.encode()) + size(each) for name, each in item.items())


class Hooks:
    """Counts what one client asks of moto, and what DynamoDB would bill for it."""

    def __init__(self, client):
        self.calls = Counter()
        self.writes = self.reads = 0
        self._under_way = None
        events = client.meta.events
        events.register_first("before-parameter-build.dynamodb.*", self._before)
        events.register("after-call.dynamodb.*", self._after)

    def _before(self, model, params, context, **_):
        """What runs inside a batch of statements is the stand-in for moto, and no call of ours."""
        if self._under_way:
            return
        self._under_way = model.name
        self.calls[f"dynamodb.{model.name}"] += 1
        keys = keys_of(model.name, params)
        context["milepost"] = keys, [stored(key) for key in keys]
        context["milepost_consistent"] = params.get("ConsistentRead", False)

    def _after(self, model, context, **_):
        if "milepost" not in context:
            return
        self._under_way = None
        keys, before = context["milepost"]
        if model.name in {"GetItem", "BatchGetItem"}:
            self.reads += sum(max(1, math.ceil(item_size(item) / 4096)) for item in before)
        elif model.name == "Query":
            self.reads += 1 if context["milepost_consistent"] else 0.5  # a few items of a page
        else:
            self.writes += sum(map(write_units, before, (stored(key) for key in keys)))


def keys_of(operation, asked):
    match operation:
        case "PutItem":
            return [asked["Item"]]
        case "GetItem" | "UpdateItem" | "DeleteItem":
            return [asked["Key"]]
        case "BatchGetItem":
            return [key for each in asked["RequestItems"].values() for key in each["Keys"]]
        case "BatchWriteItem":
            return [
                each["PutRequest"]["Item"]
                for all_ in asked["RequestItems"].values()
                for each in all_
            ]
        case "BatchExecuteStatement":
            return [key_of(each) for each in asked["Statements"]]
        case _:
            return []


def key_of(statement):
    """Return the key among a statement's parameters: named in an INSERT, last in an UPDATE."""
    text, values = statement["Statement"], statement["Parameters"]
    names = re.findall(r"'(\w+)': \?", text) if text.startswith("INSERT") else []
    *_, pk, sk, _ = values
    return dict(zip(names, values, strict=True)) if names else {"PK": pk, "SK": sk}


def stored(key):
    """Return the item as it lies in moto's memory; {} for none."""
    table = get_backend("dynamodb")[ACCOUNT][REGION].tables["milepost"]
    item = table.get_item(DynamoType(key["PK"]), DynamoType(key["SK"]))
    return {n: read(v) for n, v in item.to_json()["Attributes"].items()} if item else {}


def write_units(before, after):
    place_before, place_after = before.get("GSI1SK"), after.get("GSI1SK")
    moved = place_before != place_after
    index = moved * ((place_before is not None) + (place_after is not None))
    return max(1, math.ceil(max(item_size(before), item_size(after)) / 1024)) + index


def counted(client, service):
    """Return the calls that the client makes, by operation."""
    calls = Counter()

    def count(model, **_):
        calls[f"{service}.{model.name}"] += 1

    client.meta.events.register(f"before-parameter-build.{service}.*", count)
    return calls


def run(world, partner, publish, plan):
    chance = Random(plan.seed)  # noqa: S311 - the same on both grounds
    joining = Joining(world, partner, Cohort.REFERENCE, chance)
    world.substrate.mailer.on_mail = joining.readers(publish)
    joining.all_join(MEMBERS, timedelta(minutes=30))
    world.advance(timedelta(days=DAYS))


@pytest.fixture(scope="module")
def plan(programme):
    return SamplePlan(folder=programme, members=1_000_000, sample=MEMBERS, cohort=Cohort.REFERENCE)


@pytest.fixture(scope="module")
def on_the_twin(plan):
    world, programme = world_plan(plan), plan.cohort.programme(load_programme(plan.folder))
    setup = Setup(batches=ONE_EACH, tick_every=TICK, due_shards=DUE_SHARDS, heard=EVERYTHING)
    with metered(world, programme, setup) as ground:
        partner = ground.partner(world)
        run(ground.world, partner, ground.world.substrate.publish_feedback, plan)
        return ground.meter


@pytest.fixture(scope="module")
def on_moto(plan):
    made = world_plan(plan)
    with substrate("moto", made) as ground:
        hooks = Hooks(ground.engine.enrolments._table.client)  # noqa: SLF001 - the engine's own
        sqs = counted(ground.engine.send_queue._client, "sqs")  # noqa: SLF001
        ses = counted(ground.mailer.inner._client, "sesv2")  # noqa: SLF001
        pacing = VirtualClock(made.start)
        ground.mailer.inner = paced(ground.mailer.inner, ground.engine.enrolments._table, pacing)  # noqa: SLF001
        programme = plan.cohort.programme(ground.engine.programme)
        object.__setattr__(ground.engine, "programme", programme)
        ground.batches = {"events": 1, "sends": 1, "feedback": 1}
        world = World(ground, audit_every=timedelta(days=1000), tick_every=TICK)
        world.invoke = a_window_apart(world.invoke, pacing)
        run(world, Partner("demo", made.secret), ground.publish_feedback, plan)
        hooks.calls += sqs + ses
        return hooks


def a_window_apart(invoke, pacing):
    """Invoke the senders as far apart as the queue shows them their messages on AWS."""

    def invoked(name, handler, event):
        if name == SENDS:
            pacing.advance(WINDOW)
        return invoke(name, handler, event)

    return invoked


def summed(meter, line):
    return sum(amount for (_, each), amount in meter.amounts.items() if each is line)


def test_the_same_calls_are_made(on_the_twin, on_moto):
    calls = Counter()
    for (_, operation), number in on_the_twin.calls.items():
        calls[operation] += number
    assert calls == on_moto.calls
    assert {operation.split(".")[0] for operation in calls} == {"dynamodb", "sqs", "sesv2"}
    assert calls["dynamodb.BatchExecuteStatement"] > 0


def test_the_same_write_units_are_billed(on_the_twin, on_moto):
    """An enrolment close to one kilobyte crosses it by a digit of its times, which differ."""
    assert summed(on_the_twin, Line.WRITES) == pytest.approx(on_moto.writes, rel=0.02)


def test_the_same_read_units_are_billed(on_the_twin, on_moto):
    assert summed(on_the_twin, Line.READS) == on_moto.reads


def test_every_member_got_every_mail(on_the_twin):
    """So that the figures above are of the whole chain, not of the beginning of one."""
    assert summed(on_the_twin, Line.MAILS) == 5 * MEMBERS
