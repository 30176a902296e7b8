"""What many runs must have met is counted run by run, and what is missing is told."""

from dataclasses import replace

import pytest
from simulation.stories import ANN, HOUR, PROGRAMME, Story, event

from chalicelib.domain.enrolment import StepState
from chalicelib.domain.events import EventOutcome
from chalicelib.domain.member import Consent, ConsentStatus, Tombstone
from chalicelib.domain.preferences import Preferences
from chalicelib.domain.reasons import Reason
from chalicelib.simulation.checkers.sometimes import (
    COINCIDENCES,
    MANY,
    NEVER_HERE,
    OFTEN,
    RARE,
    happened,
    missing,
)
from chalicelib.simulation.faults import Fault
from chalicelib.simulation.record import DeadLettered, Erased, Faulted, Logged, Outdone, Paused


def began():
    story = Story()
    story.begin("queue_sends#1")
    return story


def met(story):
    return [name for name in COINCIDENCES if happened(story.record)[name]]


def test_a_run_in_which_all_goes_well_meets_nothing():
    story = began()
    story.mail()
    assert met(story) == []


def test_everything_is_missing_where_nothing_happened():
    names = missing({}, {"api:events.receive": OFTEN, "api:members.load": OFTEN - 1})
    assert "crash: api:events.receive" in names
    assert "crash: api:members.load" not in names
    assert {f"fault: {fault}" for fault in Fault} <= set(names)
    assert {f"reason: {reason}" for reason in set(Reason) - set(NEVER_HERE)} <= set(names)
    assert set(COINCIDENCES) - set(RARE) <= set(names)
    assert missing(dict.fromkeys(names, 1), {"api:events.receive": OFTEN}) == []


def test_what_is_rare_is_missing_only_from_very_many_runs():
    assert not set(RARE) & set(missing({}, {"api:events.receive": MANY - 1}))
    assert set(RARE) <= set(missing({}, {"api:events.receive": MANY}))


def test_a_fault_is_counted_and_a_death_by_its_place():
    story = Story()
    story.record.add(Faulted, kind=Fault.DIE_BEFORE, where="api:events.receive")
    story.record.add(Faulted, kind=Fault.SLOW, where="api:events.receive")
    counts = happened(story.record)
    assert (counts["fault: die_before"], counts["fault: slow"]) == (1, 1)
    assert counts["crash: api:events.receive"] == 1


def test_a_reason_is_read_off_what_was_stored_and_what_was_logged():
    story = Story()
    story.step(state=StepState.SKIPPED, reason=Reason.GOAL_REACHED)
    story.record.add(Logged, text='{"rows": [["throttled", "welcome"]]}')
    counts = happened(story.record)
    assert counts["reason: goal_reached"]
    assert counts["reason: throttled"]
    assert not counts["reason: refused"]


def parked(story):
    story.conclude("w1", event("account.registered", story.now), EventOutcome.PARKED_UNKNOWN_MEMBER)


def settled_by_feedback(story):
    story.claim()
    story.by = "queue_feedback#1"
    story.step(state=StepState.SENT)


def heard_first(story):
    story.claim()
    story.call()
    story.hear("opened")
    story.sent()


def given_up(story):
    story.claim()
    story.step(state=StepState.FAILED, reason=Reason.OUTCOME_UNKNOWN)


def given_up_then_heard(story):
    given_up(story)
    story.step(state=StepState.SENT, reason=None)


def tried_again(story):
    story.claim()
    story.step(state=StepState.RETRY)
    story.claim("a2")


def retry_spared(story):
    story.claim()
    story.step(state=StepState.RETRY)
    story.step(state=StepState.SENT)


def taken_back(reason):
    def act(story):
        story.claim()
        story.release()
        story.record.add(Logged, text=f'{{"rows": [["{reason}", "welcome", "{ANN}"]]}}')

    return act


def declined(story):
    story.claim()
    story.change(consent=Consent(ConsentStatus.DECLINED, story.now))
    story.call()
    story.sent()


def declined_a_topic(story):
    story.claim()
    story.change(preferences=Preferences(declined_topics=frozenset({"miles"})))
    story.call()
    story.sent()


def erased(story):
    story.claim()
    story.store("TOMBSTONE", ANN, Tombstone(member_id=ANN, erased_at=story.now, version=2))
    story.call()
    story.sent()


def deployed(story):
    story.claim()
    story.deploy(PROGRAMME)
    story.call()
    story.sent()


def granted(story):
    story.claim()
    story.step(state=StepState.UNKNOWN)
    story.grant()


def tripped(story):
    story.by = "queue_feedback#1"
    story.record.add(Paused, journey="welcome")


def waited(story):
    """The event was taken an hour before its member joined."""
    story.record.seen.clear()
    story.deploy(PROGRAMME)
    body = event("account.registered", story.now)
    story.webhook("early", body)
    story.conclude("early", body, None)
    story.now += HOUR
    story.store("PROFILE", ANN, replace(story.member, version=1))
    story.conclude("early", body)


STORIES = {
    "an event waited for its member": waited,
    "an event was parked: its member is unknown": parked,
    "an event was parked: its id stands for another body": lambda story: story.record.add(
        DeadLettered, queue="events", body="", reason="conflict"
    ),
    "an event was stale": lambda story: story.conclude(
        "w1", event("member.updated", story.now), EventOutcome.STALE
    ),
    "an event was about an erased member": lambda story: story.conclude(
        "w1", event("member.updated", story.now), EventOutcome.ERASED
    ),
    "a sender's write was outdone": lambda story: story.record.add(
        Outdone, what="ENROLMENT", key="k"
    ),
    "a claim was taken back for a pause": taken_back("paused"),
    "a claim was taken back for a cap": taken_back("frequency_cap"),
    "a claim was taken back for a declined topic": taken_back("topic_declined"),
    "a claim was taken back, for the member may not be mailed any more": taken_back("declined"),
    "a member declined between a claim and its record": declined,
    "a member declined a topic between a claim and its record": declined_a_topic,
    "a member was erased between a claim and its record": erased,
    "an operator erased a member": lambda story: story.record.add(Erased, member_id=ANN),
    "feedback came before the sender's record": heard_first,
    "an open outcome was settled by feedback": settled_by_feedback,
    "an open outcome was given up": given_up,
    "a mail was given up, then heard of": given_up_then_heard,
    "a step was tried once more": tried_again,
    "a retry was spared by late feedback": retry_spared,
    "a gift was granted for a mail whose outcome was open": granted,
    "a breaker tripped": tripped,
    "a message died after five receives": lambda story: story.record.add(
        DeadLettered, queue="events", body="", reason=""
    ),
    "a step was claimed by one programme and recorded by another": deployed,
}


@pytest.mark.parametrize("name", COINCIDENCES)
def test_a_coincidence_is_seen_when_it_happens(name):
    story = began()
    STORIES[name](story)
    assert name in met(story)
