import random
import re
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programme.editing import SHIPPED

from chalicelib.domain.breaker import DEFAULT_BREAKER, Breaker
from chalicelib.domain.contact_rules import FrequencyCap, QuietHours
from chalicelib.domain.events import EventType
from chalicelib.domain.journey import Gift, OnUnknown, Sender
from chalicelib.domain.tracking import Tracking
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.loader import load_programme

TEXT = (SHIPPED / "programme.yaml").read_text(encoding="utf-8")
SEE = "See docs/reference/programme.md"


def problems_of(folder):
    with pytest.raises(ProgrammeError) as refused:
        load_programme(folder)
    return refused.value.problems


def test_what_is_written_is_what_the_engine_gets(edited):
    programme = load_programme(edited.folder)
    assert programme.sender == Sender(name="Vesper", address="vesper@mail.example.com")
    assert programme.locales[0] == "ru"
    assert not programme.consent_required
    assert programme.units == ("redeemable", "qualifying")
    assert programme.tiers == ("basic", "silver", "gold", "platinum")
    assert programme.quiet_hours == QuietHours(time(21), time(9))
    assert programme.frequency_caps == (
        FrequencyCap(2, timedelta(days=1)),
        FrequencyCap(5, timedelta(days=7)),
    )
    assert programme.goals["account_registered"].event is EventType.ACCOUNT_REGISTERED
    assert {goal.name: goal.prior for goal in programme.goals.values()} == {
        "account_registered": 1,
        "home_airport_given": 10,
        "cobrand_card_issued": 10,
        "app_installed": 10,
    }
    journey = programme.journeys["welcome"]
    assert (journey.holdout, journey.salt) == (0.5, "welcome-2027")
    assert journey.entry_event is EventType.MEMBER_JOINED
    reminder = journey.step("reminder")
    assert reminder.wait == timedelta(days=4)
    assert reminder.gift == Gift(goal="account_registered", unit="redeemable", amount=500)


def test_a_journey_has_the_usual_breaker_and_says_only_what_is_to_be_another(edited):
    assert load_programme(edited.folder).journeys["welcome"].breaker == DEFAULT_BREAKER
    edited.replace("    salt:", "    breaker: {complaints: 0.05%, mails: 5000}\n    salt:")
    breaker = load_programme(edited.folder).journeys["welcome"].breaker
    assert breaker == Breaker(complaints=0.0005, bounces=DEFAULT_BREAKER.bounces, mails=5000)


def test_a_step_is_sent_once_more_after_an_unknown_outcome_when_it_says_so(edited):
    edited.replace(
        "gift: {goal: account_registered",
        "on_unknown: retry_once\n        gift: {goal: account_registered",
    )
    steps = load_programme(edited.folder).journeys["welcome"].steps
    once_more = {step.name for step in steps if step.on_unknown is OnUnknown.RETRY_ONCE}
    assert once_more == {"reminder"}


def test_links_tell_where_a_visitor_comes_from_but_those_that_say_no(edited):
    programme = load_programme(edited.folder)
    assert programme.links["vk"] == "https://social.example.com/vk"
    assert programme.tracking == Tracking(
        source="airline-bonus", medium="email", untracked=frozenset({"telegram", "youtube", "vk"})
    )


def test_a_programme_names_itself_to_its_sites_as_it_likes_or_not_at_all(edited):
    edited.replace("consent: opt_out", "utm: {source: vesper}\nconsent: opt_out")
    tracking = load_programme(edited.folder).tracking
    assert (tracking.source, tracking.medium) == ("vesper", "email")
    edited.replace("utm: {source: vesper}", "utm: true")
    assert load_programme(edited.folder).tracking.source == "airline-bonus"
    edited.replace("utm: true", "utm: false")
    assert load_programme(edited.folder).tracking is None


def test_a_sender_has_a_name_in_each_language_it_is_given_in(edited):
    edited.replace("  address: vesper@", "  names: {ru: Веспер}\n  address: vesper@")
    sender = load_programme(edited.folder).sender
    assert (sender.name_in("ru"), sender.name_in("en")) == ("Веспер", "Vesper")


