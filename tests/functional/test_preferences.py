"""The page of preferences: what a member chooses there holds for every mail claimed afterwards."""

import re
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from functional.worlds import ANN, DAY, disturb, play

from chalicelib.domain.member import ConsentStatus, SuppressionCause
from chalicelib.domain.preferences import NO_PREFERENCES
from chalicelib.domain.reasons import Reason
from chalicelib.operations.answers import explained
from chalicelib.operations.member_file import exported
from chalicelib.usecases.choose_preferences import choose_preferences, read_choice
from chalicelib.usecases.page_values import Obstacle, choices_of, obstacle
from chalicelib.usecases.ports import TokenPurpose, UnavailableError

FORM = {"content-type": "application/x-www-form-urlencoded"}
ALL = ("account", "miles", "app")


@pytest.fixture
def stage():
    with play() as stage:
        stage.join(first_name="Ann", name_on_card="ANN LEE", locale="en")
        yield stage


@pytest.fixture
def page(stage):
    return stage.link("preferences", stage.received[0])


def form(topics=ALL, spacing="", language="en", **more):
    fields = [("choose", "yes"), *(("topic", topic) for topic in topics)]
    return [*fields, ("spacing", spacing), ("language", language), *more.items()]


def post(stage, page, fields, headers=FORM):
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    return stage.visit(page, "POST", body, headers)


def turn(stage, page, word):
    return post(stage, page, [("mails", word)])


def checked(answer):
    """What is ticked on a page, by name and value."""
    inputs = re.findall(r"<input [^>]*\bchecked>", answer.body.decode())
    return {
        tuple(re.search(rf'{a}="([^"]*)"', each)[1] for a in ("name", "value")) for each in inputs
    }


def state(stage):
    return stage.profile(), stage.enrolment()


def test_looking_shows_what_holds_and_changes_nothing(stage, page):
    before = state(stage)
    answer = stage.visit(page)
    assert answer.status == 200
    assert checked(answer) == {
        *(("topic", each) for each in ALL),
        ("spacing", ""),
        ("language", "en"),
    }
    assert state(stage) == before


def test_what_is_saved_is_shown_and_kept(stage, page):
    answer = post(stage, page, form(["miles"], "7"))
    assert answer.status == 200
    assert 'role="status"' in answer.body.decode()
    ticked = {("topic", "miles"), ("spacing", "7"), ("language", "en")}
    assert checked(answer) == checked(stage.visit(page)) == ticked
    kept = stage.profile().preferences
    assert (kept.declined_topics, kept.spacing) == ({"account", "app"}, 7 * DAY)


def test_to_save_again_changes_nothing_more(stage, page):
    post(stage, page, form(["miles"], "7"))
    before = stage.profile()
    assert post(stage, page, form(["miles"], "7")).status == 200
    assert stage.profile() == before


def test_to_save_what_is_shown_leaves_the_language_to_the_partner(stage, page):
    post(stage, page, form())
    assert stage.profile().preferences == NO_PREFERENCES
    stage.tell("member.updated", locale="ru")
    assert 'lang="ru"' in stage.visit(page).body.decode()


def test_a_language_that_was_chosen_outdoes_what_the_partner_tells_and_holds_at_once(stage, page):
    answer = post(stage, page, form(language="ru"))
    assert '<html lang="ru">' in answer.body.decode()
    stage.tell("member.updated", locale="en")
    assert '<html lang="ru">' in stage.visit(page).body.decode()
    stage.advance(days=4)
    assert stage.mails == ["welcome", "reminder"]
    assert "личный кабинет" in stage.received[1].part("plain").lower()


@pytest.mark.parametrize("kind", ["memory", "moto"])
def test_no_mail_goes_out_on_a_topic_that_was_declined(kind):
    with play(kind) as stage:
        stage.join(channel="online")
        assert stage.mails == ["collect"]
        page = stage.link("preferences", stage.received[0])
        assert post(stage, page, form(["miles"], language="ru")).status == 200
        stage.advance(days=20)
        assert stage.mails == ["collect"]
        assert stage.step("questionnaire").reason is Reason.TOPIC_DECLINED
        assert stage.enrolment().exit.reason is Reason.COMPLETED


