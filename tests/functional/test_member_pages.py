"""What members can do from a mail: unsubscribe, and read the mail in a browser."""

import re
from html.parser import HTMLParser
from unittest.mock import patch

import pytest
from functional.worlds import ANN, DAY, play

from chalicelib.domain.member import ConsentStatus
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.ports import TokenPurpose, UnavailableError

BOB = {"card": "7000000002", "email": "bob@example.com"}
ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=x"}
MULTIPART_BODY = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)


@pytest.fixture
def stage():
    with play() as stage:
        stage.join(first_name="Ann", name_on_card="ANN LEE", balances={"redeemable": 24_215})
        yield stage


@pytest.fixture
def unsubscribe(stage):
    return stage.link("unsubscribe", stage.received[0])


@pytest.fixture
def copy(stage):
    return stage.link("mail", stage.received[0])


class Forms(HTMLParser):
    """Counts what a person can press."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag in ("form", "button"):
            self.found.append((tag, dict(attrs)))


def state(stage):
    return stage.profile(), stage.enrolment()


def test_looking_at_the_page_shows_a_button_and_changes_nothing(stage, unsubscribe):
    before = state(stage)
    for _ in range(3):
        answer = stage.visit(unsubscribe)
    assert answer.status == 200
    [(_, form), (_, button)] = Forms(answer.body.decode()).found
    assert form["method"] == "post"
    assert "action" not in form
    assert button["type"] == "submit"
    assert state(stage) == before


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (FORM, ONE_CLICK),
        (MULTIPART, MULTIPART_BODY),
        ({}, b""),
        ({"content-type": "text/plain"}, b"\xff\x00"),
        ({"content-type": "application/json"}, b"{"),
        ({"accept": "image/png"}, b""),
    ],
    ids=["form", "multipart", "no body", "bytes", "broken JSON", "odd accept"],
)
def test_one_post_unsubscribes_without_a_redirect_whatever_its_body(
    stage, unsubscribe, headers, body
):
    answer = stage.visit(unsubscribe, "POST", body, headers)
    assert answer.status == 200
    assert "location" not in {name.lower() for name in answer.headers}
    assert stage.profile().consent.status is ConsentStatus.DECLINED
    assert stage.enrolment().exit.reason is Reason.DECLINED


def test_unsubscribing_again_is_fine_and_the_first_time_is_kept(stage, unsubscribe):
    stage.visit(unsubscribe, "POST", ONE_CLICK, FORM)
    before = state(stage)
    stage.advance(days=400)
    answer = stage.visit(unsubscribe, "POST", ONE_CLICK, FORM)
    assert answer.status == 200
    assert stage.enrolment().exit == before[1].exit


@pytest.mark.parametrize("kind", ["memory", "moto"])
def test_after_unsubscribing_nothing_more_is_sent(kind):
    with play(kind) as stage:
        stage.join()
        path = stage.link("unsubscribe", stage.received[0])
        assert stage.visit(path, "POST", ONE_CLICK, FORM).status == 200
        stage.tell("account.registered")
        stage.tell("member.updated", first_name="Anne")
        stage.advance(days=20)
        assert stage.mails == ["welcome"]


def test_a_member_who_changes_their_mind_back_stays_out_of_the_ended_journey(stage, unsubscribe):
    stage.visit(unsubscribe, "POST", ONE_CLICK, FORM)
    stage.tell("mail.consented", at=stage.world.now() + DAY)
    stage.advance(days=20)
    assert stage.profile().consent.status is ConsentStatus.GIVEN
    assert stage.mails == ["welcome"]


def test_an_older_consent_that_is_told_late_does_not_undo_the_button(stage, unsubscribe):
    told_at = stage.world.now()
    stage.advance(days=1)
    stage.visit(unsubscribe, "POST", ONE_CLICK, FORM)
    stage.tell("mail.consented", at=told_at)
    assert stage.profile().consent.status is ConsentStatus.DECLINED


def test_a_link_unsubscribes_its_own_member_and_nobody_else(stage, unsubscribe):
    stage.join(BOB)
    stage.visit(unsubscribe, "POST", ONE_CLICK, FORM)
    assert stage.enrolment(member=BOB).exit is None
    assert stage.profile(BOB).consent.status is ConsentStatus.UNSAID


def test_the_web_copy_shows_the_mail(stage, copy):
    answer = stage.visit(copy)
    assert answer.status == 200
    assert answer.body.decode() == stage.received[0].part("html").replace("\r\n", "\n")


def test_the_web_copy_of_a_member_in_a_browser_changes_nothing(stage, copy):
    before = state(stage)
    stage.visit(copy)
    assert state(stage) == before


def test_the_link_to_the_web_copy_cannot_unsubscribe_and_the_other_way_round(stage):
    [received] = stage.received
    copy = stage.link("mail", received).rpartition("/")[2]
    leave = stage.link("unsubscribe", received).rpartition("/")[2]
    before = state(stage)
    for path in (f"/m/unsubscribe/{copy}", f"/m/mail/{leave}"):
        assert stage.visit(path).status == 404
    assert stage.visit(f"/m/unsubscribe/{copy}", "POST", ONE_CLICK, FORM).status == 404
    assert state(stage) == before


def hostile(token):
    key_id, claim, mac = token.split(".")
    member, rest = claim.split("~", 1)
    return {
        "cut short": token[:-1],
        "one letter off": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "another member": f"{key_id}.{'a' * 26}~{rest}.{mac}",
        "another key": f"k2.{claim}.{mac}",
        "no signature": f"{key_id}.{claim}.",
        "no parts": "unsubscribe",
        "dots": "...",
        "long": "a" * 100_000,
        "script": "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "quotes": "\"'><script>",
        "zero": "%00",
        "unicode": "жж.жж.жж",
        "traversal": "..%2f..%2fetc%2fpasswd",
        "member": member,
    }


def test_hostile_tokens_get_the_page_that_says_so_and_change_nothing(stage, unsubscribe, copy):
    before = state(stage)
    for path in (unsubscribe, copy):
        page, _, token = path.rpartition("/")
        for what, forged in hostile(token).items():
            for method in ("GET", "POST") if "unsubscribe" in page else ("GET",):
                answer = stage.visit(f"{page}/{forged}", method, ONE_CLICK, FORM)
                assert answer.status == 404, (what, method)
                assert answer.headers["Content-Type"].startswith("text/html"), what
                assert b"<script" not in answer.body, what
    assert state(stage) == before


def test_no_page_but_the_web_copy_says_anything_of_a_member(stage, unsubscribe):
    pages = [
        stage.visit(unsubscribe),
        stage.visit(unsubscribe, "POST", ONE_CLICK, FORM),
        stage.visit("/m/unsubscribe/x"),
        stage.visit("/m/mail/x"),
    ]
    for page in pages:
        text = page.body.decode()
        assert not re.search(r"Ann|ANN|Lee|7000000001|24.?215", text), text
        assert ANN["email"] not in text


def test_every_page_may_be_neither_stored_nor_framed_nor_indexed_nor_run_scripts(
    stage, unsubscribe, copy
):
    for path, method in [
        (unsubscribe, "GET"),
        (unsubscribe, "POST"),
        (copy, "GET"),
        ("/m/mail/x", "GET"),
    ]:
        headers = stage.visit(path, method).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "form-action 'self'" in policy
        assert "frame-ancestors" in policy


def test_a_page_speaks_the_members_language():
    for locale, words in [("ru", "Отписаться"), ("en", "Unsubscribe")]:
        with play() as stage:
            stage.join(locale=locale)
            page = stage.visit(stage.link("unsubscribe", stage.received[0]))
            assert words in page.body.decode()


def down(stage, port, method):
    target = getattr(stage.world.substrate.engine, port)
    return patch.object(target, method, side_effect=UnavailableError("no answer"))


@pytest.mark.parametrize(("port", "method"), [("members", "load"), ("enrolments", "load_case")])
def test_when_the_store_gives_no_answer_the_button_is_shown_again_and_works_later(
    stage, unsubscribe, port, method
):
    with down(stage, port, method):
        answer = stage.visit(unsubscribe, "POST", ONE_CLICK, FORM)
    assert answer.status == 503
    assert answer.headers["Content-Type"].startswith("text/html")
    assert int(answer.headers["Retry-After"]) > 0
    assert Forms(answer.body.decode()).found
    assert stage.visit(unsubscribe, "POST", ONE_CLICK, FORM).status == 200
    assert stage.enrolment().exit.reason is Reason.DECLINED


def test_the_button_is_shown_even_while_the_store_gives_no_answer(stage, unsubscribe):
    with down(stage, "members", "load"):
        assert stage.visit(unsubscribe).status == 200


def test_a_web_copy_that_cannot_be_shown_now_says_so(stage, copy):
    with down(stage, "members", "load"):
        answer = stage.visit(copy)
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_page_of_a_member_who_is_gone_still_answers(stage):
    key = stage.engine.tokens.read(
        TokenPurpose.UNSUBSCRIBE, stage.link("unsubscribe", stage.received[0]).rpartition("/")[2]
    )
    gone = stage.engine.tokens.issue(TokenPurpose.UNSUBSCRIBE, _of_nobody(key))
    assert stage.visit(f"/m/unsubscribe/{gone}").status == 200
    assert stage.visit(f"/m/unsubscribe/{gone}", "POST", ONE_CLICK, FORM).status == 200
    copy = stage.engine.tokens.issue(TokenPurpose.WEB_COPY, _of_nobody(key))
    assert stage.visit(f"/m/mail/{copy}").status == 404


def _of_nobody(key):
    return type(key)(member_id="z" * 26, journey=key.journey, entry=key.entry, step=key.step)


def test_what_a_page_counted_is_written(stage, unsubscribe):
    with patch.object(type(stage.engine.metrics), "flush") as flush:
        stage.visit(unsubscribe, "POST", ONE_CLICK, FORM)
    assert flush.called
    assert stage.engine.metrics.counts["unsubscribed"] == 1


@pytest.mark.parametrize("page", ["unsubscribe", "copy"])
def test_while_the_keys_cannot_be_read_every_page_says_to_come_back(stage, page, request):
    path = request.getfixturevalue(page)
    with down(stage, "tokens", "read"):
        answer = stage.visit(path)
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert stage.visit(path).status == 200
