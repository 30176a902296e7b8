"""Each check finds what it is there to find, and says how to mend it."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from operations.stages import (
    KEY,
    OTHER_SECRET,
    RULE,
    SECRET,
    SENDER,
    STACK,
    THIRD_SECRET,
)
from programme.editing import Edited

from chalicelib.adapters.dynamodb import TTL_ATTRIBUTE
from chalicelib.commands.translate import translate
from chalicelib.operations.doctor import CHECKS, examine_stage
from chalicelib.operations.doctor_stack import templates
from chalicelib.operations.findings import Stage, Verdict, examine

OK, WARNING, FAULT = Verdict


def examined(ground):
    return list(examine_stage(ground.stage()))


def not_ok(ground):
    return [finding for finding in examined(ground) if finding.verdict is not OK]


def test_a_stage_in_order_has_no_finding_but_good_ones(ground):
    findings = examined(ground)
    assert [finding for finding in findings if finding.verdict is not OK] == []
    assert len(findings) >= len(CHECKS)


def set_queue(ground, logical_id, **attributes):
    ground.clients.sqs.set_queue_attributes(
        QueueUrl=ground.names[logical_id], Attributes=attributes
    )


def redrive(ground, letters="EventsDeadLetters", receives=5):
    target = ground.arn(ground.names[letters])
    policy = {"deadLetterTargetArn": target, "maxReceiveCount": receives}
    set_queue(ground, "EventsQueue", RedrivePolicy=json.dumps(policy))


def without_retention(ground):
    group = f"/aws/lambda/{STACK}-queue-sends"
    ground.clients.logs.delete_retention_policy(logGroupName=group)


def without(ground, *logical_ids):
    for logical_id in logical_ids:
        del ground.names[logical_id]
        ground.types.pop(logical_id, None)
    ground.describe()


def in_state(ground, status):
    ground.status = status
    ground.describe()


def set_recovery(ground, *, on):
    ground.clients.dynamodb.update_continuous_backups(
        TableName=STACK, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on}
    )


def set_expiry(ground, attribute):
    """Switch it off, then on for the attribute, which is all that moto lets one do."""
    off = {"Enabled": False, "AttributeName": TTL_ATTRIBUTE}
    ground.clients.dynamodb.update_time_to_live(TableName=STACK, TimeToLiveSpecification=off)
    if attribute:
        on = {"Enabled": True, "AttributeName": attribute}
        ground.clients.dynamodb.update_time_to_live(TableName=STACK, TimeToLiveSpecification=on)


def describe_table(ground, **more):
    told = ground.clients.dynamodb.describe_table(TableName=STACK)["Table"]
    ground.answers.give("dynamodb", "DescribeTable", {"Table": {**told, **more}})


def pending(ground):
    told = {"PendingConfirmation": "true", "RawMessageDelivery": "true"}
    ground.answers.give("sns", "GetSubscriptionAttributes", {"Attributes": told})


def wrapped(ground):
    ground.clients.sns.set_subscription_attributes(
        SubscriptionArn=ground.subscription,
        AttributeName="RawMessageDelivery",
        AttributeValue="false",
    )


def partners(ground, **secrets):
    ground.put("partner-secrets", json.dumps(secrets))


DKIM = {"SigningEnabled": True, "Status": "PENDING"}
UNSIGNED = {"SigningEnabled": False, "Status": "SUCCESS"}
NO_MAIL_FROM = {"MailFromDomain": ""}
PENDING_MAIL_FROM = {"MailFromDomain": f"bounce.{SENDER}", "MailFromDomainStatus": "PENDING"}

BROKEN = [
    (lambda g: g.forget_template(), WARNING, "templates", "1 of 16 that airline-bonus has here"),
    # The account.
    (lambda g: g.clock.advance(timedelta(minutes=10)), FAULT, "clock", "s apart"),
    (lambda g: g.clock.advance(timedelta(minutes=2)), WARNING, "clock", "s apart"),
    (lambda g: g.let_account_be(SendingEnabled=False), FAULT, "mail account", "paused"),
    (
        lambda g: g.let_account_be(EnforcementStatus="PROBATION"),
        FAULT,
        "mail account",
        "on PROBATION",
    ),
    (lambda g: g.let_account_be(ProductionAccessEnabled=False), WARNING, "sandbox", "verified"),
    (
        lambda g: g.let_account_be(rate=1.0),
        WARNING,
        "quota",
        "up to 14 mails a second, SES takes 1",
    ),
    (lambda g: g.let_account_be(sent=49_000.0), WARNING, "quota", "49,000 of the day's 50,000"),
    (lambda g: g.let_account_be(plan="ESSENTIALS"), WARNING, "pricing plan", "ESSENTIALS"),
    # The stack.
    (lambda g: in_state(g, "UPDATE_ROLLBACK_COMPLETE"), FAULT, "stack", "ended in UPDATE_ROLLB"),
    (lambda g: in_state(g, "UPDATE_IN_PROGRESS"), WARNING, "stack", "is UPDATE_IN_PROGRESS"),
    (
        lambda g: g.clients.dynamodb.update_table(TableName=STACK, DeletionProtectionEnabled=False),
        FAULT,
        "table",
        "can be deleted",
    ),
    (lambda g: describe_table(g, TableStatus="UPDATING"), WARNING, "table", "is UPDATING"),
    (lambda g: describe_table(g, GlobalSecondaryIndexes=[]), FAULT, "table", "is not there"),
    (lambda g: set_recovery(g, on=False), FAULT, "backups", "is off"),
    (lambda g: set_expiry(g, ""), FAULT, "expiry", "TTL is not on"),
    (lambda g: set_expiry(g, "deleted_at"), FAULT, "expiry", "TTL is not on"),
    (lambda g: redrive(g, "SendsDeadLetters"), FAULT, "queue events", "not set aside"),
    (lambda g: redrive(g, receives=3), FAULT, "queue events", "but after 3"),
    (
        lambda g: set_queue(g, "SendsQueue", VisibilityTimeout="359"),
        FAULT,
        "queue sends",
        "come back while",
    ),
    (lambda g: g.let_sources_be(state="Disabled"), FAULT, "source events", "only wait"),
    (lambda g: g.let_sources_be(types=()), FAULT, "source events", "are lost"),
    (lambda g: g.clients.events.disable_rule(Name=RULE), FAULT, "schedule", "is switched off"),
    (lambda g: without(g, "ScheduleDueEvent"), FAULT, "schedule", "there is none"),
    (without_retention, WARNING, "logs", "for ever"),
    (lambda g: g.let_alarms_be_heard(), WARNING, "alarms", "nobody hears"),
    (
        lambda g: g.let_alarms_be_heard("PendingConfirmation"),
        WARNING,
        "alarms",
        "not confirmed",
    ),
    (lambda g: without(g, "DeadLettersAlarm"), FAULT, "alarms", "there are none"),
    # Keys.
    (lambda g: g.put("partner-secrets", "{"), FAULT, "partner secrets", "is no JSON object"),
    (lambda g: g.put("partner-secrets", "[]"), FAULT, "partner secrets", "is no JSON object"),
    (lambda g: partners(g, crm=SECRET), FAULT, "partner secrets", "no list of secrets"),
    (partners, WARNING, "partner secrets", "no partner yet"),
    (lambda g: partners(g, crm=[]), WARNING, "partner secrets", "crm has none"),
    (lambda g: partners(g, crm=["whsec_short"]), FAULT, "partner secrets", "24 to 64 bytes"),
    (
        lambda g: partners(g, crm=[SECRET, OTHER_SECRET, THIRD_SECRET]),
        WARNING,
        "partner secrets",
        "crm has 3",
    ),
    (
        lambda g: g.put("token-keys", json.dumps({"k1": "short"})),
        FAULT,
        "token keys",
        "can be forged",
    ),
    (lambda g: g.put("token-keys", "{}"), FAULT, "token keys", "there is none"),
    (lambda g: g.put("identity-key", "short"), WARNING, "identity key", "less than 32 bytes"),
    (lambda g: g.put("base-url", "http://a.example", "String"), FAULT, "base URL", "not https"),
    (lambda g: g.put("base-url", "https://a.example/", "String"), FAULT, "base URL", "slash"),
    # The mails' way.
    (lambda g: g.let_identity_be(VerifiedForSendingStatus=False), FAULT, "sender", "not verified"),
    (lambda g: g.let_identity_be(DkimAttributes=DKIM), FAULT, "DKIM", "PENDING"),
    (lambda g: g.let_identity_be(DkimAttributes=UNSIGNED), FAULT, "DKIM", "switched off"),
    (lambda g: g.let_identity_be(MailFromAttributes=NO_MAIL_FROM), WARNING, "MAIL FROM", "SPF"),
    (
        lambda g: g.let_identity_be(MailFromAttributes=PENDING_MAIL_FROM),
        WARNING,
        "MAIL FROM",
        "is PENDING",
    ),
    (
        lambda g: g.let_configuration_set_be(sending=False),
        FAULT,
        "configuration set",
        "switched off",
    ),
    (
        lambda g: g.let_configuration_set_be(counting=False),
        WARNING,
        "configuration set",
        "counts neither",
    ),
    (lambda g: g.let_feedback_be("DELIVERY", "BOUNCE"), FAULT, "feedback", "of complaint:"),
    (lambda g: g.let_feedback_be("COMPLAINT", "BOUNCE"), WARNING, "feedback", "click, delivery"),
    (
        lambda g: g.let_feedback_be("COMPLAINT", "BOUNCE", enabled=False),
        FAULT,
        "feedback",
        "bounce, complaint",
    ),
    (
        lambda g: g.let_feedback_be("COMPLAINT", "BOUNCE", topic="arn:aws:sns:a:b:other"),
        FAULT,
        "feedback",
        "bounce, complaint",
    ),
    (
        lambda g: g.clients.sns.unsubscribe(SubscriptionArn=g.subscription),
        FAULT,
        "subscription",
        "does not hear",
    ),
    (pending, FAULT, "subscription", "not confirmed"),
    (wrapped, WARNING, "subscription", "wraps"),
    (
        lambda g: g.let_queue_admit("arn:aws:sns:a:b:other"),
        FAULT,
        "subscription",
        "does not let the topic in",
    ),
]


def kind(check):
    """Return the check's name without that of the queue that it was about."""
    return check.split()[0] if check.startswith(("queue ", "source ")) else check


