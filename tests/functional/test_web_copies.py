"""The web copy is the very page that was sent, whatever has changed since, or it is not shown."""

from dataclasses import replace
from datetime import timedelta

import pytest
from functional.worlds import ANN, play
from usecases.engines import once_more

from chalicelib.adapters.memory_templates import MemorySentTemplates
from chalicelib.adapters.tokens import HmacTokens
from chalicelib.domain import profile_history
from chalicelib.domain.journey import Step
from chalicelib.mail.templates import MailTemplates
from chalicelib.usecases.current_templates import keep_templates
from chalicelib.usecases.erase_member import erase_member
from chalicelib.usecases.ports import TokenPurpose, UnavailableError
from chalicelib.usecases.shown_mail import gift_shown, member_shown, what_is_shown

BOB = {"card": "7000000002", "email": "bob@example.com"}
KNOWN = {
    "first_name": "Ann",
    "last_name": "Lee",
    "name_on_card": "ANN LEE",
    "locale": "en",
    "balances": {"redeemable": 24215, "qualifying": 0},
}


@pytest.fixture(params=["memory", "moto"])
def stage(request):
    with play(request.param) as stage:
        stage.join(**KNOWN)
        yield stage


def html_of(received):
    """The mail's own HTML part, read by the standard library."""
    return received.part("html").replace("\r\n", "\n")


def copy_of(stage, received):
    answer = stage.visit(stage.link("mail", received))
    return answer.body.decode() if answer.status == 200 else answer.status


class Redone:
    """The same mails said in other words, as a deployment brings them."""

    def __init__(self, source):
        self._source = source
        self.mails, self.pages, self.languages = source.mails, source.pages, source.languages
        self.page, self.image = source.page, source.image

    def mail(self, name, language):
        parts = self._source.mail(name, language)
        return {**parts, "html": ["<p>new</p>", *parts["html"]]}

    def digest(self, name, language):
        return f"new {self._source.digest(name, language)}"


def deploy(stage, *, keep=True, programme=None, redone=True):
    """Let other templates, and perhaps another programme, take the place of today's."""
    source = stage.engine.mails.source
    stage.use(
        mails=MailTemplates.of(Redone(source) if redone else source),
        programme=programme or stage.engine.programme,
    )
    if keep:
        keep_templates(stage.engine.sent_templates, stage.engine.current_templates)


def test_the_copy_of_a_mail_is_its_html_to_the_last_byte(stage):
    [received] = stage.received
    assert copy_of(stage, received) == html_of(received)


def test_what_became_of_the_member_since_does_not_show(stage):
    [received] = stage.received
    stage.tell("member.updated", first_name="Anna", name_on_card="ANNA LEE", locale="ru")
    stage.tell("member.updated", balances={"redeemable": 1, "qualifying": 99})
    stage.tell("account.registered")
    stage.advance(days=1)
    assert copy_of(stage, received) == html_of(received)
    assert "24,215" in copy_of(stage, received)


def test_every_mail_of_a_journey_keeps_its_own_view_of_the_member(stage):
    for number in range(4):
        name, tier = f"Ann {number}", ("basic", "silver", "gold", "platinum")[number]
        amounts = {"redeemable": number}
        stage.tell("member.updated", first_name=name, tier=tier, balances=amounts)
        if number == 1:
            stage.tell("account.registered")
        stage.advance(days=4, hours=12)
    received = stage.received
    assert len(received) >= 4
    assert [copy_of(stage, each) for each in received] == [html_of(each) for each in received]
    assert len({html_of(each) for each in received}) == len(received)


def test_a_gift_is_shown_as_it_was_promised(stage):
    stage.advance(days=5)
    reminder = stage.received[-1]
    assert reminder.mail.tags["step"] == "reminder"
    assert "500" in html_of(reminder)
    welcome = stage.engine.programme.journeys["welcome"]
    steps = tuple(replace(step, gift=None) for step in welcome.steps)
    deploy(stage, redone=False, programme=with_journeys(stage, replace(welcome, steps=steps)))
    stage.tell("account.registered")
    assert copy_of(stage, reminder) == html_of(reminder)


