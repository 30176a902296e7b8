import re

import pytest

from chalicelib.domain.reasons import Reason


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_explained_in_one_sentence(reason):
    assert re.fullmatch(r"[a-z][^.]{10,100}[a-z]", reason.explanation)


def test_no_two_reasons_are_explained_alike():
    assert len({reason.explanation for reason in Reason}) == len(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_a_name_that_a_metric_can_have(reason):
    assert reason.value == reason.name.lower()
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", reason)
