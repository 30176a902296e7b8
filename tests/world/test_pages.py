"""The pages of the live world: what stands on them, what they post, and that nothing acts."""

import shutil
import subprocess
from dataclasses import replace

import pytest
from domain.builders import NOW, member
from page_samples import (
    HOSTILE,
    MEMBER_ID,
    PROGRAMME,
    assert_sound,
    grant,
    lift,
    mail,
    step,
    story,
)
from pydantic import TypeAdapter

from chalicelib.adapters.webhooks import verify
from chalicelib.domain.member import ConsentStatus, Suppression, SuppressionCause
from chalicelib.domain.parking import ParkReason
from chalicelib.handlers.webhook_schema import AnyEvent
from chalicelib.usecases.dead_letters import FiledLetter
from chalicelib.usecases.parking_ports import DeadLetter
from chalicelib.world.pages import (
    MAX_ROWS,
    MailData,
    MemberData,
    WorldData,
    mail_page,
    member_page,
    world_page,
)

SECRET = "whsec_" + "bWlsZXBvc3Qgc2VjcmV0IG9mIHRlc3Rz"


def filed(reason=ParkReason.UNKNOWN_MEMBER, event_id="evt-1"):
    about = {"reason": reason, "partner": "demo", "event_id": event_id, "webhook_id": event_id}
    letter = DeadLetter(queue="events", body="{}", receipt="r", attributes=about)
    return FiledLetter(id="0123456789ab", copies=(letter,))


def world(**changes):
    data = WorldData(programme=PROGRAMME, now=NOW, base_url="http://127.0.0.1:8000", partner="demo")
    return assert_sound(world_page(replace(data, **changes)))


def letter(received):
    return assert_sound(mail_page(MailData(programme=PROGRAMME, now=NOW, received=received)))


def person(made, mails=()):
    data = MemberData(programme=PROGRAMME, now=NOW, story=made, mails=mails)
    return assert_sound(member_page(data))


def posts(page):
    """Each form's path with what its fields and buttons send."""
    return [
        (form.attributes["action"], child.attributes["name"], child.attributes["value"])
        for form in page.named("form", method="post")
        for child in form.children
        if "name" in child.attributes
    ]


def test_the_clock_shows_the_programmes_time_for_people_and_for_machines():
    page = world()
    assert page.named("h1")[0].text == "Tue 10 Mar 2026, 15:00"
    assert page.named("time")[0].attributes["datetime"] == "2026-03-10T15:00:00+03:00"
    assert "Europe/Moscow" in page.text


def test_buttons_move_the_clock_on():
    assert posts(world()) == [("/_world/clock", "advance", span) for span in ("1h", "1d", "4d")]


def test_the_mailbox_shows_the_newest_first_with_all_that_tells_mails_apart():
    page = world(mails=[mail(1, "welcome", "en", "First"), mail(2, "reminder", "en", "Second")])
    lines = [" ".join(li.text.split()) for li in page.named("ol", **{"class": "lines"})[0].children]
    assert lines == [
        "2 Second ann@example.com reminder Thu 12 Mar 2026, 15:00",
        "1 First ann@example.com welcome Wed 11 Mar 2026, 15:00",
    ]
    assert page.named("a", href="/_world/mail/2")


def test_members_lead_to_their_stories_and_show_why_they_get_no_mail():
    ill = member(member_id="b" * 26, suppression=Suppression(SuppressionCause.HARD_BOUNCE, NOW))
    gone = member(member_id="c" * 26, left_at=NOW)
    no = member(ConsentStatus.DECLINED, member_id="d" * 26)
    page = world(members=[member(goals={"app_installed": NOW}), ill, gone, no])
    assert page.named("a", href=f"/_world/members/{MEMBER_ID}")
    chips = [tag.text for tag in page.named("span", **{"class": "chip bad"})]
    assert chips == ["declined", "left", "hard bounce"]
    assert "1 goal reached" in page.text


def test_dead_letters_are_shown_with_their_reason():
    page = world(letters=[filed(), filed(ParkReason.CONFLICT, "evt-2")])
    assert "event evt-2 of demo events its id came before with another body" in page.text
    assert "event evt-1 of demo events nobody is known by the names in it" in page.text


def test_lift_is_shown_once_there_is_any():
    assert "Lift so far" not in world().text
    assert "+4.41 pp (+2.08 to +7.55)" in world(lifts={"account_registered": lift()}).text


