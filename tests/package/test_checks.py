"""Every rule refuses what it is there for, alone, and says where and how to mend it."""

import copy
from dataclasses import replace

import pytest

from chalicelib.programme.compiled import digest_of
from chalicelib.programme.loader import load_programme
from infra.checks import RULES, alarms, api, archive, functions, policies, problems, queues
from infra.checks import table as table_rules
from infra.checks import template as template_rules
from infra.checks.built import Entry, entry_of
from infra.functions import FUNCTIONS
from infra.stage import ROOT, read_stage


def properties(resources, logical_id):
    return resources[logical_id]["Properties"]


def source(resources):
    return properties(resources, "QueueSends")["Events"]["QueueSendsSqsEventSource"]["Properties"]


def schedule(resources):
    return properties(resources, "ScheduleDue")["Events"]["ScheduleDueEvent"]["Properties"]


def statements(resources, role):
    [policy] = properties(resources, role)["Policies"]
    return policy["PolicyDocument"]["Statement"]


def statement(resources, role, action):
    [found] = [each for each in statements(resources, role) if action in each["Action"]]
    return found


def variables(resources, function="QueueEvents"):
    return properties(resources, function)["Environment"]["Variables"]


def without(logical_id, *names):
    """Return a change that takes a property away."""

    def change(resources):
        place = properties(resources, logical_id)
        for name in names[:-1]:
            place = place[name]
        del place[names[-1]]

    return change


def setting(logical_id, **values):
    """Return a change that gives properties other values."""
    return lambda resources: properties(resources, logical_id).update(copy.deepcopy(values))


def said(place, **values):
    return lambda resources: place(resources).update(values)