def test_what_may_be_left_out_has_its_default(edited):
    edited.replace('quiet_hours: {from: "21:00", until: "09:00"}\n', "")
    edited.replace("frequency:\n  - {mails: 2, per: 1 day}\n  - {mails: 5, per: 7 days}\n", "")
    edited.replace(", within: 30 days, prior: 1", "")
    edited.replace("consent: opt_out", "consent: opt_in")
    programme = load_programme(edited.folder)
    assert programme.quiet_hours is None
    assert programme.frequency_caps == ()
    assert programme.goals["account_registered"].within == timedelta(days=30)
    assert programme.goals["account_registered"].prior == 10
    assert programme.consent_required


ONE_FIELD = [
    ("name: airline-bonus", "name: Airline Bonus", "`name` is not written as it has to be",
     "Begin with a small letter; see docs/reference/programme.md for what may follow"),
    ("name: Vesper\n  address", "name: ''\n  address", "`sender.name` is empty",
     "Write the text, or delete the line"),
    ("name: Vesper\n  address", f"name: {'x' * 101}\n  address", "`sender.name` is too long",
     "Stay within 100 characters"),
    ("vesper@mail.example.com", "vesper@", "`sender.address`: 'vesper@' is no e-mail address",
     "Write it like news@mail.example.com"),
    ("locales: [ru, en]", "locales: ru", "`locales` is no list",
     "Write each entry on a line of its own, after a hyphen"),
    ("[ru, en]", "[]", "`locales` has too few entries", "Write at least 1"),
    ("[ru, en]", "[ru, ru]", "`locales` has `ru` twice", "Keep one, or give it another name"),
    ("Europe/Moscow", "Europe/Moskow", "`time_zone`: there is no time zone 'Europe/Moskow'",
     "Did you mean Europe/Moscow?"),
    ("consent: opt_out", "consent: optout", "`consent` can't be 'optout'",
     "Did you mean opt_out?"),
    ("consent: opt_out", "consent: 7", "`consent` can't be 7", "Write 'opt_in' or 'opt_out'"),
    ('from: "21:00"', "from: 9 pm", "`quiet_hours.from`: '9 pm' is no time of day",
     "Write hours and minutes, like '21:00'"),
    ('until: "09:00"', "until: 21:00", "quiet hours end as they begin",
     "Write another hour, or delete `quiet_hours`"),
    ("mails: 2", "mails: 0", "`frequency[1].mails` is too small", "Write 1 or more"),
    ("mails: 2", "mails: two", "`frequency[1].mails` is no whole number",
     "Write digits alone, without quotes"),
    ("tiers: [basic, ", "tiers: [basic, basic, ", "`tiers` has `basic` twice",
     "Keep one, or give it another name"),
    ("on: card.issued", "on: card.isued", "`goals.cobrand_card_issued.on` can't be 'card.isued'",
     "Did you mean card.issued?"),
    ("cobrand_card_issued: {on: card.issued, ", "cobrand_card_issued: {",
     "`goals.cobrand_card_issued` has no `on`",
     "Add it: The event that proves that the member did it"),
    ("{on: app.installed, within: 30 days}", "app.installed", "`goals.app_installed` has no fields",
     "Write its fields below it, indented"),
    ("prior: 1", "prior: 5", "`goals.account_registered.prior` can't be 5", "Write 1 or 10"),
    ("version: 1", "version: '1'", "`journeys.welcome.version` is no whole number",
     "Write digits alone, without quotes"),
    ("holdout: 50%", "breaker: {bounces: 0%}\n    holdout: 50%",
     "`journeys.welcome.breaker.bounces` is too small", "Write more than 0"),
    ("holdout: 50%", "holdout: half", "`journeys.welcome.holdout`: 'half' is no share",
     "Write per cent from 0% to 100%, like 50%"),
    ("amount: 500", "amount: 5000000", "`journeys.welcome.steps[2].gift.amount` is too large",
     "Write 1000000 or less"),
    ("wait: 4 days\n        when", "wait: 4 moons\n        when",
     "`journeys.welcome.steps[2].wait`: '4 moons' is no duration",
     "Write a whole number and a unit, like '4 days', '4 hours' or '4 minutes'"),
    ("wait: 4 days\n        when", "wiat: 4 days\n        when",
     "`journeys.welcome.steps[2]` has no field called `wiat`", "Did you mean wait?"),
    ("wait: 4 days\n        when", "zzz: 4 days\n        when",
     "`journeys.welcome.steps[2]` has no field called `zzz`",
     "Known here: name, mail, wait, wait_for, when, goal, gift, topic, on_unknown"),
    ("gift: {goal: account_registered",
     "on_unknown: always\n        gift: {goal: account_registered",
     "`journeys.welcome.steps[2].on_unknown` can't be 'always'", "Write 'drop' or 'retry_once'"),
    ("exit_when: goals.account_registered and goals.home_airport_given and", "exit_when: not )",
     "`journeys.welcome.exit_when`: `not ) goals.app_installed` is no condition: unexpected ')'",
     "Write it like channel == 'offline' and not goals.account_registered"),
    ("wait_for: channel == 'online' or goals.account_registered", "wait_for: 7",
     "`journeys.welcome.steps[3].wait_for`: 7 is no condition",
     "Write an expression, in quotes"),
    ("wallet: https://", "wallet: http://",
     "`links.wallet`: 'http://www.example.com/wallet' is no https address",
     "Write it like https://example.com/app"),
    ("url: https://social.example.com/vk", "url: social.example.com/vk",
     "`links.vk.url`: 'social.example.com/vk' is no https address",
     "Write it like https://example.com/app"),
    ("social.example.com/vk, utm: false", "social.example.com/vk, utm: no",
     "`links.vk.utm`: 'no' is no switch", "Write true or false"),
    ("social.example.com/vk, utm: false", "social.example.com/vk, umt: false",
     "`links.vk` has no field called `umt`", "Did you mean utm?"),
    ("consent: opt_out", "utm: off\nconsent: opt_out", "`utm`: 'off' is no switch",
     "Write true or false"),
    ("consent: opt_out", "utm: {medium: E-Mail}\nconsent: opt_out",
     "`utm.medium` is not written as it has to be",
     "Begin with a small letter; see docs/reference/programme.md for what may follow"),
    ("  name: Vesper\n  address", "  names: {de: Vesper}\n  name: Vesper\n  address",
     "no mail is in the language `de` of this name", "Add it to `locales`, or delete the name"),
    ("wallet: https://", "web_copy: https://", "the engine itself makes the link `web_copy`",
     "Delete it, or give it another name"),
    ("support_email: help@example.com", "Support: help@example.com",
     "`details.Support` is not written as it has to be",
     "Begin with a small letter; see docs/reference/programme.md for what may follow"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "what", "cure"), ONE_FIELD)
