"""A deployed stage as moto plays it, with everything in order, and ways to put it out of order."""

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace

from functional.worlds import FOLDER, load_templates, shipped_programme

from chalicelib.adapters.clock import VirtualClock
from chalicelib.adapters.dynamodb import create_table
from chalicelib.adapters.dynamodb_batches import Batches
from chalicelib.adapters.template_items import template_item
from chalicelib.adapters.wire import to_wire
from chalicelib.domain.arms import Arm
from chalicelib.domain.enrolment import Enrolment
from chalicelib.operations.clients import AwsClients
from chalicelib.operations.findings import Stage
from chalicelib.usecases.current_templates import CurrentTemplates

STAGE = "test"
STACK = f"milepost-{STAGE}"
REGION = "eu-central-1"
ACCOUNT = "123456789012"
SECRET, OTHER_SECRET, THIRD_SECRET = (
    "whsec_dGhlIHNlY3JldCBvZiBhIHRlc3QncyBwYXJ0bmVyIQ==",
    "whsec_YW5vdGhlciBzZWNyZXQgb2YgYSB0ZXN0J3MgcGFydG5lcg==",
    "whsec_YSB0aGlyZCBzZWNyZXQgb2YgYSB0ZXN0J3MgcGFydG5lcg==",
)
KEY = "a-key-of-the-tests-that-protects-nothing"
PARAMETERS = f"/milepost/{STAGE}"
QUEUES = ("events", "sends", "feedback")
ALARM = f"{STACK}-dead-letters"
RULE = f"{STACK}-schedule-due"
SENDER = "mail.example.com"


class Answers:
    """Answers to calls of which moto knows too little, by service and operation."""

    def __init__(self, clients):
        self._clients = clients
        self._given = {}
        self._undo = ExitStack()

    def give(self, service, operation, answer):
        """Let the operation answer this: a dict, the code of an error, or a function of the call.

        The function is given the request; what it does not answer, moto does.
        """
        known = (service, operation) in self._given
        self._given[service, operation] = answer
        if not known:
            self._listen(service, operation)

    def close(self):
        self._undo.close()

    def _listen(self, service, operation):
        client = getattr(self._clients, service)
        event = f"before-call.{client.meta.service_model.service_name}.{operation}"

        def reply(params, **_):
            answer = self._given[service, operation]
            told = answer(params) if callable(answer) else answer
            if told is None:
                return None
            if isinstance(told, dict):
                return SimpleNamespace(status_code=200), told
            error = {"Error": {"Code": told, "Message": f"{told}, so says the test"}}
            return SimpleNamespace(status_code=400), {**error, "ResponseMetadata": {}}

        client.meta.events.register(event, reply)
        self._undo.callback(client.meta.events.unregister, event, reply)


@cache
def shipped_templates():
    """The shipped programme's templates, as items."""
    current = CurrentTemplates(shipped_programme(FOLDER), load_templates(FOLDER))
    return [to_wire(template_item(each)) for each in current.every()]


