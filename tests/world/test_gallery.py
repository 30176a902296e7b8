"""The gallery of a demonstration: everything is there, once, and nothing from outside acts."""

from dataclasses import replace

from domain.builders import DAY, NOW, member
from page_samples import HOSTILE, PROGRAMME, assert_sound, grant, lift, mail, report, step, story

from chalicelib.domain.reasons import Reason
from chalicelib.world.gallery import GalleryData, gallery_html, pick_specimens

MAILS = [
    mail(1, "reminder", "en", "Still waiting"),
    mail(2, "welcome", "ru", "Добро пожаловать"),
    mail(3, "welcome", "en", "Welcome"),
    mail(4, "welcome", "ru", "Добро пожаловать"),
]


def gallery(**changes):
    data = GalleryData(
        programme=PROGRAMME,
        seed=2027,
        days=30,
        now=NOW + 30 * DAY,
        report=report(),
        mails=MAILS,
        member=story(step("welcome"), step("reminder", "ahead", None)),
    )
    return assert_sound(gallery_html(replace(data, **changes)))


def test_it_says_what_was_run():
    page = gallery()
    assert "airline-bonus" in page.text
    assert "543 members, 30 virtual days" in page.text
    assert "Tue 10 Mar 2026 to Thu 9 Apr 2026" in page.text
    assert "Seed 2027" in page.text
    assert "Mails sent 4" in page.text


def test_every_mail_is_shown_once_in_each_language_in_the_order_of_the_journey():
    subjects = [tag.text for tag in gallery().named("h3") if "lang" in tag.attributes]
    assert subjects == ["Welcome", "Добро пожаловать", "Still waiting"]


def test_the_first_of_each_mail_is_the_specimen_whatever_the_later_subjects():
    mails = [mail(n, "welcome", "en", f"Ann, number {n}") for n in range(1, 50)]
    assert [view.line.number for view in pick_specimens(PROGRAMME, mails)] == [1]


def test_a_mail_of_a_step_that_is_gone_comes_last_under_the_steps_name():
    views = pick_specimens(PROGRAMME, [mail(1, "old"), *MAILS])
    assert [view.line.mail for view in views][-2:] == ["reminder", "old"]


def test_a_mail_is_framed_for_a_phone_and_for_a_wide_screen_and_is_there_as_text():
    page = gallery(mails=[mail(name='O\'Brien "Bob" <b>')])
    frames = page.named("iframe")
    assert len(frames) == 2
    for frame in frames:
        assert '<p>O\'Brien "Bob" <b></p>' in frame.attributes["srcdoc"]
        assert frame.attributes["srcdoc"].startswith("<!doctype html>")
        assert '<head><base target="_blank">' in frame.attributes["srcdoc"]
    assert page.named("pre")[0].text.strip() == "The plain words."


def test_preheader_and_sender_are_told_and_the_recipient_is_masked():
    page = gallery()
    assert "A first glance" in page.text
    assert "from Vesper <news@mail.example.com> to a•••@example.com" in page.text
    assert "ann@example.com" not in page.text


def test_the_funnel_counts_each_mail_and_what_was_heard_of_it():
    items = [tag.text.split() for tag in gallery().named("ul", **{"class": "funnels"})[0].children]
    assert [(item[0], item[1]) for item in items] == [
        ("welcome", "200"),
        ("reminder", "50"),
        ("collect", "0"),
    ]
    assert "opened 80 40.0% clicked 0 0.0% bounced 1 0.5% called spam 0 0.0%" in " ".join(items[0])
    assert "0.0%" not in items[2], "nothing sent has no shares"


def test_what_was_not_sent_is_told_with_its_reason():
    page = gallery()
    told = [
        " ".join(tag.text.split()) for tag in page.named("ul", **{"class": "unsent"})[0].children
    ]
    assert told == [
        f"271 {Reason.CONTROL_GROUP.explanation}",
        f"9 {Reason.GOAL_REACHED.explanation}",
    ]


def test_every_goal_is_in_the_picture_and_on_a_card_for_narrow_screens():
    page = gallery()
    for goal in ("Account registered", "App installed"):
        assert goal in page.named("svg", **{"class": "lift-picture"})[0].text
        assert goal in page.named("ul", **{"class": "lifts"})[0].text


def test_the_members_mails_lead_to_their_specimens():
    person = member(attributes={"locale": "ru", "first_name": "Анна"})
    page = gallery(member=story(step("welcome"), step("reminder", "skipped"), person=person))
    road = page.named("ol", **{"class": "road"})[0]
    links = {t.text: t.attributes["href"] for t in page.named("a") if t.text in road.text}
    assert links == {"Mail sent: welcome": "#mail-2"}
    assert page.named("article", id="mail-2")


def test_members_and_mails_cannot_act_on_the_page():
    """``assert_sound`` finds a script, a handler or a broken tag, whatever let it in."""
    person = member(attributes=dict.fromkeys(("first_name", "last_name", "channel"), HOSTILE))
    hostile = mail(1, HOSTILE, HOSTILE.replace('"', ""), HOSTILE, text=HOSTILE, preheader=HOSTILE)
    page = gallery(
        mails=[hostile],
        programme=replace(PROGRAMME, name=HOSTILE),
        report=report(lifts={HOSTILE: lift()}),
        member=story(step(HOSTILE), person=person, grants=[grant(source=HOSTILE, unit=HOSTILE)]),
    )
    assert page.text.count("<script>alert(1)</script>") >= 8


def test_a_run_without_members_goals_or_mails_is_still_a_page():
    page = gallery(mails=[], report=report(assigned={}, lifts={}, sent={}, feedback={}, skipped={}))
    assert "0 members" in page.text
    assert "No mail was sent." in page.text
