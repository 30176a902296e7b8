"""A promise is kept once, also to who was merged into another member meanwhile."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from functional.worlds import ANN
from usecases.engines import ann, tell
from usecases.test_merge_members import BEN, CAROL, ben, both, joins, named, plain_mails, sends

from chalicelib.domain.events import EventOutcome, EventType
from chalicelib.domain.gifts import gifts_among
from chalicelib.usecases import apply_event
from chalicelib.usecases.merge_members import Merged, Unmerged, merge, unmerge
from chalicelib.usecases.ports import UnavailableError
from chalicelib.usecases.send_step import Sent

__all__ = ["plain_mails"]
REGISTERED = EventType.ACCOUNT_REGISTERED
WAIT = timedelta(days=4)


def promised(engine, *members):
    """Send the mails up to the one that promises miles for an account."""
    for member_id in members:
        assert isinstance(sends(engine, member_id, "welcome"), Sent)
    engine.clock.advance(WAIT)
    for member_id in members:
        assert isinstance(sends(engine, member_id, "reminder"), Sent)


def registers(engine, card=BEN, event_id=None):
    told = {"aliases": named(card), "at": engine.clock.now()}
    assert tell(engine, REGISTERED, event_id=event_id, **told) is EventOutcome.APPLIED


def gifts(engine):
    """Return to whom something was promised that was given, and who has it."""
    given = [each for each in engine.memberships.every_posting() if gifts_among([each])]
    return [(gifts_among([each])[0].member_id, each.member_id) for each in given]


def test_what_was_promised_to_the_absorbed_is_given_when_the_survivor_does_it():
    engine = both()
    promised(engine, ben(engine))
    assert isinstance(merge(engine, ann(engine), ben(engine)), Merged)
    registers(engine)
    registers(engine, event_id="again")
    assert gifts(engine) == [(ben(engine), ann(engine))]


def test_what_was_promised_to_both_is_given_once():
    engine = both()
    promised(engine, ann(engine), ben(engine))
    merge(engine, ann(engine), ben(engine))
    registers(engine)
    registers(engine, event_id="again")
    assert gifts(engine) == [(ann(engine), ann(engine))]


def test_what_was_promised_to_two_who_were_absorbed_is_given_once_in_whichever_order_they_were():
    engine = both()
    carol = joins(engine, CAROL)
    promised(engine, ben(engine), carol)
    merge(engine, ann(engine), max(ben(engine), carol))
    registers(engine)
    merge(engine, ann(engine), min(ben(engine), carol))
    registers(engine, event_id="again")
    assert gifts(engine) == [(max(ben(engine), carol), ann(engine))]


def test_what_the_survivor_had_done_before_it_was_promised_to_the_other_earns_nothing():
    engine = both()
    registers(engine, card=ANN["card"])
    promised(engine, ben(engine))
    merge(engine, ann(engine), ben(engine))
    registers(engine, event_id="again")
    assert gifts(engine) == []


def test_what_the_absorbed_was_given_is_not_given_again():
    engine = both()
    promised(engine, ben(engine))
    registers(engine)
    merge(engine, ann(engine), ben(engine))
    registers(engine, event_id="again")
    assert gifts(engine) == [(ben(engine), ben(engine))]


def test_what_the_survivor_was_given_is_not_given_again_to_who_was_parted():
    engine = both()
    promised(engine, ben(engine))
    merge(engine, ann(engine), ben(engine))
    registers(engine)
    assert isinstance(unmerge(engine, ben(engine)), Unmerged)
    registers(engine, event_id="again")
    assert gifts(engine) == [(ben(engine), ann(engine))]


def test_who_is_parted_is_given_what_the_other_of_one_person_had_been_given_instead():
    engine = both()
    promised(engine, ann(engine), ben(engine))
    registers(engine, card=ANN["card"])
    dying = patch.object(apply_event, "give_gifts", side_effect=UnavailableError)
    with dying, pytest.raises(UnavailableError):
        registers(engine, event_id="ben")
    absorbed = ben(engine)
    merge(engine, ann(engine), absorbed)
    registers(engine, event_id="ben")
    assert gifts(engine) == [(ann(engine), ann(engine))]
    for _ in range(2):
        unmerge(engine, absorbed)
        assert gifts(engine) == [(ann(engine), ann(engine)), (absorbed, absorbed)]