def test_a_fault_in_one_field_is_told_at_its_line_with_its_cure(edited, old, new, what, cure):
    edited.replace(old, new)
    (problem,) = problems_of(edited.folder)
    assert problem.file == str(edited.folder / "programme.yaml")
    assert (problem.what, problem.cure) == (what, cure)
    assert problem.line == edited.line_of(new.splitlines()[0])


NAMES = [
    ("when: channel == 'offline'\n        goal", "when: chanel == 'offline'\n        goal",
     "`journeys.welcome.steps[1].when` names the fact `chanel`, which is unknown",
     "Did you mean channel?"),
    ("'online' or goals.account_registered", "'online' or goals.acc_registered",
     "`journeys.welcome.steps[3].wait_for` names the fact `goals.acc_registered`, which is unknown",
     "Did you mean goals.account_registered?"),
    ("wait_for: channel == 'online'", "wait_for: balances.qualifing > 5",
     "`journeys.welcome.steps[3].wait_for` names the fact `balances.qualifing`, which is unknown",
     "Did you mean balances.qualifying?"),
    ("enters: {on: member.joined}", "enters: {on: member.joined, when: tier == 'golden'}",
     "`journeys.welcome.enters.when` names the tier `golden`, which is unknown",
     "Did you mean gold?"),
    ("exit_when: goals.account_registered", "exit_when: channel.name",
     "`journeys.welcome.exit_when` names the fact `channel.name`, which is unknown",
     "Did you mean channel?"),
    ("goals: [account_registered,", "goals: [acount_registered,",
     "`journeys.welcome.goals[1]` names the goal `acount_registered`, which is unknown",
     "Did you mean account_registered?"),
    ("goals: [account_registered,", "goals: [account_registered, account_registered,",
     "`journeys.welcome.goals` has `account_registered` twice",
     "Keep one, or give it another name"),
    ("goal: home_airport_given", "goal: airport_given",
     "`journeys.welcome.steps[4].goal` names the goal `airport_given`, which is unknown",
     "Did you mean home_airport_given?"),
    ("gift: {goal: account_registered", "gift: {goal: moon",
     "`journeys.welcome.steps[2].gift.goal` names the goal `moon`, which is unknown",
     "Known: account_registered, home_airport_given, cobrand_card_issued, app_installed"),
    ("unit: redeemable", "unit: redeemables",
     "`journeys.welcome.steps[2].gift.unit` names the unit `redeemables`, which is unknown",
     "Did you mean redeemable?"),
    ("- name: app", "- name: collect", "`journeys.welcome.steps` has `collect` twice",
     "Keep one, or give it another name"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "what", "cure"), NAMES)