@pytest.mark.parametrize(
    ("put_out_of_order", "verdict", "check", "what"),
    BROKEN,
    ids=[f"{b[2]}: {b[3]}" for b in BROKEN],
)
def test_what_is_wrong_is_found_by_its_check_alone(ground, put_out_of_order, verdict, check, what):
    put_out_of_order(ground)
    findings = not_ok(ground)
    assert {(finding.verdict, kind(finding.check)) for finding in findings} == {
        (verdict, kind(check))
    }
    found = next(finding for finding in findings if finding.check == check)
    assert what in found.what
    assert found.cure


def test_every_check_is_shown_to_fail_somewhere_here():
    """``credentials`` and ``programme`` have tests of their own."""
    names = {kind(check.__name__.replace("_", " ").removesuffix("s")) for check in CHECKS}
    shown = {kind(check).removesuffix("s").lower() for _, _, check, _ in BROKEN}
    assert names - shown == {"credential", "programme"}


def test_one_secret_of_two_partners_is_a_fault_of_both(ground):
    partners(ground, crm=[SECRET, OTHER_SECRET], shop=[SECRET])
    assert [finding.what for finding in not_ok(ground)] == [
        "crm shares one with another partner",
        "shop shares one with another partner",
    ]


def test_no_secret_is_ever_told(ground):
    for value in ({"crm": [SECRET, "whsec_x"], "shop": [SECRET]}, ["whsec_x"], {"crm": SECRET}):
        ground.put("partner-secrets", json.dumps(value))
        ground.put("token-keys", json.dumps({"k1": KEY[:9]}))
        told = str(examined(ground))
        assert SECRET not in told
        assert "whsec_x" not in told
        assert KEY[:9] not in told


