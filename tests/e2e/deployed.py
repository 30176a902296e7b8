"""A stage that is deployed on the emulator, as its partners, members and keepers meet it."""

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from http.client import HTTPSConnection
from urllib.parse import urlsplit

import boto3
from boto3.dynamodb.types import TypeDeserializer
from emulator import CREDENTIALS, REGION, ROOT, Emulator, plain_environment
from standardwebhooks import Webhook

STAGE = "e2e"
STACK = f"milepost-{STAGE}"
PARTNER = "demo"
FUNCTIONS = (
    "api-handler",
    "queue-events",
    "queue-sends",
    "queue-feedback",
    "schedule-due",
    "schedule-audit",
)
IN_THE_EMULATORS_WORDS = {
    "sqs:SendMessage": {"Action": "sqs:SendMessageBatch"},
    "dynamodb:PartiQLInsert": {"Action": "dynamodb:BatchExecuteStatement", "Resource": "*"},
    "dynamodb:PartiQLUpdate": {"Action": "dynamodb:BatchExecuteStatement", "Resource": "*"},
    "ses:SendEmail": {"Action": "ses:SendEmail", "Resource": "*", "Condition": {}},
}
"""Actions that AWS asks for, and what the emulator asks for in their place."""
PATIENCE_SECONDS = 100
"""A tick is a minute away at most; the rest is for a slow machine."""


def translated(statements):
    """Yield a statement for each action that has another name at the emulator."""
    for statement in statements:
        for action in statement["Action"]:
            if words := IN_THE_EMULATORS_WORDS.get(action):
                yield {**statement, **words}


def event(type_, data, **more):
    return {"type": type_, "timestamp": datetime.now(UTC).isoformat(), "data": data, **more}


