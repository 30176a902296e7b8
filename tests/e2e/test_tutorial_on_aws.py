"""The tutorial's story on the emulator, from the packaged zip and template as they are.

Each fixture brings the story one step on; a test looks at what has come of it. Welcome and
reminder go out by the schedule's own ticks. The third tick is called, to save a minute.
"""

import json
import re
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError
from deployed import FUNCTIONS, STACK, STAGE, event, joined

pytestmark = pytest.mark.e2e

WELCOME = "Welcome aboard"
REMINDER = "500 miles for activating"
COLLECT = "what they are and how to collect them"
PROGRAMME = ("--programme", "tests/e2e/airline-in-seconds")


def address(mail):
    [recipient] = mail["To"]
    return recipient


def link(mail, page):
    """Return the mail's own link; the headers have it, too, but the emulator keeps none."""
    [found] = {*re.findall(rf"https://\S+/m/{page}/[\w.~-]+", mail["BodyText"])}
    return found


def recorded(deployed, step):
    """Return how many mails of a step the engine has sent, and has written that down."""
    enrolments = deployed.enrolments().values()
    return sum(each["steps"].get(step, {}).get("s") == "sent" for each in enrolments)


def applied(deployed):
    events = deployed.items("EVENT")
    return {each["event_id"] for each in events if each.get("outcome") == "applied"}


@dataclass
class Story:
    """Who is who, once the welcome mails show who is treated."""

    everybody: dict
    grace: dict
    bouncer: dict
    leaver: dict
    treated: set
    control: set


@pytest.fixture(scope="module")
def story(deployed, everybody):
    """The schedule's tick comes by itself, and the treated get their welcome."""
    arms = {id_: each["arm"] for id_, each in deployed.enrolments().items()}
    treated = {id_ for id_, arm in arms.items() if arm == "treated"}
    deployed.eventually(
        lambda: recorded(deployed, "welcome") >= len(treated), "a welcome for all treated"
    )
    assert not recorded(deployed, "reminder"), "this machine is too slow: a tick was missed"
    welcomes = sorted(deployed.mails(subject=WELCOME), key=address)
    return Story(everybody, *welcomes[:3], treated, {*arms} - treated)


@pytest.fixture(scope="module")
def heard(deployed, story):
    """One opens her mail, one's address does not work, one unsubscribes by one click."""
    opened = deployed.publish_feedback("Open", story.grace, userAgent="Mozilla/5.0 (iPhone)")
    bounced = deployed.publish_feedback(
        "Bounce", story.bouncer, bounceType="Permanent", bounceSubType="General",
        bouncedRecipients=[{"emailAddress": address(story.bouncer)}], feedbackId="bounce-1",
    )  # fmt: skip
    post = {"content-type": "application/x-www-form-urlencoded"}
    answer = deployed.request(
        "POST", link(story.leaver, "unsubscribe"), b"List-Unsubscribe=One-Click", post
    )
    assert (answer.status, "You are unsubscribed" in answer.body) == (200, True)
    deployed.eventually(
        lambda: (
            "f" in deployed.enrolments()[opened]["steps"]["welcome"]
            and "exit" in deployed.enrolments()[bounced]
        ),
        "both events of SES are recorded",
        60,
    )
    return {"opened": opened, "bounced": bounced}


@pytest.fixture(scope="module")
def reminded(deployed, story, heard):
    """Seconds later the reminder is due, and a later tick sends it."""
    expected = len(story.treated) - 2
    deployed.eventually(lambda: recorded(deployed, "reminder") >= expected, "the reminders")
    return deployed.mails(subject=REMINDER)


@pytest.fixture(scope="module")
def registered(deployed, story, reminded):
    """Grace registers an account, as her partner tells twice; so does one who was held out."""
    grace = event("account.registered", {"member": {"email": address(story.grace)}})
    first = deployed.post_webhook(grace, "registered-grace")
    again = deployed.post_webhook(grace, "registered-grace")
    assert (first.status, again.status) == (202, 202)
    mailed = {address(mail) for mail in deployed.mails(subject=WELCOME)}
    held_out = next(
        each["data"]["member"]
        for each in story.everybody["data"]["events"]
        if each["data"]["member"]["email"] not in mailed
    )
    deployed.post_webhook(event("account.registered", {"member": held_out}), "registered-other")
    told = {"registered-grace", "registered-other"}
    deployed.eventually(lambda: told <= applied(deployed), "both events are applied", 60)
    deployed.tick("schedule-due")
    deployed.eventually(lambda: recorded(deployed, "collect") == 1, "what waited for the goal", 60)
    return grace


