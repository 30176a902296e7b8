"""One person with two cards: both work after a merge, and no mail comes twice."""

import pytest
from functional.worlds import ANN, play

BEN = {"card": "7000000002", "email": "ann.work@example.com"}


@pytest.fixture(params=["memory", "moto"])
def stage(request):
    with play(request.param) as stage:
        stage.join()
        stage.join(BEN, first_name="Ann")
        yield stage


def merge(stage):
    stage.tell("member.merged", absorbed={"card": BEN["card"]})


def test_both_cards_work_after_a_merge_and_no_mail_comes_twice(stage):
    assert stage.mails == ["welcome", "welcome"]
    merge(stage)
    stage.advance(days=4)
    assert stage.mails == ["welcome", "welcome", "reminder"]
    assert stage.received[-1].mail.recipient == ANN["email"]
    stage.tell("account.registered", {"card": BEN["card"]})
    assert "account_registered" in stage.profile().goals
    stage.tell("member.updated", BEN, last_name="Lee")
    assert stage.profile().attribute("last_name") == "Lee"
    assert stage.profile(BEN) is None


def test_links_of_the_absorbed_member_s_mails_go_on_working(stage):
    [received] = [each for each in stage.received if each.mail.recipient == BEN["email"]]
    merge(stage)
    assert stage.visit(stage.link("mail", received)).status == 200
    assert stage.visit(stage.link("preferences", received)).status == 200
    assert stage.visit(stage.link("unsubscribe", received), "POST").status == 200
    assert stage.profile().consent.status == "declined"
    stage.advance(days=30)
    assert len(stage.received) == 2


def test_after_an_unmerge_both_go_on_by_themselves(stage):
    merge(stage)
    stage.tell("member.unmerged", absorbed={"card": BEN["card"]})
    stage.advance(days=4)
    recipients = [each.mail.recipient for each in stage.received[2:]]
    assert sorted(recipients) == sorted([ANN["email"], BEN["email"]])
    assert stage.profile(BEN).attribute("first_name") == "Ann"