def test_a_step_that_waits_is_skipped_at_once_when_its_topic_is_declined(stage, page):
    post(stage, page, form(["miles", "app"]))
    assert stage.step("reminder").reason is Reason.TOPIC_DECLINED
    assert stage.enrolment().step == "collect"


def test_the_members_spacing_holds_between_mails_of_all_journeys(stage, page):
    post(stage, page, form(spacing="30"))
    stage.advance(days=29)
    assert stage.mails == ["welcome"]
    stage.advance(days=3)
    assert stage.mails == ["welcome", "reminder"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_is_chosen_in_the_second_of_a_send_holds(stage, page, when):
    _declined_in_the_second_of_a_send(stage, page, when)
    assert "reminder" not in stage.mails


@pytest.mark.parametrize(("when", "sent"), [("before", False), ("after", True)])
def test_where_there_is_one_journey_it_holds_up_to_the_claim(when, sent):
    with play(change=_with_one_journey) as stage:
        stage.join()
        _declined_in_the_second_of_a_send(stage, stage.link("preferences", stage.received[0]), when)
        assert ("reminder" in stage.mails) is sent


def _declined_in_the_second_of_a_send(stage, page, when):
    stage.advance(days=3, hours=23)

    def decline():
        assert post(stage, page, form(["miles", "app"])).status == 200

    disturb(stage, "enrolments", "save", decline, when)
    stage.advance(days=2)


def _with_one_journey(programme):
    return replace(programme, journeys={"welcome": programme.journeys["welcome"]})


def test_a_claim_that_stands_is_taken_back_when_the_profile_has_changed_before_it():
    """The profile is stored, and the enrolment not yet touched: the sender reads it again."""
    with play(change=_with_another_journey) as stage:
        stage.join()
        page = stage.link("preferences", stage.received[0])
        stage.advance(days=3, hours=23)
        decline = replace(stage.profile().preferences, declined_topics=frozenset(["account"]))

        def half_way():
            stage.engine.members.save(replace(stage.profile(), preferences=decline))

        disturb(stage, "enrolments", "save", half_way)
        stage.advance(days=2)
        assert stage.mails.count("reminder") == 0
        assert stage.step("reminder").reason is Reason.TOPIC_DECLINED
        assert post(stage, page, form(["miles", "app"])).status == 200


def _with_another_journey(programme):
    steps = programme.journeys["welcome"].steps[-1:]
    other = replace(programme.journeys["welcome"], name="other", steps=steps, salt="other")
    return replace(programme, journeys={**programme.journeys, "other": other})


def test_all_mails_are_turned_off_and_on_again_by_hand(stage, page):
    answer = turn(stage, page, "off")
    assert answer.status == 200
    assert stage.profile().consent.status is ConsentStatus.DECLINED
    assert stage.enrolment().exit.reason is Reason.DECLINED
    assert 'value="on"' in answer.body.decode()
    stage.advance(days=1)
    answer = turn(stage, page, "on")
    assert 'value="off"' in answer.body.decode()
    assert stage.profile().consent.status is ConsentStatus.GIVEN
    assert stage.profile().consent.at == stage.world.now()


def test_to_save_choices_never_turns_mails_on(stage, page):
    turn(stage, page, "off")
    post(stage, page, form(["miles"]))
    assert stage.profile().consent.status is ConsentStatus.DECLINED


def test_a_partners_later_no_outdoes_the_members_yes_and_an_older_one_does_not(stage, page):
    early = stage.world.now()
    stage.advance(days=1)
    turn(stage, page, "off")
    turn(stage, page, "on")
    stage.tell("mail.declined", at=early)
    assert stage.profile().consent.status is ConsentStatus.GIVEN
    stage.advance(minutes=1)
    stage.tell("mail.declined")
    assert stage.profile().consent.status is ConsentStatus.DECLINED


def test_who_had_declined_before_joining_enters_by_turning_mails_on(stage, page):
    bob = {"card": "7000000002", "email": "bob@example.com"}
    key = stage.engine.tokens.read(TokenPurpose.PREFERENCES, page.rpartition("/")[2])
    stage.join(bob, at=stage.world.now(), left_at=(stage.world.now()).isoformat())
    stage.tell("mail.declined", bob)
    stage.tell("member.joined", bob, at=stage.world.now() + DAY, channel="offline")
    assert stage.enrolment(member=bob) is None
    token = stage.engine.tokens.issue(
        TokenPurpose.PREFERENCES, replace(key, member_id=stage.id_of(bob))
    )
    assert turn(stage, f"/m/preferences/{token}", "on").status == 200
    assert stage.enrolment(member=bob) is not None


@pytest.mark.parametrize(
    ("kind", "payload", "words"),
    [("Complaint", {}, "called a mail of ours spam"), ("Bounce", {}, "come back")],
)
def test_the_page_says_when_no_mail_goes_out_whatever_is_chosen(stage, page, kind, payload, words):
    stage.hear(kind, stage.received[0], **payload)
    suppressed = stage.profile().suppression
    for answer in (stage.visit(page), turn(stage, page, "on"), post(stage, page, form())):
        assert words in answer.body.decode()
    assert stage.profile().suppression == suppressed


REFUSED = {
    "an unknown topic": (form([*ALL, "wine"]), 422, "no such topic"),
    "an unknown spacing": (form(spacing="8"), 422, "so much time"),
    "an odd spacing": (form(spacing="07"), 422, "so much time"),
    "an unknown language": (form(language="tlh"), 422, "that language"),
    "no choice at all": ([("spacing", "7")], 422, "be read"),
    "both at once": (form(mails="off"), 422, "be read"),
    "another word": ([("mails", "perhaps")], 422, "be read"),
    "two spacings": ([*form(), ("spacing", "7")], 422, "be read"),
    "nothing": (b"", 422, "be read"),
    "no form": (b"\xff\x00", 422, "be read"),
    "bad escapes": (b"choose=yes&language=%ff", 422, "be read"),
    "too much": (b"choose=yes&x=" + b"x" * 8192, 413, "more than this page asks for"),
    "too many fields": (b"&".join([b"topic=app"] * 200), 422, "be read"),
}


@pytest.mark.parametrize("cause", SuppressionCause)
def test_no_member_is_told_that_mails_come_back_when_none_did(stage, cause):
    profile = stage.profile()
    member = profile.suppressed(cause, profile.joined_at)
    assert (obstacle(member) is Obstacle.BOUNCED) is (cause is SuppressionCause.HARD_BOUNCE)


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_on_offer_is_refused_with_the_page_and_changes_nothing(stage, page, what):
    post(stage, page, form(["miles"], "7"))
    before = state(stage)
    fields, status, words = REFUSED[what]
    answer = post(stage, page, fields)
    assert answer.status == status
    text = answer.body.decode()
    assert words in text
    assert 'role="alert"' in text
    assert ("topic", "miles") in checked(answer)
    assert ("topic", "wine") not in checked(answer)
    assert state(stage) == before


def test_another_encoding_of_the_form_does_the_same(stage, page):
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form(["app"], "30")
    )
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert post(stage, page, f"{parts}--x--\r\n".encode(), headers).status == 200
    assert stage.profile().preferences.spacing == timedelta(days=30)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=x", b"no part at all"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nyes\r\n--x--',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="choose"\r\n\r\n\xff\r\n--x--\r\n',
        ),
        ("application/json", b'{"choose": "yes"}'),
        ("", b"choose=yes"),
    ],
)
def test_what_is_no_form_is_refused(stage, page, kind, body):
    answer = post(stage, page, body, {"content-type": kind})
    assert answer.status == 422
    assert stage.profile().preferences == NO_PREFERENCES


