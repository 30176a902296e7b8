"""Journeys that the engine's own news begin and end, and begin again."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import pytest
from usecases.engines import ann, memory_engine, steps_mailed, tell

from chalicelib.domain.contact_rules import FrequencyCap
from chalicelib.domain.events import EventType
from chalicelib.domain.feedback import Feedback, FeedbackKind, StepKey
from chalicelib.domain.journey import Exits, Journey, Step
from chalicelib.domain.membership import Membership
from chalicelib.domain.news import News, NewsKind
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.audit import report_journeys
from chalicelib.usecases.erase_member import erase_member
from chalicelib.usecases.look_at_member import look_at_member, tell_news
from chalicelib.usecases.membership_ports import Change
from chalicelib.usecases.ports import UnavailableError
from chalicelib.usecases.record_feedback import record_feedback
from chalicelib.usecases.send_step import send_step
from chalicelib.usecases.settle_member import Cause, settle_member
from chalicelib.usecases.web_copy import web_copy

DAY = timedelta(days=1)
GOLD = News(kind=NewsKind.TIER_REACHED, on=date(2026, 3, 1), detail="gold")
PLATINUM = replace(GOLD, detail="platinum")
AT_RISK = replace(GOLD, kind=NewsKind.TIER_AT_RISK)
BY_NEWS = Journey(
    name="tier",
    version=1,
    entry_event=NewsKind.TIER_REACHED,
    entry_when=None,
    salt="tier",
    holdout=0.0,
    goals=("app_installed",),
    exit_when=None,
    exits=Exits(on=(NewsKind.TIER_LOST, EventType.APP_INSTALLED)),
    steps=(Step(name="reached", mail="collect"), Step(name="more", mail="collect", wait=DAY)),
)


def with_journey(**changes):
    """Nobody is in any journey but the one by news."""
    journey = replace(BY_NEWS, **changes)

    def changed(programme):
        return replace(programme, journeys={"tier": journey}, frequency_caps=())

    return changed


@pytest.fixture
def engine():
    return a_member_of(memory_engine(with_journey()))


def a_member_of(engine):
    tell(engine)
    return engine


def news(engine, told=GOLD):
    settle_member(engine, ann(engine), Cause(told))
    return entry(engine)


def entry(engine, number=None):
    return engine.enrolments.load(ann(engine), "tier", number)


def mail(engine, step="reached", number=1):
    return send_step(engine, key(engine, step, number))


def key(engine, step="reached", number=1):
    return StepKey(member_id=ann(engine), journey="tier", entry=number, step=step)


def go_through(engine, number=1):
    """Get both mails of the entry, a day apart."""
    mail(engine, "reached", number)
    engine.clock.advance(DAY)
    mail(engine, "more", number)
    assert entry(engine).exit.reason is Reason.COMPLETED


def test_news_let_a_member_in(engine):
    assert news(engine).news == "2026-03-01 gold"
    mail(engine)
    assert steps_mailed(engine) == ["reached"]


@pytest.mark.parametrize("other", [AT_RISK, EventType.ACCOUNT_REGISTERED])
def test_other_news_and_events_do_not(engine, other):
    assert news(engine, other) is None


def test_an_event_s_journey_is_not_entered_by_news_nor_a_second_time():
    engine = a_member_of(memory_engine(with_journey(entry_event=EventType.MEMBER_JOINED)))
    assert news(engine).entry == 1
    go_through(engine)
    tell(engine, event_id="again")
    assert news(engine).entry == 1


def test_news_let_a_member_in_again_once_the_former_entry_is_over(engine):
    news(engine)
    go_through(engine)
    assert news(engine, PLATINUM).entry == 2
    go_through(engine, 2)
    assert steps_mailed(engine) == ["reached", "more"] * 2
    assert entry(engine, 1).replaced_at == entry(engine).entered_at


def test_the_same_news_enter_once_however_often_they_are_told(engine):
    for told in (GOLD, GOLD):
        news(engine, told)
    go_through(engine)
    for told in (GOLD, PLATINUM, GOLD):
        assert news(engine, told).entry == (1 if told is GOLD and not entry(engine, 2) else 2)
    go_through(engine, 2)
    for told in (GOLD, PLATINUM):
        assert news(engine, told).entry == 2


def test_news_that_come_while_the_former_entry_goes_on_enter_nothing_and_are_counted(engine):
    news(engine)
    assert news(engine, PLATINUM).entry == 1
    assert engine.metrics.counts["news_not_entered"] == 1
    go_through(engine)
    assert news(engine, PLATINUM).entry == 2


def test_news_of_another_kind_are_not_counted_as_not_entered(engine):
    news(engine)
    news(engine, AT_RISK)
    assert "news_not_entered" not in engine.metrics.counts


def test_no_entry_follows_one_of_whose_mail_it_is_unknown_if_it_went_out(engine):
    news(engine)
    claimed = entry(engine).claimed("a1", engine.clock.now())
    engine.enrolments.save(claimed.ended(Reason.EXIT_EVENT, engine.clock.now()))
    assert news(engine, PLATINUM).entry == 1


def test_a_member_who_may_not_be_mailed_is_not_let_in_again(engine):
    news(engine)
    go_through(engine)
    tell(engine, EventType.MAIL_DECLINED)
    assert news(engine, PLATINUM).entry == 1


@pytest.mark.parametrize("cause", [replace(GOLD, kind=NewsKind.TIER_LOST), EventType.APP_INSTALLED])
def test_news_and_events_end_a_journey_that_names_them(engine, cause):
    news(engine)
    assert news(engine, cause).exit.reason is Reason.EXIT_EVENT
    assert engine.metrics.counts["journey_exit_event"] == 1
    assert mail(engine) == "not_due"


def test_what_a_journey_does_not_name_does_not_end_it(engine):
    news(engine)
    for cause in (AT_RISK, EventType.ACCOUNT_REGISTERED, None):
        assert news(engine, cause).exit is None


@pytest.mark.parametrize(("channel", "ends"), [("offline", True), ("online", False)])
def test_what_ends_a_journey_must_meet_its_condition(channel, ends):
    exits = Exits(on=(AT_RISK.kind,), when=lambda facts: facts["channel"] == channel)
    engine = a_member_of(memory_engine(with_journey(exits=exits)))
    news(engine)
    assert (news(engine, AT_RISK).exit is not None) is ends


def test_a_journey_that_was_ended_is_entered_again(engine):
    news(engine)
    news(engine, EventType.APP_INSTALLED)
    assert news(engine, PLATINUM).entry == 2


def test_mails_of_a_former_entry_count_for_the_caps():
    def capped(programme):
        caps = (FrequencyCap(mails=1, per=3 * DAY),)
        steps = BY_NEWS.steps[:1]
        return replace(with_journey(steps=steps)(programme), frequency_caps=caps)

    engine = a_member_of(memory_engine(capped))
    news(engine)
    mail(engine)
    engine.clock.advance(DAY)
    news(engine, PLATINUM)
    assert mail(engine, number=2) == "not_due"
    assert entry(engine).due_at == engine.clock.now() + 2 * DAY
    engine.clock.advance(2 * DAY)
    mail(engine, number=2)
    assert len(steps_mailed(engine)) == 2


def test_what_is_heard_of_a_former_entry_s_mail_is_kept_with_it(engine):
    news(engine)
    go_through(engine)
    attempt = entry(engine).steps["reached"].attempt
    news(engine, PLATINUM)
    heard = Feedback(
        key=key(engine), attempt=attempt, kind=FeedbackKind.OPENED, at=engine.clock.now()
    )
    record_feedback(engine, heard)
    assert FeedbackKind.OPENED in entry(engine, 1).steps["reached"].feedback
    assert entry(engine, 2).steps == {}


def test_the_web_copy_of_a_former_entry_s_mail_stays(engine):
    news(engine)
    go_through(engine)
    shown = web_copy(engine, key(engine))
    news(engine, PLATINUM)
    assert shown is not None
    assert web_copy(engine, key(engine)) == shown
    assert web_copy(engine, key(engine, number=2)) is None


def test_a_report_counts_a_member_once_and_every_mail(engine):
    news(engine)
    go_through(engine)
    news(engine, PLATINUM)
    mail(engine, number=2)
    tell(engine, EventType.APP_INSTALLED)
    report = report_journeys(engine)["tier"]
    assert sum(report.assigned.values()) == 1
    assert report.lifts["app_installed"].treated.converted == 1
    assert report.sent == {"collect": 3}


def told_twice(engine):
    """Let the same news be found again, as after a death before they were taken off."""
    membership = Membership(member_id=ann(engine)).with_news([GOLD, PLATINUM])
    for _ in range(2):
        tell_news(engine, membership)


def test_news_that_are_told_again_after_a_death_enter_nothing_again():
    engine = a_member_of(memory_engine(with_journey(holdout=1.0)))
    told_twice(engine)
    assert entry(engine).entry == 2
    assert entry(engine).exit.reason is Reason.CONTROL_GROUP


def test_stored_news_are_told_once_at_the_next_look(engine):
    account = engine.memberships.load(ann(engine))
    membership = account.membership.with_news([GOLD])
    engine.memberships.store(Change(membership=membership))
    look_at_member(engine, ann(engine))
    assert entry(engine).news == "2026-03-01 gold"
    assert engine.memberships.load(ann(engine)).membership.news == ()


class _DiesAt:
    """Memberships that die at one of the writes to come."""

    def __init__(self, memberships, write):
        self._memberships, self._left = memberships, write

    def store(self, change):
        self._left -= 1
        if not self._left:
            raise UnavailableError("it died")
        return self._memberships.store(change)

    def __getattr__(self, name):
        return getattr(self._memberships, name)


@pytest.mark.parametrize("write", [1, 2, 3])
def test_what_ends_a_journey_ends_no_later_entry_when_it_is_told_again_after_a_death(engine, write):
    lost = replace(GOLD, kind=NewsKind.TIER_LOST, detail="platinum")
    account = engine.memberships.load(ann(engine))
    engine.memberships.store(Change(membership=account.membership.with_news([lost, GOLD])))
    dying = replace(engine, memberships=_DiesAt(engine.memberships, write))
    with suppress(UnavailableError):
        look_at_member(dying, ann(engine))
    look_at_member(engine, ann(engine))
    assert (entry(engine).news, entry(engine).exit) == (GOLD.name, None)
    assert engine.memberships.load(ann(engine)).membership.news == ()


def test_an_erased_member_s_entries_are_all_over(engine):
    news(engine)
    go_through(engine)
    news(engine, PLATINUM)
    member_id = ann(engine)
    assert erase_member(engine, member_id)
    every = engine.enrolments.of(member_id)
    assert [bool(each.exit) for each in every] == [True, True]
    assert not [each for each in every if each.due_at]


def test_who_was_erased_while_news_were_told_is_in_no_journey():
    waiting = Step(name="reached", mail="collect", wait_for=lambda _: False)
    engine = a_member_of(memory_engine(with_journey(steps=(waiting,))))
    membership = Membership(member_id=ann(engine)).with_news([GOLD])
    news(engine)
    member_id = ann(engine)
    engine.members.erase(member_id, engine.clock.now())
    tell_news(engine, membership)
    assert engine.enrolments.load(member_id, "tier").exit.reason is Reason.ERASED