def test_the_package_deploys_as_it_is_and_tells_where_it_answers(deployed, first_deployment):
    assert f"/milepost/{STAGE}/identity-key" in first_deployment
    assert deployed.outputs["BaseUrl"] in first_deployment
    assert "_dmarc.mail.example.com" in first_deployment


def test_deploying_again_changes_nothing_and_keeps_every_secret(deployed):
    ssm = deployed.client("ssm")
    names = [f"/milepost/{STAGE}/{name}" for name in ("identity-key", "token-keys")]
    before = ssm.get_parameters(Names=names, WithDecryption=True)["Parameters"]
    told = deployed.deploy()
    assert told.status == 0, told.body
    assert f"{STACK}: nothing to change" in told.body
    assert ssm.get_parameters(Names=names, WithDecryption=True)["Parameters"] == before


def test_a_webhook_that_another_has_signed_is_refused(deployed):
    answer = deployed.post_webhook(
        joined(1), secret="whsec_c29tZWJvZHkgZWxzZSdzIG93biBzZWNyZXQga2V5"
    )
    assert (answer.status, answer.json["type"]) == (401, "urn:milepost:problem:not-authentic")


def test_a_field_that_nobody_knows_is_refused_by_its_name(deployed):
    answer = deployed.post_webhook(event("account.registered", {"member": {"card": "1"}, "x": 1}))
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/data/x")


def test_a_webhook_told_again_is_accepted_and_a_changed_one_under_its_id_is_not(
    deployed, everybody
):
    assert deployed.post_webhook(everybody, "join-all").status == 202
    assert (
        deployed.post_webhook({**everybody, **event("batch", everybody["data"])}, "join-all").status
        == 409
    )


def test_each_treated_member_gets_one_welcome_and_nobody_else_gets_any(deployed, story):
    recipients = [address(mail) for mail in deployed.mails(subject=WELCOME)]
    assert len(recipients) == len({*recipients}) == len(story.treated)
    assert story.control


def test_the_welcome_is_the_members_own(deployed, story):
    name = re.search(r"\d+", address(story.grace))[0]
    assert f"Grace{name}" in story.grace["BodyText"]
    assert story.grace["Source"] == "vesper@mail.example.com"
    assert "</html>" in story.grace["BodyHtml"]


def test_the_web_copy_shows_the_mail_and_its_link_can_not_unsubscribe(deployed, story):
    url = link(story.grace, "mail")
    page = deployed.request("GET", url)
    assert (page.status, page.headers["Content-Type"][:9]) == (200, "text/html")
    assert WELCOME in page.body
    assert deployed.request("POST", url.replace("/m/mail/", "/m/unsubscribe/")).status == 404


def test_looking_at_the_unsubscribe_page_changes_nothing(deployed, story):
    page = deployed.request("GET", link(story.grace, "unsubscribe"))
    assert (page.status, '<form method="post">' in page.body) == (200, True)
    profiles = {each["attributes"]["email"]: each for each in deployed.items("PROFILE")}
    assert profiles[address(story.grace)].get("consent") != "declined"


def test_what_ses_tells_by_sns_is_recorded_at_the_step_it_is_about(deployed, heard):
    assert "opened_by_person" in deployed.enrolments()[heard["opened"]]["steps"]["welcome"]["f"]
    assert deployed.enrolments()[heard["bounced"]]["exit"] == "suppressed"


def test_the_reminder_goes_to_those_who_still_want_it_and_can_get_it(deployed, story, reminded):
    recipients = {address(mail) for mail in reminded}
    assert len(reminded) == len(recipients) == len(story.treated) - 2
    assert not recipients & {address(story.bouncer), address(story.leaver)}


def test_a_tick_that_comes_twice_sends_nothing_twice(deployed, reminded):
    before = len(deployed.mails())
    assert [deployed.tick("schedule-due") for _ in range(2)] == [{"queued": 0, "looks": 0}] * 2
    assert len(deployed.mails()) == before


def test_the_promised_gift_is_given_once_and_the_next_mail_shows_it(deployed, story, registered):
    [mail] = deployed.mails(address(story.grace), COLLECT)
    assert "Redeemable miles: 500" in mail["BodyText"]
    told = deployed.milepost("statement", address(story.grace), *PROGRAMME, "--json")
    [posting] = told.json["postings"]
    assert posting["amounts"] == {"redeemable": 500}
    assert len(deployed.items("POSTING")) == 1


