from dataclasses import FrozenInstanceError

import pytest
from domain.builders import NOW

from chalicelib.domain.feedback import Feedback, FeedbackKind, StepKey

KEY = StepKey(member_id="m" * 26, journey="welcome", entry=1, step="reminder")


def test_a_step_key_is_the_same_for_the_same_step_alone():
    same = StepKey(member_id="m" * 26, journey="welcome", entry=1, step="reminder")
    others = [
        StepKey(member_id="n" * 26, journey="welcome", entry=1, step="reminder"),
        StepKey(member_id="m" * 26, journey="farewell", entry=1, step="reminder"),
        StepKey(member_id="m" * 26, journey="welcome", entry=2, step="reminder"),
        StepKey(member_id="m" * 26, journey="welcome", entry=1, step="welcome"),
    ]
    assert {KEY, same} == {KEY}
    assert KEY not in others


def test_feedback_can_not_be_changed_once_heard():
    heard = Feedback(kind=FeedbackKind.OPENED, key=KEY, attempt="a1", at=NOW)
    with pytest.raises(FrozenInstanceError):
        heard.kind = FeedbackKind.CLICKED


def test_whatever_is_counted_by_person_is_counted_raw_too():
    for kind in FeedbackKind:
        if kind.value.endswith("_by_person"):
            assert FeedbackKind(kind.value.removesuffix("_by_person"))