def with_journeys(stage, *journeys):
    return replace(stage.engine.programme, journeys={each.name: each for each in journeys})


def test_after_a_deployment_the_copy_is_made_by_the_template_that_was_kept(stage):
    [received] = stage.received
    deploy(stage)
    stage.join(BOB, **KNOWN)
    assert copy_of(stage, received) == html_of(received)
    new = stage.received[-1]
    assert "<p>new</p>" in html_of(new)
    assert copy_of(stage, new) == html_of(new)


def test_links_details_goals_and_languages_of_the_programme_are_those_of_then(stage):
    [received] = stage.received
    programme = stage.engine.programme
    deploy(
        stage,
        programme=replace(
            programme,
            name="other",
            links=dict.fromkeys(programme.links, "https://new.example.com/"),
            details=dict.fromkeys(programme.details, "new"),
            goals={},
            journeys={},
            units=("points",),
            tiers=("first",),
            locales=("en",),
        ),
    )
    assert copy_of(stage, received) == html_of(received)


def test_the_copy_stays_when_its_journey_is_gone(stage):
    [received] = stage.received
    deploy(stage, redone=False, programme=with_journeys(stage))
    assert copy_of(stage, received) == html_of(received)


def test_the_copy_stays_when_its_step_has_another_mail(stage):
    [received] = stage.received
    welcome = stage.engine.programme.journeys["welcome"]
    other = (Step(name="welcome", mail="app"), *welcome.steps[1:])
    deploy(stage, redone=False, programme=with_journeys(stage, replace(welcome, steps=other)))
    assert copy_of(stage, received) == html_of(received)


def test_a_mail_whose_template_was_not_kept_is_not_shown_in_another(stage):
    [received] = stage.received
    stage.use(sent_templates=MemorySentTemplates())
    assert copy_of(stage, received) == html_of(received)
    deploy(stage, keep=False)
    answer = stage.visit(stage.link("mail", received))
    assert answer.status == 404
    assert "can no longer be shown" in answer.body.decode()


def test_a_history_that_is_cut_shows_nothing_rather_than_what_was_not_sent(stage, monkeypatch):
    monkeypatch.setattr(profile_history, "MOST_PAST", 3)
    [received] = stage.received
    for number in range(4):
        assert copy_of(stage, received) == html_of(received)
        stage.tell("member.updated", first_name=f"Ann {number}")
    assert copy_of(stage, received) == 404


def test_an_erased_members_mail_is_shown_to_nobody(stage):
    [received] = stage.received
    erase_member(stage.engine, stage.id_of())
    answer = stage.visit(stage.link("mail", received))
    assert answer.status == 404
    text = answer.body.decode()
    assert not any(word in text for word in ("Ann", "ANN", "Lee", "24,215", ANN["email"]))


def test_each_link_shows_its_own_members_mail(stage):
    stage.join(BOB, **{**KNOWN, "first_name": "Bob", "name_on_card": "BOB LEE"})
    ann, bob = stage.received
    assert copy_of(stage, ann) == html_of(ann)
    assert copy_of(stage, bob) == html_of(bob)
    assert "BOB" not in copy_of(stage, ann)


@pytest.mark.parametrize("change", [{"step": "app"}, {"journey": "other"}, {"entry": 2}])
def test_a_step_that_was_never_sent_has_no_copy(stage, change):
    [received] = stage.received
    token = stage.link("mail", received).rpartition("/")[2]
    key = stage.engine.tokens.read(TokenPurpose.WEB_COPY, token)
    unsent = stage.engine.tokens.issue(TokenPurpose.WEB_COPY, replace(key, **change))
    assert stage.visit(f"/m/mail/{unsent}").status == 404