BROKEN = [
    # The template as a whole
    (
        template_rules.every_resource_is_typed,
        lambda r: r.update(QueueSend={"Properties": {"Timeout": 3}}),
        "QueueSend: nothing of that name is made by Chalice",
    ),
    (
        template_rules.every_resource_is_typed,
        lambda r: properties(r, "QueueSends")["Events"].update(QueueSendsSource={"Properties": {}}),
        "QueueSends.Events.QueueSendsSource: Chalice makes no event source",
    ),
    (
        template_rules.intrinsic_functions_stand_alone,
        lambda r: source(r)["Queue"].update({"Fn::GetAtt": ["SendsQueue", "Arn"]}),
        "has company: Fn::GetAtt, Fn::Sub",
    ),
    (
        template_rules.references_lead_somewhere,
        said(variables, MILEPOST_CONFIGURATION_SET={"Ref": "Nowhere"}),
        "there is no Nowhere",
    ),
    (
        template_rules.references_lead_somewhere,
        setting("BaseUrlParameter", Value={"Fn::Sub": "https://${RestAPIs}/${AWS::Region}"}),
        "there is no RestAPIs",
    ),
    # Functions
    (
        functions.functions_run_where_they_were_built_for,
        setting("QueueSends", Architectures=["x86_64"]),
        "QueueSends.Architectures: it is ['x86_64'], and the package is made for ['arm64']",
    ),
    (
        functions.functions_run_where_they_were_built_for,
        setting("QueueSends", Runtime="python3.9"),
        "QueueSends.Runtime",
    ),
    (
        functions.functions_run_where_they_were_built_for,
        setting("APIHandler", CodeUri="./layer.zip"),
        "APIHandler.CodeUri",
    ),
    (
        functions.functions_are_traced,
        setting("ScheduleDue", Tracing="PassThrough"),
        "ScheduleDue.Tracing: it is PassThrough, and was to be Active",
    ),
    (functions.functions_are_bounded, without("QueueFeedback", "Timeout"), "QueueFeedback.Timeout"),
    (
        functions.functions_are_told_all_settings,
        without("QueueEvents", "Environment", "Variables", "MILEPOST_SENDS_QUEUE_URL"),
        "QueueEvents.Environment: MILEPOST_SENDS_QUEUE_URL is not set",
    ),
    (
        functions.functions_are_told_all_settings,
        said(variables, MILEPOST_PARAMETERS=""),
        "QueueEvents.Environment: MILEPOST_PARAMETERS is not set",
    ),
    (
        functions.functions_are_told_all_settings,
        said(variables, MILEPOST_TABEL="members"),
        "MILEPOST_TABEL is read by nobody",
    ),
    (
        functions.secrets_are_not_in_the_template,
        said(variables, MILEPOST_IDENTITY_KEY="secret"),
        "MILEPOST_IDENTITY_KEY stands in the template",
    ),
    (
        functions.logs_are_kept_for_a_time,
        without("QueueSendsLog", "RetentionInDays"),
        "QueueSendsLog.RetentionInDays",
    ),
    (
        functions.logs_are_kept_for_a_time,
        without("QueueSends", "LoggingConfig"),
        "QueueSends.LoggingConfig",
    ),
    # Queues and schedules
    (
        queues.batches_fail_in_part,
        lambda r: source(r).pop("FunctionResponseTypes"),
        "failed messages would be deleted",
    ),
    (
        queues.batches_fail_in_part,
        said(source, FunctionResponseTypes=[]),
        "QueueSends.Events.QueueSendsSqsEventSource",
    ),
    (
        queues.sources_are_queues_of_the_template,
        said(source, Queue={"Fn::Sub": "arn:aws:sqs:${AWS::Region}:1:milepost-sends"}),
        "QueueSends.Events.QueueSendsSqsEventSource.Queue: it reads",
    ),
    (
        queues.queues_set_aside_what_fails,
        without("SendsQueue", "RedrivePolicy"),
        "SendsQueue.RedrivePolicy: what always fails would come back",
    ),
    (
        queues.queues_set_aside_what_fails,
        without("EventsQueue", "RedrivePolicy", "maxReceiveCount"),
        "EventsQueue.RedrivePolicy",
    ),
    (
        queues.queues_set_aside_what_fails,
        without("FeedbackDeadLetters", "MessageRetentionPeriod"),
        "FeedbackQueue.MessageRetentionPeriod",
    ),
    (
        queues.messages_stay_hidden_while_they_are_handled,
        setting("SendsQueue", VisibilityTimeout=719),
        "SendsQueue.VisibilityTimeout: 719 seconds is under 6 times the timeout of QueueSends",
    ),
    (
        queues.messages_stay_hidden_while_they_are_handled,
        without("FeedbackQueue", "VisibilityTimeout"),
        "FeedbackQueue.VisibilityTimeout: 30 seconds",
    ),
    (
        queues.queues_are_encrypted,
        without("EventsDeadLetters", "SqsManagedSseEnabled"),
        "EventsDeadLetters.SqsManagedSseEnabled",
    ),
    (
        queues.failed_ticks_are_set_aside,
        lambda r: schedule(r).pop("DeadLetterConfig"),
        "ScheduleDue.Events.ScheduleDueEvent.DeadLetterConfig",
    ),
    (
        queues.failed_ticks_are_set_aside,
        without("ScheduleAudit", "DeadLetterQueue"),
        "ScheduleAudit.DeadLetterQueue",
    ),
    # Policies
    (
        policies.every_function_has_a_role_of_its_own,
        setting("QueueFeedback", Role={"Fn::GetAtt": ["QueueEventsRole", "Arn"]}),
        "QueueEventsRole serves 2 functions",
    ),
    (
        policies.every_function_has_a_role_of_its_own,
        setting("QueueFeedback", Role="arn:aws:iam::123456789012:role/admin"),
        "QueueFeedback.Role: it is no role of this template",
    ),
    (
        policies.every_role_has_one_policy_of_its_own,
        setting("QueueEventsRole", ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
        "QueueEventsRole: it has 1 policies of its own and 1 of others",
    ),
    (
        policies.every_role_has_one_policy_of_its_own,
        setting("QueueEventsRole", Policies=[]),
        "QueueEventsRole: it has 0 policies",
    ),
    (
        policies.roles_are_for_lambda_alone,
        lambda r: properties(r, "QueueSendsRole")["AssumeRolePolicyDocument"]["Statement"].append(
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        ),
        "QueueSendsRole: others than Lambda may take it",
    ),
    (
        policies.policies_are_exact,
        lambda r: statement(r, "QueueEventsRole", "dynamodb:PutItem").update(Action="dynamodb:*"),
        "QueueEventsRole: dynamodb:* is more than one action",
    ),
    (
        policies.policies_are_exact,
        lambda r: statement(r, "QueueEventsRole", "dynamodb:PutItem").update(Resource="*"),
        "dynamodb:PutItem is allowed on everything",
    ),
    (
        policies.policies_are_exact,
        lambda r: statement(r, "ScheduleDueRole", "dynamodb:Query").update(
            Resource={"Fn::Sub": "${Table.Arn}/index/*"}
        ),
        "dynamodb:Query is allowed on everything",
    ),
    (
        policies.policies_are_exact,
        lambda r: statement(r, "QueueSendsRole", "ses:SendEmail").pop("Condition"),
        "QueueSendsRole: ses:SendEmail is allowed on everything",
    ),
    (
        policies.policies_are_exact,
        lambda r: statements(r, "QueueEventsRole").append(
            {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::bucket"}
        ),
        "QueueEventsRole: a statement allows by exclusion",
    ),
    (
        policies.one_function_sends_mail,
        lambda r: statements(r, "QueueFeedbackRole").append(
            statement(r, "QueueSendsRole", "ses:SendEmail")
        ),
        "QueueFeedbackRole: it may do ses:SendEmail, ses:SendRawEmail",
    ),
    # The table
    (
        table_rules.tables_are_kept_safe,
        without("Table", "PointInTimeRecoverySpecification"),
        "Table.PointInTimeRecoverySpecification",
    ),
    (
        table_rules.tables_are_kept_safe,
        setting("Table", DeletionProtectionEnabled=False),
        "Table.DeletionProtectionEnabled: one call would delete all members",
    ),
    (
        table_rules.tables_are_kept_safe,
        setting("Table", TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True}),
        "Table.TimeToLiveSpecification",
    ),
    (
        table_rules.tables_are_kept_safe,
        without("Table", "SSESpecification"),
        "Table.SSESpecification",
    ),
    (table_rules.tables_are_kept_safe, without("Table", "BillingMode"), "Table.BillingMode"),
    (
        table_rules.tables_outlive_the_stack,
        lambda r: r["Table"].pop("DeletionPolicy"),
        "Table.DeletionPolicy: the table would go with the stack",
    ),
    # The API
    (
        api.apis_are_regional,
        setting("RestAPI", EndpointConfiguration="EDGE"),
        "RestAPI.EndpointConfiguration",
    ),
    (api.apis_are_traced, without("RestAPI", "TracingEnabled"), "RestAPI.TracingEnabled"),
    (api.apis_are_bounded, without("RestAPI", "MethodSettings"), "RestAPI.MethodSettings"),
    (
        api.access_logs_tell_nothing_of_a_member,
        without("RestAPI", "AccessLogSetting", "DestinationArn"),
        "nobody sees who was answered what",
    ),
    (
        api.access_logs_tell_nothing_of_a_member,
        lambda r: properties(r, "RestAPI")["AccessLogSetting"].update(Format="$context.path"),
        "$context.path holds a member's token or address",
    ),
    # Alarms
    (
        alarms.what_can_fail_has_an_alarm,
        lambda r: r.pop("SendsDeadLettersAlarm"),
        "SendsDeadLetters: nobody hears of its ApproximateNumberOfMessagesVisible",
    ),
    (
        alarms.what_can_fail_has_an_alarm,
        lambda r: r.pop("QueueSendsErrors"),
        "QueueSends: nobody hears of its Errors",
    ),
    (
        alarms.what_can_fail_has_an_alarm,
        lambda r: r.pop("FeedbackQueueAge"),
        "FeedbackQueue: nobody hears of its ApproximateAgeOfOldestMessage",
    ),
    (
        alarms.alarms_are_heard_and_say_what_to_do,
        setting("OldestDue", AlarmActions=[]),
        "OldestDue.AlarmActions: nobody hears of it",
    ),
    (
        alarms.alarms_are_heard_and_say_what_to_do,
        setting("BounceRate", AlarmDescription="Many mails bounce"),
        "BounceRate.AlarmDescription",
    ),
]

BROKEN_ARCHIVES = [
    (
        archive.the_application_is_in,
        lambda entries: entries.pop("chalicelib/handlers/queue_sends.py"),
        "chalicelib/handlers/queue_sends.py: it is not in the zip",
    ),
    (
        archive.the_programmes_are_in,
        lambda entries: [
            entries.pop(name) for name in list(entries) if name.startswith("templates/")
        ],
        "templates/airline-bonus: the programme is not in the zip",
    ),
    (
        archive.every_file_has_its_reason,
        lambda entries: entries.update({"boto3/__init__.py": Entry(10)}),
        "boto3/__init__.py: nothing in the package needs it",
    ),
    (
        archive.every_file_has_its_reason,
        lambda entries: entries.update({".env": Entry(10)}),
        ".env: nothing in the package needs it",
    ),
    (
        archive.nothing_of_development_is_in,
        lambda entries: entries.update({"chalicelib/world/demo.py": Entry(10)}),
        "chalicelib/world/demo.py: no function needs it",
    ),
    (
        archive.nothing_of_development_is_in,
        lambda entries: entries.update({"chalicelib/commands/lint.py": Entry(10)}),
        "chalicelib/commands/lint.py",
    ),
    (
        archive.libraries_are_for_the_machine,
        lambda entries: entries.update({a_library(entries): Entry(10, "x86_64")}),
        "it is for x86_64, and the functions run on arm64",
    ),
]

OTHERWISE_BUILT = [
    (
        archive.the_programmes_are_in,
        lambda built: {"programmes": built.programmes | {"templates/hotel"}},
        "templates/hotel: the programme is not in the zip",
    ),
    (
        archive.the_requirements_are_in_and_no_others,
        lambda built: {"requirements": built.requirements | {"greenletter==1.0"}},
        "greenletter==1.0: it is not in the zip",
    ),
    (
        archive.the_requirements_are_in_and_no_others,
        lambda built: {"recorded": {**built.recorded, "moto==5.2.5": frozenset()}},
        "moto==5.2.5: it is in the zip and not required",
    ),
    (
        archive.the_zip_is_small,
        lambda _: {"zip_bytes": archive.MOST_BYTES + 1},
        "deployment.zip: it has 12,000,001 bytes, over 12,000,000",
    ),
]


def a_library(entries):
    return next(name for name, entry in entries.items() if entry.machine)


def refusals(built):
    """Return what each rule says that says anything."""
    told = {rule: list(map(str, rule(built))) for rule in RULES}
    return {rule: said for rule, said in told.items() if said}


def test_a_package_for_production_keeps_every_rule(built):
    assert problems(built) == []


@pytest.mark.parametrize(("rule", "change", "expected"), BROKEN)
def test_a_broken_template_is_refused_by_the_rule_that_it_breaks_alone(
    built, rule, change, expected
):
    template = copy.deepcopy(built.template)
    change(template["Resources"])
    [(refusing, said)] = refusals(replace(built, template=template)).items()
    assert refusing is rule
    assert any(expected in line for line in said), said
    assert [str(problem) for problem in problems(replace(built, template=template))] == said


@pytest.mark.parametrize(("rule", "change", "expected"), BROKEN_ARCHIVES)
def test_a_broken_zip_is_refused_by_the_rule_that_it_breaks_alone(built, rule, change, expected):
    entries = dict(built.entries)
    change(entries)
    [(refusing, said)] = refusals(replace(built, entries=entries)).items()
    assert refusing is rule
    assert any(expected in line for line in said), said


@pytest.mark.parametrize(("rule", "change", "expected"), OTHERWISE_BUILT)
def test_a_package_that_is_not_what_was_asked_for_is_refused(built, rule, change, expected):
    [(refusing, said)] = refusals(replace(built, **change(built))).items()
    assert refusing is rule
    assert any(expected in line for line in said), said


def test_a_library_for_another_python_is_refused(built):
    other = replace(built, python="python3.99")
    [said] = list(archive.libraries_are_for_the_machine(other))[:1]
    assert "it is for another Python than python3.99" in str(said)


def test_functions_are_not_told_of_a_programme_that_is_not_packaged(built):
    template = copy.deepcopy(built.template)
    variables(template["Resources"])["MILEPOST_PROGRAMME"] = "templates/hotel"
    [said] = problems(replace(built, template=template))
    assert str(said).startswith("templates/hotel: functions are told of it")


def test_every_rule_is_broken_here():
    assert {rule for rule, *_ in (*BROKEN, *BROKEN_ARCHIVES, *OTHERWISE_BUILT)} == set(RULES)


@pytest.mark.parametrize(
    ("head", "machine"),
    [
        (b"\x7fELF" + bytes(14) + b"\xb7\x00", "arm64"),
        (b"\x7fELF" + bytes(14) + b"\x3e\x00", "x86_64"),
        (b"\x7fELF" + bytes(14) + b"\x03\x00", "machine 3"),
        (b"import os", ""),
    ],
)
def test_a_library_tells_what_it_runs_on(head, machine):
    assert entry_of(head) == Entry(len(head), machine)


def test_every_function_is_told_the_digest_of_the_programme_that_it_has(built):
    programme = load_programme(ROOT / read_stage("production").programme)
    told = {
        properties(built.resources, function.logical_id)["Environment"]["Variables"][
            "MILEPOST_PROGRAMME_DIGEST"
        ]
        for function in FUNCTIONS
    }
    assert told == {digest_of(programme)}
