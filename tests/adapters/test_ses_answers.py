"""What the mail service may answer, or not answer, and what the adapter makes of it.

The real client talks to a server on this machine that counts: one call is one POST.
"""

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import NoCredentialsError

from chalicelib.adapters.ses import SesMailer, ses_config
from chalicelib.usecases.ports import Accepted, OutgoingMail, Refusal, UnavailableError

MAIL = OutgoingMail(
    sender="hello@miles.example",
    recipient="anna@example.com",
    mime=b"Subject: Hi\r\n\r\nHello\r\n",
    tags={"journey": "welcome", "attempt": "a1b2c3"},
)


@dataclass
class Answer:
    """What the server does with a POST: wait, answer, or drop the connection (status 0)."""

    status: int = 200
    body: bytes = b'{"MessageId": "0100-1"}'
    error_type: str = ""
    never: bool = False
    posts: list[dict[str, Any]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


class Handler(BaseHTTPRequestHandler):
    answer: Answer

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.answer.posts.append(json.loads(self.rfile.read(length)))
        if self.answer.never:
            self.answer.over.wait(10)
        if self.answer.status and not self.answer.never:
            self.send_response(self.answer.status)
            self.send_header("x-amzn-ErrorType", self.answer.error_type)
            self.send_header("Content-Length", str(len(self.answer.body)))
            self.end_headers()
            self.wfile.write(self.answer.body)
        self.close_connection = True

    def log_message(self, *_):
        pass


@contextmanager
def server(answer: Answer) -> Iterator[str]:
    handler = type("AnsweringHandler", (Handler,), {"answer": answer})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}"
        finally:
            answer.over.set()
            listening.shutdown()
            thread.join()


def client_of(url: str) -> Any:
    return boto3.client(
        "sesv2",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=ses_config(read_timeout_seconds=0.3),
    )


def send(answer: Answer, mail: OutgoingMail = MAIL) -> Accepted | Refusal:
    with server(answer) as url:
        client = client_of(url)
        try:
            return SesMailer(client, "milepost").send(mail)
        finally:
            client.close()


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=500, body=b'{"message": "InternalFailure"}'),
        Answer(status=502, body=b"<html>Bad gateway</html>"),
        Answer(status=503, body=b""),
        Answer(status=0),
        Answer(never=True),
        Answer(status=408, body=b"{}"),
        Answer(status=200, body=b"{}"),
        Answer(status=200, body=b"not JSON"),
    ],
    ids=["500", "502", "503", "dropped", "timeout", "408", "no id", "not JSON"],
)
def test_what_may_have_been_sent_is_unknown_after_exactly_one_post(answer):
    with pytest.raises(UnavailableError):
        send(answer)
    assert len(answer.posts) == 1


def test_an_accepted_mail_has_the_service_s_own_id():
    answer = Answer()
    assert send(answer) == Accepted("0100-1")
    assert len(answer.posts) == 1


def test_the_call_carries_everything_that_feedback_will_need():
    answer = Answer()
    send(answer)
    [post] = answer.posts
    assert b64decode(post["Content"]["Raw"]["Data"]) == MAIL.mime
    assert post["Destination"] == {"ToAddresses": ["anna@example.com"]}
    assert post["FromEmailAddress"] == "hello@miles.example"
    assert post["ConfigurationSetName"] == "milepost"
    assert {tag["Name"]: tag["Value"] for tag in post["EmailTags"]} == MAIL.tags


def test_ses_is_told_what_gmail_is_to_sum_complaints_up_by():
    """It writes the Feedback-ID itself, with the values of these two tags in front."""
    answer, tags = Answer(), {"journey": "welcome", "step": "welcome", "attempt": "a1b2c3"}
    send(answer, replace(MAIL, tags=tags))
    [post] = answer.posts
    assert {tag["Name"]: tag["Value"] for tag in post["EmailTags"]} == {
        **tags,
        "ses:feedback-id-a": "welcome-welcome",
        "ses:feedback-id-b": "welcome",
    }


def refused(error_type: str, status: int = 400, message: str = "no") -> Answer:
    body = json.dumps({"message": message}).encode()
    return Answer(status=status, error_type=error_type, body=body)


@pytest.mark.parametrize("error_type", ["MessageRejected", "BadRequestException"])
def test_a_mail_that_the_service_does_not_want_is_refused(error_type):
    assert send(refused(error_type)) is Refusal.REFUSED


@pytest.mark.parametrize(
    "answer",
    [
        refused("TooManyRequestsException", 429, "Maximum sending rate exceeded."),
        refused("LimitExceededException", 400, "Daily message quota exceeded."),
        refused("ThrottlingException"),
    ],
    ids=lambda answer: answer.error_type,
)
def test_a_rate_or_quota_that_is_spent_is_waited_for(answer):
    assert send(answer) is Refusal.THROTTLED
    assert len(answer.posts) == 1


@pytest.mark.parametrize(
    "answer",
    [
        refused("AccountSuspendedException"),
        refused("SendingPausedException"),
        refused("MailFromDomainNotVerifiedException"),
        refused("NotFoundException", 404, "Configuration set <milepost> does not exist."),
        refused("AccessDeniedException", 403),
        refused("ExpiredTokenException", 403),
        refused("MessageRejected", 400, "Email address is not verified."),
    ],
    ids=lambda answer: answer.error_type,
)
def test_a_stop_of_the_whole_account_costs_no_member_a_step(answer):
    assert send(answer) is Refusal.ACCOUNT_REFUSED
    assert len(answer.posts) == 1


def test_a_mail_that_never_left_is_tried_again_later():
    with server(Answer()) as url:
        pass
    client = client_of(url)
    assert SesMailer(client, "milepost").send(MAIL) is Refusal.THROTTLED
    client.close()


def test_a_mail_without_credentials_never_leaves():
    def no_credentials(**_):
        raise NoCredentialsError

    client = client_of("http://127.0.0.1:9")
    client.meta.events.register("before-call.sesv2.SendEmail", no_credentials)
    assert SesMailer(client, "milepost").send(MAIL) is Refusal.THROTTLED


@pytest.mark.parametrize("config", [None, Config(retries={"total_max_attempts": 2})])
def test_a_client_that_repeats_calls_is_not_accepted(config):
    client = boto3.client("sesv2", region_name="us-east-1", config=config)
    with pytest.raises(ValueError, match="ses_config"):
        SesMailer(client, "milepost")