def test_the_report_tells_the_lift_of_both_arms(deployed, story, registered):
    told = deployed.milepost("report", *PROGRAMME, "--json")
    assert told.status == 0, told.body
    journey = told.json["welcome"]
    assert journey["mails"] == {
        "welcome": len(story.treated),
        "reminder": len(story.treated) - 2,
        "collect": 1,
    }
    goal = journey["goals"]["account_registered"]
    assert (goal["treated"]["converted"], goal["treated"]["assigned"]) == (1, len(story.treated))
    assert (goal["control"]["converted"], goal["control"]["assigned"]) == (1, len(story.control))
    assert goal["verdict"] == "no difference shown"


def test_the_nightly_audit_logs_the_same_report(deployed, story, registered):
    """The rule would fire at three in the morning; the function is called as the rule calls it."""
    assert deployed.tick("schedule-audit") == {"claims_given_up": 0}
    reports = deployed.eventually(lambda: journey_reports(deployed), "the report is logged", 30)
    [report] = [told for told in reports if told["journey"] == "welcome"]
    assert report["sent"]["welcome"] == len(story.treated)
    assert set(report["goals"]) >= {"account_registered", "app_installed"}


def journey_reports(deployed):
    lines = (line for line in deployed.log_lines("schedule-audit") if line.startswith("{"))
    return [told for told in map(json.loads, lines) if told.get("message") == "journey report"]


def test_a_members_steps_are_explained_with_their_reasons(deployed, story, registered):
    told = deployed.milepost("explain", address(story.leaver), *PROGRAMME, "--json")
    assert told.status == 0, told.body
    [journey] = told.json["journeys"]
    assert journey["ended"] == "declined"
    assert [step["state"] for step in journey["steps"]][:2] == ["sent", "not sent"]


@pytest.mark.usefixtures("registered")
def test_everybody_is_judged_once_and_by_the_programme_that_is_deployed(deployed):
    another = deployed.milepost("rejudge", "--programme", "templates/airline-bonus")
    assert (another.status, "is not the one that is deployed" in another.body) == (1, True)
    members = len(deployed.items("PROFILE"))
    for _ in range(2):
        told = deployed.milepost("rejudge", *PROGRAMME, "--json")
        assert (told.status, told.json["members"]) == (0, members), told.body
    assert told.json["changed"] == 0


def test_the_doctor_finds_nothing_wrong_but_what_the_emulator_lacks(deployed):
    findings = deployed.milepost("doctor", *PROGRAMME, "--json").json
    faults = {each["check"] for each in findings if each["verdict"] == "fault"}
    assert faults == {"backups", "expiry", "DKIM"}


@pytest.mark.usefixtures("registered")
def test_the_status_is_that_it_works(deployed):
    told = deployed.milepost("status")
    assert (told.status, "it works" in told.body) == (0, True), told.body


def answer_to_sending(deployed, function):
    """Return what SES answers when somebody sends with the role of a function."""
    ses = deployed.client_of_role(function, "sesv2")
    mail = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
    try:
        ses.send_email(
            FromEmailAddress="vesper@mail.example.com",
            Destination={"ToAddresses": ["probe@example.com"]},
            ConfigurationSetName=STACK,
            Content=mail,
        )
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "sent"


def test_only_the_sender_is_let_send(deployed):
    """The emulator holds every call of a function to the policy of the function's role."""
    answers = {function: answer_to_sending(deployed, function) for function in FUNCTIONS}
    assert answers.pop("queue-sends") == "sent"
    assert set(answers.values()) == {"AccessDeniedException"}


@pytest.mark.usefixtures("registered")
def test_nothing_has_failed_and_nothing_was_set_aside(deployed):
    assert set(deployed.depths().values()) == {0}
    assert all(deployed.log_lines(function) for function in FUNCTIONS), "every function has run"
    assert not deployed.failures()


@pytest.mark.usefixtures("registered")
def test_destroying_keeps_the_members_and_deploying_again_takes_them_over(deployed):
    """Last, for the stage is another one afterwards."""
    before = {each["member_id"]: each for each in deployed.items("PROFILE")}
    destroyed = deployed.destroy()
    assert (destroyed.status, f"{STACK} is deleted" in destroyed.body) == (0, True)
    again = deployed.deploy()
    assert again.status == 0, again.body
    assert {each["member_id"]: each for each in deployed.items("PROFILE")} == before