def test_what_a_member_has_stays_on_offer_when_the_programme_has_it_no_more(stage, page):
    post(stage, page, form(["miles"], "7"))
    programme = replace(stage.engine.programme, spacing=(DAY * 30,), topics={"miles": "Miles"})
    shown = choices_of(programme, stage.profile())
    assert (shown["other_spacing"], shown["no_spacing"], shown["spacing.30"]) == (7, False, False)
    choice = read_choice(programme, stage.profile(), ["miles"], "7", "en")
    stage.use(programme=programme)
    kept = choose_preferences(stage.engine, stage.id_of(), choice).preferences
    assert kept.spacing == 7 * DAY
    assert kept.declined_topics == {"account", "app"}, "they may come back"


def test_the_link_is_good_for_nothing_else_and_no_other_link_for_it(stage, page):
    token = page.rpartition("/")[2]
    leave = stage.link("unsubscribe", stage.received[0]).rpartition("/")[2]
    before = state(stage)
    assert stage.visit(f"/m/unsubscribe/{token}", "POST", b"", FORM).status == 404
    assert stage.visit(f"/m/mail/{token}").status == 404
    assert stage.visit(f"/m/preferences/{leave}").status == 404
    assert turn(stage, f"/m/preferences/{leave}", "off").status == 404
    assert state(stage) == before