def test_a_name_that_is_not_declared_once_is_told_at_its_line(edited, old, new, what, cure):
    line = TEXT[: TEXT.index(old)].count("\n") + 1
    edited.replace(old, new)
    (problem,) = problems_of(edited.folder)
    assert problem.file == str(edited.folder / "programme.yaml")
    assert (problem.line, problem.what, problem.cure) == (line, what, cure)


def test_a_missing_section_is_told_at_the_section_around_it(edited):
    edited.replace("        mail: collect\n", "")
    (problem,) = problems_of(edited.folder)
    assert problem.line == edited.line_of("- name: collect")
    assert problem.what == "`journeys.welcome.steps[3]` has no `mail`"


def test_all_faults_are_told_at_once_by_line(edited):
    edited.replace("wait: 4 days", "wait: x").replace("consent: opt_out", "consent: x")
    edited.replace("wallet: https", "wallet: ftp")
    lines = [problem.line for problem in problems_of(edited.folder)]
    assert lines == sorted(lines)
    assert len(lines) == 3


@pytest.mark.parametrize("text", ["", "just words", "- a\n- list\n"])
def test_a_file_that_is_no_mapping_is_told_at_its_first_line(tmp_path, text):
    (tmp_path / "programme.yaml").write_text(text)
    (problem,) = problems_of(tmp_path)
    assert (problem.line, problem.what) == (1, "`the programme` has no fields")


TOKENS = sorted(
    {*re.findall(r"\w+|[^\w\s]", TEXT), "\n", "  ", "&a", "*a", "!!int", "7", "~", "[{", "\t"}
)


def mutated(seed):
    """Delete, repeat, move or replace some pieces of the shipped text."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    pieces = re.findall(r"\w+|\s+|[^\w\s]", TEXT)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(pieces))
        span = slice(at, at + chance.choice([0, 1, 1, 1, 5, 40]))
        pieces[span] = chance.choice([[], pieces[span] * 2, [chance.choice(TOKENS)]])
    return "".join(pieces)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("mutated")


@given(st.integers(0, 10**9))
def test_any_file_is_loaded_or_refused_with_places_and_cures(folder, seed):
    text = mutated(seed)
    (folder / "programme.yaml").write_text(text, encoding="utf-8")
    try:
        load_programme(folder)
    except ProgrammeError as error:
        problems = error.problems
    else:
        return
    assert problems
    for problem in problems:
        assert 1 <= problem.line <= text.count("\n") + 1
        assert problem.what
        assert problem.cure