def test_without_credentials_nothing_else_is_looked_at(ground):
    ground.answers.give("sts", "GetCallerIdentity", "ExpiredToken")
    [finding] = examined(ground)
    assert (finding.verdict, finding.check) == (FAULT, "credentials")
    assert "aws sso login" in finding.cure


def test_before_anything_is_deployed_the_account_is_looked_at_and_the_stack_is_missing_once(ground):
    ground.answers.give("cloudformation", "DescribeStacks", "ValidationError: does not exist")
    findings = examined(ground)
    assert [f.check for f in findings if f.verdict is FAULT] == ["deployed"]
    assert {"clock", "sandbox", "mail account"} <= {finding.check for finding in findings}


def test_what_may_not_be_looked_at_is_a_warning_that_names_the_permission(ground):
    ground.answers.give("dynamodb", "DescribeTable", "AccessDeniedException")
    [finding] = not_ok(ground)
    assert (finding.verdict, finding.check) == (WARNING, "table")
    assert "DescribeTable" in finding.cure


def test_what_is_gone_is_a_fault_that_says_to_deploy(ground):
    ground.clients.dynamodb.update_table(TableName=STACK, DeletionProtectionEnabled=False)
    ground.clients.dynamodb.delete_table(TableName=STACK)
    assert {(f.verdict, f.check) for f in not_ok(ground)} == {
        (FAULT, "table"),
        (FAULT, "backups"),
        (FAULT, "expiry"),
        (FAULT, "templates"),
    }