def test_long_lists_are_cut_and_say_so():
    page = world(
        members=[member(member_id=f"{n:026}") for n in range(MAX_ROWS + 1)],
        mails=[mail()] * (MAX_ROWS + 2),
    )
    assert len(page.named("a", href="/_world/mail/1")) == MAX_ROWS
    assert "1 more are not listed." in page.text
    assert "2 older mails are not listed." in page.text


def test_an_empty_world_says_what_to_do():
    page = world()
    assert "Send an event of a new member, then move the clock on." in page.text
    assert "open" in page.named("details", id="events")[0].attributes


def shell_lines(page):
    return page.named("details", id="events")[0].children[-1].text


@pytest.mark.skipif(not shutil.which("openssl"), reason="the help's commands need openssl")
def test_the_commands_of_the_help_sign_an_event_that_the_engine_takes():
    commands = shell_lines(world()).replace("whsec_…", SECRET).partition("curl")[0]
    script = commands + '\nprintf \'%s\\n\' "$ID" "$AT" "v1,$SIGNATURE" "$BODY"'
    run = subprocess.run(  # noqa: S603 - the page's own commands are what is tested
        ["/bin/sh", "-c", script], capture_output=True, text=True, check=True
    )
    event_id, at, signature, body = run.stdout.splitlines()
    headers = {"webhook-id": event_id, "webhook-timestamp": at, "webhook-signature": signature}
    assert verify(headers, body.encode(), [SECRET]) == event_id
    assert TypeAdapter(AnyEvent).validate_json(body).data.channel == "offline"


def test_the_help_names_partner_and_address():
    assert "curl -i 'http://127.0.0.1:8000/v1/partners/demo/events'" in shell_lines(world())


def test_a_mail_is_shown_with_headers_frames_and_text():
    page = letter(mail(7, subject="Привет"))
    assert page.named("h1")[0].text == "Привет"
    assert "From Vesper <news@mail.example.com>" in page.text
    assert len(page.named("iframe")) == 2
    assert "The plain words." in page.text
    assert page.named("a", href=f"/_world/members/{MEMBER_ID}")
    assert "counts as an open" in page.text


def test_every_web_link_of_a_mail_can_be_clicked_for_the_member():
    page = letter(mail(7))
    assert posts(page) == [
        ("/_world/mail/7/click", "link", "https://www.example.com/account?a=1&b=2"),
        ("/_world/mail/7/click", "link", "https://www.example.com/app"),
    ]
    buttons = [tag.attributes.get("aria-label", tag.text) for tag in page.named("button")]
    assert buttons == ["Bounce it", "Complain", "Click Open account", "Click The app"]


def test_a_mail_can_bounce_and_be_complained_of():
    actions = [form.attributes["action"] for form in letter(mail(7)).named("form", method="post")]
    assert actions[:2] == ["/_world/mail/7/bounce", "/_world/mail/7/complaint"]


def test_a_member_page_tells_the_story_the_gifts_and_what_is_known():
    made = story(step("welcome"), step("reminder", "ahead", None), grants=[grant()])
    page = person(made, [mail(3), mail(4, "reminder")])
    assert page.named("a", href="/_world/mail/3")[0].text == "Mail sent: welcome"
    assert "500 redeemable for welcome.1.reminder" in page.text
    assert "email ann@example.com" in page.text
    assert "consent unsaid" in page.text


def test_the_mails_of_other_members_are_not_this_members():
    made = story(step("welcome"), person=member(member_id="x" * 26))
    assert not person(made, [mail(3)]).named("a", href="/_world/mail/3")


def test_members_partners_and_mails_cannot_act_on_any_page():
    """``assert_sound`` finds a script, a handler or a broken tag, whatever let it in."""
    hostile = mail(1, HOSTILE, HOSTILE.replace('"', ""), HOSTILE, text=HOSTILE, name=HOSTILE)
    villain = member(attributes=dict.fromkeys(("first_name", "email", "channel"), HOSTILE))
    page = world(mails=[hostile], members=[villain], letters=[filed(event_id=HOSTILE)])
    assert page.text.count("<script>alert(1)</script>") >= 4
    assert HOSTILE in letter(hostile).named("h1")[0].text
    made = story(step("welcome"), person=villain, grants=[grant(source=HOSTILE, unit=HOSTILE)])
    assert HOSTILE in person(made).named("h1")[0].text