def test_the_page_says_nothing_of_a_member_but_what_they_chose(stage, page):
    pages = [stage.visit(page), post(stage, page, form()), post(stage, page, b"?")]
    for answer in pages:
        assert not re.search(r"Ann|ANN|Lee|7000000001|ann@", answer.body.decode())
        assert answer.headers["Cache-Control"] == "no-store"
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert "location" not in {name.lower() for name in answer.headers}


def test_an_erased_members_preferences_are_gone_and_so_is_the_page(stage, page):
    post(stage, page, form(["miles"], "7"))
    member_id = stage.id_of()
    stage.engine.members.erase(member_id, stage.world.now())
    assert stage.visit(page).status == 404
    assert turn(stage, page, "on").status == 404
    assert stage.engine.members.load(member_id) is None


def test_who_is_erased_while_mails_are_turned_on_enters_no_journey(stage, page):
    turn(stage, page, "off")
    member_id = stage.id_of()

    def erase():
        stage.engine.members.erase(member_id, stage.world.now())

    stage.use(programme=_with_another_journey(stage.engine.programme))
    disturb(stage, "enrolments", "load_case", erase, "after")
    assert turn(stage, page, "on").status == 404
    assert all(each.exit for each in stage.engine.enrolments.of(member_id))


def test_when_the_store_gives_no_answer_the_page_says_to_come_back(stage, page):
    target = stage.world.substrate.engine.members
    with patch.object(target, "load", side_effect=UnavailableError("no answer")):
        for answer in (stage.visit(page), turn(stage, page, "off")):
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) > 0
    assert turn(stage, page, "off").status == 200


def test_the_pages_of_unsubscribing_offer_fewer_mails_instead(stage, page):
    leave = stage.link("unsubscribe", stage.received[0])
    for answer in (stage.visit(leave), stage.visit(leave, "POST", b"", FORM)):
        assert page in answer.body.decode()


def test_every_mail_links_to_the_page_in_text_and_in_html(stage):
    stage.advance(days=4)
    for received in stage.received:
        link = stage.engine.base_url + stage.link("preferences", received)
        assert link in received.part("html")


def test_what_was_chosen_is_counted(stage, page):
    post(stage, page, form())
    turn(stage, page, "off")
    turn(stage, page, "on")
    counts = stage.engine.metrics.counts
    assert [counts[each] for each in ("preferences_chosen", "unsubscribed", "mails_turned_on")] == [
        1
    ] * 3


def test_the_shipped_programmes_steps_have_the_topics_that_members_see(stage):
    topics = {step.topic for step in stage.engine.programme.journeys["welcome"].steps}
    assert topics == set(ALL) == set(stage.engine.programme.topics)


def test_what_was_chosen_is_explained_and_exported(stage, page):
    card = ANN["card"]
    assert explained(stage.engine, card)["preferences"] == {}
    post(stage, page, form(["miles"], "7", "ru"))
    declined = ["account", "app"]
    told = {"declined_topics": declined, "spacing_days": 7, "language": "ru"}
    assert explained(stage.engine, card)["preferences"] == told
    kept = exported(stage.engine, card, with_events=False)["profile"]["preferences"]
    assert kept == {"declined_topics": declined, "spacing": "7 days", "language": "ru"}
