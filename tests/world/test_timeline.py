"""A member's story is told day by day, with every reason in words."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from domain.builders import DAY, NOW, member
from page_samples import grant, step, story

from chalicelib.domain.enrolment import StepState
from chalicelib.domain.feedback import FeedbackKind
from chalicelib.domain.member import ConsentStatus, Suppression, SuppressionCause
from chalicelib.domain.reasons import Reason
from chalicelib.world.timeline import timeline

MOSCOW = ZoneInfo("Europe/Moscow")
HOUR = timedelta(hours=1)


def told(made, zone=MOSCOW):
    return [m.title for stone in timeline(made, zone) for _, m in stone.moments]


def notes(made):
    return [m.note for stone in timeline(made, MOSCOW) for _, m in stone.moments if m.note]


def test_days_are_counted_from_joining_on_the_programmes_clock():
    late = NOW.replace(hour=20, minute=30)
    made = story(step("welcome", at=late + HOUR), person=member(joined_at=late), entered_at=late)
    assert [stone.number for stone in timeline(made, ZoneInfo("UTC"))] == [0]
    assert [stone.number for stone in timeline(made, MOSCOW)] == [0, 1]
    assert timeline(made, MOSCOW)[1].moments[0][0] == "00:30"


def test_what_happens_is_told_in_the_order_of_time():
    made = story(
        step("reminder", at=NOW + 4 * DAY, opened_by_person=NOW + 4 * DAY + HOUR),
        goals={"account_registered": NOW + 5 * DAY},
        grants=[grant(at=NOW + 5 * DAY)],
    )
    assert told(made) == [
        "Joined the programme",
        "Journey begun: welcome",
        "Mail sent: reminder",
        "Opened: reminder",
        "Goal reached: account registered",
        "Gift: 500 redeemable",
    ]


def test_at_one_time_a_goal_comes_before_the_mail_that_it_set_free():
    made = story(step("collect", at=NOW + DAY), goals={"account_registered": NOW + DAY})
    assert told(made)[2:] == ["Goal reached: account registered", "Mail sent: collect"]


SHOWN = {*StepState} - {StepState.RETRY}  # such a step is told as due, waiting or paused


@pytest.mark.parametrize(
    "state", [*sorted(SHOWN), "due", "waiting", "paused", "to be skipped", "ahead"]
)
def test_every_state_of_a_step_is_told_with_its_reason(state):
    for at in (NOW, None):
        made = story(step("welcome", state, at, Reason.QUIET_HOURS))
        assert any(title.endswith(": welcome") for title in told(made)[2:])
        assert Reason.QUIET_HOURS.explanation in notes(made)


@pytest.mark.parametrize(
    "kind", [kind for kind in FeedbackKind if kind not in ("sent", "delivered")]
)
def test_whatever_is_heard_of_a_mail_is_told(kind):
    assert len(told(story(step("welcome", **{kind.value: NOW})))) == 4


def test_what_every_mail_goes_through_is_not_told():
    assert len(told(story(step("welcome", sent=NOW, delivered=NOW)))) == 3


def test_an_open_that_is_a_persons_is_told_once():
    titles = told(story(step("welcome", opened=NOW, opened_by_person=NOW)))
    assert titles[3:] == ["Opened: welcome"]


def test_the_end_names_its_reason_and_what_was_never_sent():
    made = story(
        step("welcome"),
        step("reminder", "not sent", None),
        step("collect", "not sent", None),
        ended=Reason.SUPPRESSED,
    )
    end = timeline(made, MOSCOW)[-1]
    assert (end.label, end.number) == ("end", None)
    assert end.moments[0][1].note == (
        "the address bounced, or is an erased member's, or the member complained; "
        "not sent: reminder, collect"
    )


def test_a_held_out_member_is_told_to_be_one():
    made = story(step("welcome", "not sent", None), arm="control", ended=Reason.CONTROL_GROUP)
    assert "drawn to be held out" in notes(made)


def test_steps_ahead_stand_under_a_plate_of_their_own():
    made = story(step("welcome", "waiting", None, Reason.CONDITION_AWAITED))
    assert timeline(made, MOSCOW)[-1].label == "ahead"


def test_what_a_member_said_or_suffered_is_told():
    person = replace(
        member(ConsentStatus.DECLINED),
        suppression=Suppression(SuppressionCause.COMPLAINT, NOW + DAY),
        left_at=NOW + 2 * DAY,
    )
    titles = told(story(person=person))
    assert "Asked for no more mails" in titles
    assert titles[-2:] == ["No mail may go to this address any more", "Left the programme"]


def test_a_sent_mail_leads_to_where_it_can_be_read():
    made = replace(story(step("welcome")), mail_links={("welcome", "welcome"): "/_world/mail/7"})
    links = [m.link for stone in timeline(made, MOSCOW) for _, m in stone.moments]
    assert links == ["", "", "/_world/mail/7"]
