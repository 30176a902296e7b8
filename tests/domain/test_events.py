import re

import pytest
from domain.builders import event, member

from chalicelib.domain.events import EventOutcome, EventType
from chalicelib.domain.member import apply_event


@pytest.mark.parametrize("kind", EventType)
def test_an_event_is_a_thing_and_what_was_done_in_the_past_participle(kind):
    assert re.fullmatch(r"[a-z]+\.([a-z]+ed|left)", kind.value)
    assert kind.name.lower() == kind.value.replace(".", "_")


@pytest.mark.parametrize("outcome", EventOutcome)
def test_an_outcome_is_a_name_that_a_metric_can_have(outcome):
    assert outcome.value == outcome.name.lower()


@pytest.mark.parametrize("kind", EventType)
def test_an_event_that_tells_no_more_than_its_kind_has_an_effect_all_the_same(kind):
    told = event(kind)
    assert (told.facts, told.balances, told.left_at) == ({}, {}, None)
    assert apply_event(member(), told).attributes == member().attributes