def test_after_a_rotation_of_keys_the_links_of_the_copy_are_signed_anew(stage):
    [received] = stage.received
    path = stage.link("mail", received)
    old, new = (
        b"local-world-key-that-protects-nothing",
        b"a newer key, and as open as that one",
    )
    stage.use(tokens=HmacTokens({"k2": new, "k1": old}))
    page = stage.visit(path).body.decode()
    assert page != html_of(received)
    assert page.count("/k2.") == html_of(received).count("/k1.")


class Unanswered:
    """A mail service that has nothing to say, and has the mails or not."""

    def __init__(self, mailer, *, accepts):
        self._mailer = mailer
        self._accepts = accepts

    def __getattr__(self, name):
        return getattr(self._mailer, name)

    def send(self, mail):
        if self._accepts:
            self._mailer.send(mail)
        raise UnavailableError("no answer")


def twice(stage, *, first):
    """Let the first attempt go unanswered, and the second come when all has changed."""
    mailer = stage.engine.mailer
    stage.use(mailer=Unanswered(mailer, accepts=first))
    stage.join(**KNOWN)
    stage.use(mailer=mailer)
    stage.tell("member.updated", first_name="Anna", balances={"redeemable": 7})
    stage.advance(days=2, hours=6)
    return stage.received


def test_of_a_step_tried_twice_the_link_shows_the_mail_that_is_known_to_be_out():
    with play(change=once_more) as stage:
        [second] = twice(stage, first=False)
        assert stage.step("welcome").former_attempt
        assert copy_of(stage, second) == html_of(second)
        assert "Anna" in html_of(second)


def test_what_proves_that_the_first_of_two_mails_is_out_makes_the_link_show_that_one():
    with play(change=once_more) as stage:
        mailer = stage.engine.mailer
        stage.use(mailer=Unanswered(mailer, accepts=True))
        stage.join(**KNOWN)
        [first] = stage.received
        stage.tell("member.updated", first_name="Anna")
        assert copy_of(stage, first) == html_of(first)
        stage.use(mailer=Unanswered(mailer, accepts=False))
        stage.advance(days=2)
        assert stage.step("welcome").former_attempt
        assert copy_of(stage, first) == html_of(first)
        stage.hear("Delivery", first)
        assert copy_of(stage, first) == html_of(first)
        assert "Anna" not in html_of(first)


def test_the_copy_is_there_as_soon_as_the_mail_is(stage):
    """The outcome is open, and the reader has the mail all the same."""
    mailer = stage.engine.mailer
    stage.use(mailer=Unanswered(mailer, accepts=True))
    stage.join(BOB, **KNOWN)
    received = stage.received[-1]
    assert copy_of(stage, received) == html_of(received)
    stage.use(mailer=mailer)
    stage.advance(days=3)
    assert copy_of(stage, received) == html_of(received)


def test_a_grant_between_two_changes_confuses_no_version(stage):
    stage.advance(days=5)
    reminder = stage.received[-1]
    stage.tell("account.registered")
    assert stage.grants()
    stage.tell("member.updated", first_name="Anna")
    assert [copy_of(stage, each) for each in stage.received] == [
        html_of(each) for each in stage.received
    ]
    assert timedelta(0) < reminder.at - stage.received[0].at


def test_the_standing_stays_as_it_was_shown_and_is_kept_for_mails_that_show_it(stage, monkeypatch):
    names = list(stage.engine.programme.standing_kinds)
    member_id = stage.id_of(ANN)
    known = stage.engine.members.load(member_id)
    stage.engine.members.save(replace(known, standing={"at_risk": 1, "expiring_redeemable": 7}))
    stored = stage.engine.members.load(member_id)
    step = stage.engine.programme.journeys["welcome"].step("welcome")
    plain = what_is_shown(stage.engine, stored, step)
    monkeypatch.setattr(MailTemplates, "names_group", lambda *_: True)
    told = what_is_shown(stage.engine, stored, step)
    assert len(told.amounts) == len(plain.amounts) + 1 + len(names)
    then = member_shown(replace(stored, standing={}), told, stage.engine.programme)
    facts = stage.engine.programme.facts
    assert facts(then)["standing"] == facts(stored)["standing"]
    assert gift_shown(told, stage.engine.programme) == 0
