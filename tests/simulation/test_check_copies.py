"""The checker of web copies sees a page that is not the mail, and lets what is true pass."""

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from simulation.stories import ANN, HOUR, Story, tags

from chalicelib.domain.enrolment import StepState
from chalicelib.domain.member import Tombstone
from chalicelib.simulation.checkers.copies import REQUEST, s12_copies_are_what_was_sent
from chalicelib.simulation.record import Accepted, Answered
from chalicelib.usecases.ports import OutgoingMail

PATH = "/m/mail/token-of-ann"
PAGE = "<p>Anna, 24 215</p>\n"
OTHER = "<p>Anne, 7</p>\n"


def mime(html, path):
    message = EmailMessage()
    message["Archived-At"] = f"<https://mail.example.com{path}>"
    message.set_content("text")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


class Copies(Story):
    """A story whose mails have an HTML part, and a reader who opens their web copies."""

    def accept(self, attempt="a1", step="first", html=PAGE, path=PATH):
        mail = OutgoingMail(
            sender="v@example.com",
            recipient="a@example.com",
            mime=mime(html, path),
            tags=tags(attempt, step),
        )
        return self.record.add(Accepted, mail=mail, message_id=attempt, worker_at=self.now)

    def open(self, page=PAGE, status=200, path=PATH):
        facts = {"path": path, "page": page.encode() if status == 200 else b"an error's page"}
        self.record.add(Answered, what="mail", status=status, member_id=ANN, **facts)

    def erase(self):
        stone = Tombstone(member_id=ANN, erased_at=self.now, version=9)
        self.store("TOMBSTONE", ANN, stone)

    def tried_twice(self):
        self.claim("a1")
        self.accept("a1")
        self.step(state=StepState.RETRY)
        self.now += timedelta(days=1)
        self.claim("a2")
        self.accept("a2", html=OTHER)


@pytest.fixture
def story():
    story = Copies()
    story.mail()
    story.now += HOUR
    return story


def faults(story):
    return [(each.invariant, each.text) for each in s12_copies_are_what_was_sent(story.history)]


def broken(story, text):
    found = faults(story)
    return len(found) == 1 and found[0][0] == "S12" and text in found[0][1]


def test_the_mail_itself_breaks_nothing(story):
    story.open()
    story.open(PAGE.replace("\n", "\r\n"))
    assert faults(story) == []


@pytest.mark.parametrize("page", [OTHER, "", PAGE + " ", PAGE.replace("A", "a")])
def test_a_page_that_is_not_the_mail_is_seen(story, page):
    story.open(page)
    assert broken(story, "as it was not sent")


def test_another_members_mail_is_seen(story):
    story.accept("b1", html=OTHER, path="/m/mail/token-of-bob")
    story.open(OTHER)
    assert broken(story, "as it was not sent")


def test_a_page_behind_a_link_that_no_mail_had_is_seen(story):
    story.open(path="/m/mail/of-nobody")
    assert broken(story, "as it was not sent")


def test_a_mail_that_is_not_shown_any_more_is_seen(story):
    story.open(status=404)
    assert broken(story, "not shown whose member was not erased")


def test_an_answer_that_says_to_come_back_is_none(story):
    for status in (0, 502, 503, 504):
        story.open(status=status)
    assert faults(story) == []


def test_an_erased_members_mail_need_not_be_shown_and_soon_must_not_be(story):
    story.erase()
    story.open(status=404)
    story.now += REQUEST / 2
    story.open()
    assert faults(story) == []
    story.now += REQUEST
    story.open()
    assert broken(story, "whose member was erased")


def test_a_mail_may_be_shown_before_its_outcome_is_known():
    story = Copies()
    story.claim()
    story.accept()
    story.open()
    assert faults(story) == []


def test_of_a_step_tried_twice_either_mail_may_be_shown_but_no_third_one():
    story = Copies()
    story.tried_twice()
    story.sent("a2")
    story.now += HOUR
    story.open(PAGE)
    story.open(OTHER)
    assert faults(story) == []
    story.open("<p>neither</p>")
    assert broken(story, "as it was not sent")


def test_of_a_step_tried_twice_nothing_is_held_against_the_link_while_nobody_knows():
    story = Copies()
    story.tried_twice()
    story.now += HOUR
    story.open("<p>the first, which nobody took</p>")
    assert faults(story) == []
    story.step(state=StepState.SENT)
    story.open("<p>a request that began before that</p>")
    assert faults(story) == []


def test_what_the_engine_says_it_showed_does_not_move_the_checker(story):
    record = story.enrolment.steps["first"]
    story.enrol(replace(story.enrolment, steps={"first": replace(record, shown=None)}))
    story.open(OTHER)
    assert broken(story, "as it was not sent")
