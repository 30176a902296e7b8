"""Fragments add to each other, and never contradict each other."""

import copy

import pytest

from infra.fragments import FRAGMENTS
from infra.merge import MergeError, merged
from infra.stage import read_stage

STAGE = read_stage("production")


def test_fragments_add_to_one_resource():
    one = {"Resources": {"Queue": {"Properties": {"Name": "a"}}}}
    other = {"Resources": {"Queue": {"Properties": {"Size": 1}}, "Topic": {"Type": "T"}}}
    assert merged([one, other])["Resources"] == {
        "Queue": {"Properties": {"Name": "a", "Size": 1}},
        "Topic": {"Type": "T"},
    }


def test_fragments_may_say_the_same_twice():
    same = {"Resources": {"Topic": {"Type": "T"}}}
    assert merged([same, copy.deepcopy(same)]) == same


def test_fragments_that_contradict_each_other_are_refused_with_the_place():
    one = {"Resources": {"Queue": {"Properties": {"Size": 1}}}}
    other = {"Resources": {"Queue": {"Properties": {"Size": 2}}}}
    with pytest.raises(
        MergeError, match=r"Resources\.Queue\.Properties\.Size: one fragment says 1"
    ):
        merged([one, other])


def test_merging_changes_no_fragment():
    """What two resources share must not be filled in for both."""
    shared = {"Variables": {"A": "1"}}
    one = {"Resources": {"F": {"Environment": shared}, "G": {"Environment": shared}}}
    other = {"Resources": {"F": {"Environment": {"Variables": {"B": "2"}}}}}
    whole = merged([one, other])["Resources"]
    assert whole["F"]["Environment"]["Variables"] == {"A": "1", "B": "2"}
    assert whole["G"]["Environment"]["Variables"] == {"A": "1"}
    assert shared == {"Variables": {"A": "1"}}


def test_the_same_stage_gives_the_same_fragments():
    again = read_stage("production")
    assert merged(each(STAGE) for each in FRAGMENTS) == merged(each(again) for each in FRAGMENTS)