def test_a_missing_parameter_is_told_by_its_name(ground):
    ground.clients.ssm.delete_parameter(Name="/milepost/test/token-keys")
    [finding] = not_ok(ground)
    assert finding.what == "/milepost/test/token-keys is not there"
    assert "make deploy STAGE=test" in finding.cure


def test_a_secret_in_the_clear_is_a_fault(ground):
    ground.clients.ssm.delete_parameter(Name="/milepost/test/identity-key")
    ground.put("identity-key", KEY, "String")
    [finding] = not_ok(ground)
    assert (finding.verdict, finding.check) == (FAULT, "identity key")


def test_a_sender_whom_ses_does_not_know_is_told_with_the_address(ground):
    ground.answers.give("sesv2", "GetEmailIdentity", "NotFoundException")
    findings = not_ok(ground)
    assert {finding.check for finding in findings} == {"sender", "dkim", "mail from"}
    assert all("SES has no identity for" in finding.what for finding in findings)


def test_a_programme_that_is_not_in_this_checkout_is_told_with_the_way_out(ground):
    ground.let_functions_be(MILEPOST_PROGRAMME="templates/elsewhere")
    [finding] = [finding for finding in not_ok(ground) if finding.check == "programme"]
    assert "templates/elsewhere" in finding.what
    assert "--programme" in finding.cure


def templates_of(ground, folder):
    return examined_of(ground, folder, [templates])


def examined_of(ground, folder, checks):
    return list(examine(Stage("test", ground.clients, ground.clock, folder), checks))


def test_a_language_that_no_member_gets_yet_is_no_template_to_keep(ground, tmp_path):
    """A package has no such language; the checkout is still what is deployed."""
    folder = Edited(tmp_path / "airline-bonus").folder
    begun = CliRunner().invoke(translate, [str(folder), "--new", "de"])
    assert begun.exit_code == 0, begun.output
    [finding] = templates_of(ground, folder)
    assert finding.verdict is OK, finding


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("programme.yaml", "consent: opt_out", "consent: maybe"),
        ("mails/app/body.txt", "{{", "{% fi %}{{"),
        ("mails/app/mail.yaml", "subject:", "subjec:"),
    ],
)
def test_a_checkout_that_can_not_be_read_is_a_fault(ground, tmp_path, file, old, new):
    folder = Edited(tmp_path / "airline-bonus").replace(old, new, file).folder
    [finding] = templates_of(ground, folder)
    assert (finding.verdict, finding.check) == (FAULT, "templates")
    assert file in finding.what
    assert finding.cure == f"See all of it: milepost lint {folder}"
    assert len(examined_of(ground, folder, CHECKS)) >= len(CHECKS)


def test_functions_that_are_set_up_wrongly_are_told_by_the_variable(ground):
    ground.let_functions_be(MILEPOST_DUE_SHARDS="many")
    assert any("MILEPOST_DUE_SHARDS is 'many'" in finding.what for finding in not_ok(ground))


def test_alarms_are_counted(ground):
    [finding] = [finding for finding in examined(ground) if finding.check == "alarms"]
    assert finding.what == "1 alarm, heard by 1"
