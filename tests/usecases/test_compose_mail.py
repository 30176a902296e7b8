"""A mail as it is put together: its links and what they tell, its names, its Feedback-ID."""

from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import pytest
from functional.worlds import ANN
from usecases.engines import key, memory_engine, send, tell

from chalicelib.domain.arms import Arm
from chalicelib.domain.journey import Sender
from chalicelib.mail.mime import MAX_TOKEN_CHARS
from chalicelib.usecases.compose_mail import Mailing, compose_mail, mail_links, own_links

UTM = {
    "utm_source": "airline-bonus",
    "utm_medium": "email",
    "utm_campaign": "welcome",
    "utm_content": "welcome",
    "utm_term": "treated",
}
LONGEST_NAME = "n" * 40
"""As long as a name in programme.yaml may be."""


class Links(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = set()
        self.feed(html)

    def handle_starttag(self, _, attributes):
        self.found.update(value for name, value in attributes if name == "href")


def mailed(engine, **facts):
    tell(engine, facts={"channel": "offline", **ANN, **facts})
    send(engine)
    [mail] = engine.mailer.outbox.values()
    return message_from_bytes(mail.mime, policy=default)


def links_of(message):
    html = message.get_body(("html",)).get_content()
    text = message.get_body(("plain",)).get_content()
    web = {word for word in text.split() if word.startswith("https://")}
    return {link for link in Links(html).found if link.startswith("https://")}, web


def told(link):
    return dict(parse_qsl(urlsplit(link).query))


def test_every_link_of_the_programme_tells_journey_step_and_arm_in_html_and_text():
    engine = memory_engine()
    ours, untracked = set(own_links(engine, key_of(engine)).values()), untracked_links(engine)
    for links in links_of(mailed(engine)):
        tracked = links - ours - untracked
        assert tracked
        assert all(told(link) == UTM for link in tracked), tracked


def key_of(engine):
    tell(engine)
    return key(engine)


def untracked_links(engine):
    programme = engine.programme
    return {programme.links[name] for name in programme.tracking.untracked}


def test_the_links_to_a_members_own_pages_tell_nothing_but_their_token():
    engine = memory_engine()
    own = own_links(engine, key_of(engine))
    html_links, text_links = links_of(mailed(engine))
    for name in ("unsubscribe", "web_copy"):
        assert own[name] in html_links
        assert own[name] in text_links
        assert not told(own[name])


def test_a_programme_without_tracking_has_its_links_as_they_are():
    engine = memory_engine(lambda programme: replace(programme, tracking=None))
    for links in links_of(mailed(engine)):
        assert not any(told(link) for link in links)


def test_an_own_link_cannot_be_declared_away():
    engine = memory_engine(lambda p: replace(p, links={"unsubscribe": "https://example.com/"}))
    step_key = key_of(engine)
    links = mail_links(engine, engine.programme, step_key, Arm.TREATED)
    assert links["unsubscribe"] == own_links(engine, step_key)["unsubscribe"]


def test_links_are_worked_out_once_for_each_journey_step_and_arm():
    programme = memory_engine().programme
    known = programme.links_in("welcome", "reminder", Arm.TREATED)
    assert programme.links_in("welcome", "reminder", Arm.TREATED) is known
    told_by = {
        tuple(sorted(told(programme.links_in(*where)["account"]).items()))
        for where in (
            ("welcome", "reminder", Arm.TREATED),
            ("welcome", "app", Arm.TREATED),
            ("news", "app", Arm.TREATED),
            ("news", "app", Arm.CONTROL),
        )
    }
    assert len(told_by) == 4


@pytest.mark.parametrize(("locale", "name"), [("ru", "Веспер"), ("en", "Vesper"), ("de", "Vesper")])
def test_a_sender_is_called_as_the_language_of_the_mail_has_it(locale, name):
    sender = Sender(name="Vesper", address="v@mail.example.com", names={"ru": "Веспер"})
    engine = memory_engine(lambda programme: replace(programme, sender=sender))
    assert mailed(engine, locale=locale)["From"].addresses[0].display_name == name


def test_gmail_can_sum_complaints_up_by_step_journey_programme_and_sender():
    fields = mailed(memory_engine())["Feedback-ID"].split(":")
    assert fields == ["welcome-welcome", "welcome", "airline-bonus", "milepost"]
    assert len(set(fields)) == 4, "Gmail adds up what has one name, whichever the field"
    assert 5 <= len(fields[-1]) <= 15


def test_the_longest_names_make_a_mail():
    engine = memory_engine(lambda programme: replace(programme, name=LONGEST_NAME))
    step_key = replace(key_of(engine), journey=LONGEST_NAME, step=LONGEST_NAME)
    mailing = Mailing(key=step_key, arm=Arm.TREATED, attempt="a" * 12)
    step = engine.programme.journeys["welcome"].step("welcome")
    mail = compose_mail(engine, engine.members.load(step_key.member_id), step, mailing)
    feedback_id = message_from_bytes(mail.mime)["Feedback-ID"]
    assert feedback_id.startswith(f"{LONGEST_NAME}-{LONGEST_NAME}:")
    assert max(map(len, feedback_id.split(":"))) <= MAX_TOKEN_CHARS
