"""The ramp grows, and nobody changes arm: by the rule, and in the engine while members live on."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from usecases.engines import ann, enrolment, memory_engine, partner_event, send

from chalicelib.domain.arms import Arm, assign
from chalicelib.domain.events import EventType
from chalicelib.usecases.apply_event import handle_event
from chalicelib.usecases.audit import audit
from chalicelib.usecases.unsubscribe import unsubscribe

shares = st.integers(0, 1_000_000).map(lambda millionths: millionths / 1_000_000)
LIFE = (
    EventType.MEMBER_JOINED,
    EventType.MEMBER_UPDATED,
    EventType.ACCOUNT_REGISTERED,
    EventType.APP_INSTALLED,
    EventType.MAIL_CONSENTED,
    EventType.MAIL_DECLINED,
    EventType.MEMBER_LEFT,
)


@given(st.text(max_size=20), st.text(max_size=20), st.lists(shares, min_size=1, max_size=8))
def test_once_treated_a_member_stays_treated_while_the_hold_out_is_lowered(salt, member, ramp):
    arms = [assign(salt, member, share) for share in sorted(ramp, reverse=True)]
    assert arms == sorted(arms, key=list(reversed(Arm)).index)


@given(shares, st.lists(shares, min_size=1, max_size=4), st.permutations(LIFE))
def test_whatever_share_is_deployed_later_the_arm_and_the_share_at_entry_stay(first, ramp, life):
    engine = with_share(memory_engine(), first)
    tell(engine, EventType.MEMBER_JOINED, 0)
    entered = enrolment(engine)
    assert entered.arm is assign("welcome-2027", ann(engine), first)
    for number, type_ in enumerate(life, start=1):
        engine = with_share(engine, ramp[number % len(ramp)])
        tell(engine, type_, number)
        send(engine)
        audit(engine)
        known = enrolment(engine)
        assert (known.arm, known.holdout) == (entered.arm, first)
    unsubscribe(engine, ann(engine))
    assert enrolment(engine).arm is entered.arm


def with_share(engine, share):
    journeys = engine.programme.journeys
    ramped = {name: replace(journey, holdout=share) for name, journey in journeys.items()}
    return replace(engine, programme=replace(engine.programme, journeys=ramped))


def tell(engine, type_, number):
    assert handle_event(engine, partner_event(type_, event_id=f"e{number}"), 1)