class Ground:
    """The stage's resources, by the logical ids that the template gives them."""

    def __init__(self, clients: AwsClients):
        self.clients = clients
        self.answers = Answers(clients)
        self.clock = VirtualClock(datetime.now(UTC))
        self.names: dict[str, str] = {}
        self.types: dict[str, str] = {}
        self.status = "UPDATE_COMPLETE"

    def stage(self) -> Stage:
        return Stage(STAGE, self.clients, self.clock)

    def build(self):
        self._build_table()
        for name in QUEUES:
            self._build_queue(name)
        self._build_queue("schedule", only_letters=True)
        for name in QUEUES:
            self._build_function(name)
        self._build_feedback()
        self._build_alarms()
        self._build_mail()
        self.put("partner-secrets", json.dumps({"crm": [SECRET]}))
        self.put("token-keys", json.dumps({"k1": KEY}))
        self.put("identity-key", KEY)
        self.put("base-url", "https://miles.example.com", "String")
        self.keep_templates()
        self.describe()

    def keep_templates(self):
        """Keep them in one call: ``keep_templates`` of a deployment makes two for each."""
        Batches(self.clients.dynamodb, STACK).put_all(shipped_templates())

    def forget_template(self):
        [item, *_] = self.clients.dynamodb.scan(
            TableName=STACK,
            FilterExpression="#type = :type",
            ExpressionAttributeNames={"#type": "type"},
            ExpressionAttributeValues={":type": {"S": "TEMPLATE"}},
        )["Items"]
        self.clients.dynamodb.delete_item(TableName=STACK, Key={"PK": item["PK"], "SK": item["SK"]})

    def describe(self):
        """Let CloudFormation tell of the stack."""
        summaries = [
            {
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": name,
                "ResourceType": self.types.get(logical_id, "AWS::Any::Thing"),
                "ResourceStatus": "CREATE_COMPLETE",
            }
            for logical_id, name in self.names.items()
        ]
        stack = {"StackName": STACK, "StackStatus": self.status, "Outputs": []}
        self.answers.give("cloudformation", "DescribeStacks", {"Stacks": [stack]})
        listed = {"StackResourceSummaries": summaries}
        self.answers.give("cloudformation", "ListStackResources", listed)

    def put(self, name, value, type_="SecureString"):
        self.clients.ssm.put_parameter(
            Name=f"{PARAMETERS}/{name}", Value=value, Type=type_, Overwrite=True
        )

    def environment(self, **more):
        return {
            "MILEPOST_TABLE": STACK,
            "MILEPOST_EVENTS_QUEUE_URL": self.names["EventsQueue"],
            "MILEPOST_EVENTS_DEAD_LETTERS_URL": self.names["EventsDeadLetters"],
            "MILEPOST_SENDS_QUEUE_URL": self.names["SendsQueue"],
            "MILEPOST_SENDS_DEAD_LETTERS_URL": self.names["SendsDeadLetters"],
            "MILEPOST_FEEDBACK_QUEUE_URL": self.names["FeedbackQueue"],
            "MILEPOST_FEEDBACK_DEAD_LETTERS_URL": self.names["FeedbackDeadLetters"],
            "MILEPOST_CONFIGURATION_SET": STACK,
            "MILEPOST_PARAMETERS": PARAMETERS,
            "MILEPOST_DUE_SHARDS": "2",
            "MILEPOST_SENDS_PER_SECOND": "14",
            **more,
        }

    def _build_table(self):
        dynamodb = self.clients.dynamodb
        create_table(dynamodb, STACK)
        dynamodb.update_table(TableName=STACK, DeletionProtectionEnabled=True)
        recovery = {"PointInTimeRecoveryEnabled": True}
        dynamodb.update_continuous_backups(
            TableName=STACK, PointInTimeRecoverySpecification=recovery
        )
        self.names["Table"] = STACK

    def _build_queue(self, name, *, only_letters=False):
        sqs, title = self.clients.sqs, name.title()
        letters = sqs.create_queue(QueueName=f"{STACK}-{name}-dead-letters")["QueueUrl"]
        self.names[f"{title}DeadLetters"] = letters
        if only_letters:
            return
        redrive = {"deadLetterTargetArn": self.arn(letters), "maxReceiveCount": 5}
        attributes = {"VisibilityTimeout": "360", "RedrivePolicy": json.dumps(redrive)}
        queue = sqs.create_queue(QueueName=f"{STACK}-{name}", Attributes=attributes)["QueueUrl"]
        self.names[f"{title}Queue"] = queue

    def arn(self, queue_url):
        told = self.clients.sqs.get_queue_attributes(
            QueueUrl=queue_url, AttributeNames=["QueueArn"]
        )
        return told["Attributes"]["QueueArn"]

    def _build_function(self, name):
        """Functions are only described: moto would want a role and a zip file."""
        logical_id = f"Queue{name.title()}"
        self.names[logical_id] = f"{STACK}-queue-{name}"
        self.let_functions_be(timeout=60)
        self.let_sources_be()
        group = f"/aws/lambda/{STACK}-queue-{name}"
        self.clients.logs.create_log_group(logGroupName=group)
        self.clients.logs.put_retention_policy(logGroupName=group, retentionInDays=30)

    def let_functions_be(self, *, timeout=60, **environment):
        told = {"Timeout": timeout, "Environment": {"Variables": self.environment(**environment)}}
        self.answers.give("functions", "GetFunctionConfiguration", told)

    def let_sources_be(self, state="Enabled", types=("ReportBatchItemFailures",)):
        mapping = {"State": state, "FunctionResponseTypes": list(types)}
        self.answers.give(
            "functions", "ListEventSourceMappings", {"EventSourceMappings": [mapping]}
        )

    def _build_feedback(self):
        sns, queue = self.clients.sns, self.names["FeedbackQueue"]
        topic = sns.create_topic(Name=f"{STACK}-feedback")["TopicArn"]
        self.names["FeedbackTopic"] = topic
        self.subscription = sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=self.arn(queue),
            Attributes={"RawMessageDelivery": "true"},
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        self.let_queue_admit(topic)

    def let_queue_admit(self, topic):
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": self.arn(self.names["FeedbackQueue"]),
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.clients.sqs.set_queue_attributes(
            QueueUrl=self.names["FeedbackQueue"], Attributes={"Policy": policy}
        )

    def _build_alarms(self):
        topic = self.clients.sns.create_topic(Name=f"{STACK}-alarms")["TopicArn"]
        self.names["AlarmTopic"] = topic
        self.let_alarms_be_heard(f"{topic}:1")
        self.clients.cloudwatch.put_metric_alarm(
            AlarmName=ALARM,
            AlarmDescription="Look at the dead letters.",
            Namespace="AWS/SQS",
            MetricName="ApproximateNumberOfMessagesVisible",
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
        )
        self.clients.events.put_rule(Name=RULE, ScheduleExpression="rate(1 minute)")
        self.names |= {"DeadLettersAlarm": ALARM, "ScheduleDueEvent": RULE}
        self.types["DeadLettersAlarm"] = "AWS::CloudWatch::Alarm"
        self.types["ScheduleDueEvent"] = "AWS::Events::Rule"

    def let_alarms_be_heard(self, *subscriptions):
        """Say who has subscribed to the topic of the alarms; the feedback's stays as it is."""
        topic = self.names["AlarmTopic"]
        heard = [
            {"SubscriptionArn": each, "Protocol": "email", "Endpoint": "ops@example.com"}
            for each in subscriptions
        ]

        def answer(request):
            ours = topic.rpartition(":")[2] in str(request["body"])
            return {"Subscriptions": heard} if ours else None

        self.answers.give("sns", "ListSubscriptionsByTopic", answer)

    def _build_mail(self):
        self.let_account_be()
        self.let_identity_be()
        self.let_configuration_set_be()
        self.let_feedback_be(
            "BOUNCE", "COMPLAINT", "CLICK", "DELIVERY", "DELIVERY_DELAY", "OPEN", "REJECT"
        )

    def let_account_be(self, *, sent=100.0, most=50_000.0, rate=14.0, plan="NONE", **more):
        quota = {"Max24HourSend": most, "MaxSendRate": rate, "SentLast24Hours": sent}
        account = {
            "EnforcementStatus": "HEALTHY",
            "SendingEnabled": True,
            "ProductionAccessEnabled": True,
            "SendQuota": quota,
            "PricingAttributes": {"CurrentPlan": plan},
        }
        self.answers.give("sesv2", "GetAccount", {**account, **more})

    def let_identity_be(self, **more):
        identity = {
            "VerifiedForSendingStatus": True,
            "DkimAttributes": {"SigningEnabled": True, "Status": "SUCCESS"},
            "MailFromAttributes": {
                "MailFromDomain": f"bounce.{SENDER}",
                "MailFromDomainStatus": "SUCCESS",
            },
        }
        self.answers.give("sesv2", "GetEmailIdentity", {**identity, **more})

    def let_configuration_set_be(self, *, sending=True, counting=True):
        told = {
            "SendingOptions": {"SendingEnabled": sending},
            "ReputationOptions": {"ReputationMetricsEnabled": counting},
        }
        self.answers.give("sesv2", "GetConfigurationSet", told)

    def let_feedback_be(self, *kinds, enabled=True, topic=None):
        destination = {
            "Name": "feedback",
            "Enabled": enabled,
            "MatchingEventTypes": list(kinds),
            "SnsDestination": {"TopicArn": topic or self.names["FeedbackTopic"]},
        }
        told = {"EventDestinations": [destination]}
        self.answers.give("sesv2", "GetConfigurationSetEventDestinations", told)


def enrolled(member, due_at):
    """Return a way through a journey that is due then."""
    return Enrolment(
        member_id=member,
        journey="welcome",
        journey_version=1,
        entry=1,
        arm=Arm.TREATED,
        entered_at=due_at,
        step="welcome",
        ready_at=due_at,
        due_at=due_at,
    )