def joined(number):
    member = {"card": f"70000{number:05d}", "email": f"member{number}@example.com"}
    data = {"member": member, "channel": "offline", "locale": "en", "first_name": f"Grace{number}"}
    return event("member.joined", data, id=f"join-{number}")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    body: str

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Deployed:
    """What is deployed on the emulator; ``secret`` is the partner's."""

    emulator: Emulator
    secret: str = ""
    sent: int = 0

    def run(self, *words):
        """Run Python with these words against the emulator; return what it prints."""
        done = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, *words],
            cwd=ROOT,
            env=plain_environment(**CREDENTIALS, **self._reach, COLUMNS="120"),
            capture_output=True,
            text=True,
            check=False,
        )
        return Answer(done.returncode, {}, done.stdout + done.stderr)

    def deploy(self):
        return self.run("-m", "infra.deploy", "--stage", STAGE)

    def destroy(self):
        return self.run("-m", "infra.deploy_destroy", "--stage", STAGE, "--confirm", STAGE)

    def milepost(self, *words):
        """Type a command about this stage."""
        main = "from chalicelib.cli import main; main()"
        return self.run("-c", main, *words, "--stage", STAGE)

    @property
    def _reach(self):
        return {
            "AWS_ENDPOINT_URL": self.emulator.url,
            "AWS_CA_BUNDLE": str(self.emulator.certificate),
        }

    def client(self, service, keys=CREDENTIALS):
        """Return a client of an AWS service; the keys are the account's unless others are given."""
        return boto3.client(
            service,
            endpoint_url=self.emulator.url,
            verify=str(self.emulator.certificate),
            region_name=REGION,
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=keys["AWS_SESSION_TOKEN"],
        )

    def role_of(self, function):
        told = self.client("lambda").get_function(FunctionName=f"{STACK}-{function}")
        return told["Configuration"]["Role"]

    def translate_policies(self):
        """Give each role the names that the emulator has for what its policy allows.

        For a batch AWS asks for the action of its parts, and the emulator for one of the batch's
        own name. For a mail AWS looks at identity and sender, and the emulator at neither.
        """
        iam = self.client("iam")
        for function in FUNCTIONS:
            role = self.role_of(function).rpartition("/")[2]
            [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
            document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            if added := [*translated(document["Statement"])]:
                told = json.dumps({"Version": document["Version"], "Statement": added})
                iam.put_role_policy(RoleName=role, PolicyName="emulator", PolicyDocument=told)

    def client_of_role(self, function, service):
        """Return a client that may do what the function may."""
        told = self.client("sts").assume_role(
            RoleArn=self.role_of(function), RoleSessionName="test"
        )["Credentials"]
        keys = {
            "AWS_ACCESS_KEY_ID": told["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": told["SecretAccessKey"],
            "AWS_SESSION_TOKEN": told["SessionToken"],
        }
        return self.client(service, keys)

    @cached_property
    def outputs(self):
        [stack] = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    def eventually(self, look, what, seconds=PATIENCE_SECONDS):
        """Look until something is seen, and return it; else tell what the functions told."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if seen := look():
                return seen
            time.sleep(0.5)
        failures = "\n".join(self.failures()) or "no function has failed"
        raise AssertionError(f"not within {seconds} seconds: {what}\n{failures}")

    # What comes in by HTTP.

    def request(self, method, url, body=b"", headers=None):
        """Ask the API. Its name on AWS leads to the emulator, as DNS would lead to AWS."""
        api, path = re.fullmatch(r"https://(\w+)\.execute-api\.[^/]+(/.*)", url).groups()
        place, trust = urlsplit(self.emulator.url).netloc, self.emulator.trust
        connection = HTTPSConnection(place, timeout=60, context=trust)
        try:
            connection.request(method, f"/_aws/execute-api/{api}{path}", body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers), answer.read().decode())
        finally:
            connection.close()

    def post_webhook(self, payload, webhook_id="", secret=""):
        """Sign and send as a partner does, with the standard's own library."""
        self.sent += 1
        webhook_id, now = webhook_id or f"webhook-{self.sent}", datetime.now(UTC)
        body = json.dumps(payload)
        headers = {
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret or self.secret).sign(webhook_id, now, body),
        }
        url = self.outputs["IntakeUrl"].replace("{partner}", PARTNER)
        return self.request("POST", url, body.encode(), headers)

    # What goes out by mail.

    def mails(self, recipient=None, subject=""):
        """Return what SES took, or what of it went to somebody under some subject."""
        by_account = json.loads(self.emulator.get("ses/messages"))["messages"]
        every = [mail for mails in by_account.values() for mail in mails]
        return [
            mail
            for mail in every
            if recipient in (None, *mail["To"]) and subject in mail["Subject"]
        ]

    # What is kept.

    def items(self, type_):
        """Return every item of a type, as docs/data-model.md describes it."""
        read = TypeDeserializer().deserialize
        pages = self.client("dynamodb").get_paginator("scan")
        return [
            {name: read(value) for name, value in item.items()}
            for page in pages.paginate(TableName=self.outputs["TableName"], ConsistentRead=True)
            for item in page["Items"]
            if item["type"] == {"S": type_}
        ]

    def enrolments(self):
        return {each["member_id"]: each for each in self.items("ENROLMENT")}

    def enrolment_of(self, mail):
        """Return the enrolment of the member to whom the mail went, by the mail's own id."""
        [found] = [
            each
            for each in self.enrolments().values()
            if mail["MessageId"] in {step.get("m") for step in each["steps"].values()}
        ]
        return found

    def depths(self):
        """Return how many messages are in each queue that should be empty."""
        sqs = self.client("sqs")
        urls = {name: url for name, url in self.outputs.items() if name.endswith("DeadLettersUrl")}
        return {
            name: int(
                sqs.get_queue_attributes(
                    QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
                )["Attributes"]["ApproximateNumberOfMessages"]
            )
            for name, url in urls.items()
        }

    def log_lines(self, function):
        """Return what a function has written, without what Lambda writes around it."""
        pages = self.client("logs").get_paginator("filter_log_events")
        messages = [
            event["message"]
            for page in pages.paginate(logGroupName=f"/aws/lambda/{STACK}-{function}")
            for event in page["events"]
        ]
        around = ("START ", "END ", "REPORT ")
        return [line for message in messages for line in message.splitlines()
                if not line.startswith(around)]  # fmt: skip

    def failures(self):
        """Return the errors that any function has told."""
        return [
            f"{function}: {line}"
            for function in FUNCTIONS
            for line in self.log_lines(function)
            if "ERROR" in line.upper()
        ]

    # What AWS does of its own.

    def tick(self, function):
        """Call a function as its rule would."""
        event = (ROOT / "tests" / "events" / "scheduled_event.json").read_bytes()
        answer = self.client("lambda").invoke(FunctionName=f"{STACK}-{function}", Payload=event)
        assert "FunctionError" not in answer, answer["Payload"].read()
        return json.load(answer["Payload"])

    def publish_feedback(self, kind, mail, **payload):
        """Tell what SES tells of a mail, on the topic of the configuration set."""
        enrolment = self.enrolment_of(mail)
        [(step, record)] = [
            (name, record)
            for name, record in enrolment["steps"].items()
            if record.get("m") == mail["MessageId"]
        ]
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        tags = {
            "member": [enrolment["member_id"]],
            "journey": [enrolment["journey"]],
            "entry": [str(enrolment["entry"])],
            "step": [step],
            "attempt": [record["a"]],
        }
        event = {
            "eventType": kind,
            "mail": {
                "timestamp": at,
                "messageId": mail["MessageId"],
                "source": mail["Source"],
                "destination": mail["To"],
                "tags": tags,
            },
            kind.lower(): {"timestamp": at, **payload},
        }
        self.client("sns").publish(
            TopicArn=self.outputs["FeedbackTopicArn"], Message=json.dumps(event)
        )
        return enrolment["member_id"]
