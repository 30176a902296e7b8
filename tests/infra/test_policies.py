"""Each function may do what it does, and nothing else.

Every function is run on its usual and its unusual ways; what it asks of AWS is what its policy
has to have, and what it never asks for is not in there.
"""

import json
import re
from dataclasses import replace

import pytest
from package.account import UNSUBSCRIBE, WEB_COPY, Account, environment, running_aws

from app import app
from chalicelib import bootstrap
from chalicelib.adapters.clock import VirtualClock
from chalicelib.domain.breaker import Breaker
from chalicelib.settings import read_settings
from chalicelib.usecases.ports import UnavailableError
from chalicelib.world.lambda_events import LambdaContext
from chalicelib.world.ses_events import ses_event
from infra.fragments import FRAGMENTS
from infra.functions import FUNCTIONS
from infra.merge import merged
from infra.policies import CHANGE, INSERT, READ, SENDER, WITHOUT_RESOURCE, policy_of
from infra.stage import read_stage

STAGE = read_stage("production")
NOT_OURS = {
    "logs:CreateLogStream": "Lambda writes what functions print",
    "logs:PutLogEvents": "Lambda writes what functions print",
    "sqs:DeleteMessage": "Lambda's pollers do it in the function's name",
    "sqs:GetQueueAttributes": "Lambda's pollers do it in the function's name",
    "sqs:ReceiveMessage": "Lambda's pollers do it in the function's name",
    **{name: why for name, why in WITHOUT_RESOURCE.items() if name.startswith("xray:")},
}
"""What AWS does in the function's name, so that no call of the function is seen."""
LAMBDA_SETS_ASIDE = ("sqs:SendMessage", "ScheduleDeadLetters")
LATE = [{"card": f"71000000{n:02}", "email": f"late{n}@example.com"} for n in range(8)]
VERBS = {"INSERT": "PartiQLInsert", "UPDATE": "PartiQLUpdate"}
WRITES = {"Put": "PutItem", "Update": "UpdateItem"}


def permissions(function):
    """Yield every action that a function's policy allows, and what on."""
    for statement in policy_of(STAGE, function)["Statement"]:
        resources = statement["Resource"]
        for resource in resources if isinstance(resources, list) else [resources]:
            for action in statement["Action"]:
                yield action, named(resource)


def named(resource):
    match resource:
        case {"Fn::GetAtt": [name, "Arn"]}:
            return name
        case {"Fn::Sub": text}:
            return re.sub(
                r"^arn:.*}:|^parameter(?=/)|\.Arn}|^\$\{", "", text.replace("${Table", "Table")
            )
        case _:
            return resource


def needed(call):
    """Yield the actions, and what on, that AWS asks for when this call is made."""
    request = json.loads(call.body or "{}")
    match call.operation.split("."):
        case ["dynamodb", "BatchExecuteStatement"]:
            for statement in request["Statements"]:
                yield f"dynamodb:{VERBS[statement['Statement'].split()[0]]}", "Table"
        case ["dynamodb", "TransactWriteItems"]:
            for write in request["TransactItems"]:
                yield f"dynamodb:{WRITES[next(iter(write))]}", "Table"
        case ["dynamodb", name]:
            index = request.get("IndexName")
            yield f"dynamodb:{name}", f"Table/index/{index}" if index else "Table"
        case ["sqs", "SendMessage" | "SendMessageBatch"]:
            yield "sqs:SendMessage", request["QueueUrl"].rpartition("/")[2]
        case ["ssm", "GetParameter"]:
            yield "ssm:GetParameter", f"parameter{request['Name']}"
        case ["sesv2", name]:
            yield from needed_of_ses(name)
        case _:
            raise LookupError(f"which action does {call.operation} need?")


def needed_of_ses(name):
    if name == "GetAccount":
        yield "ses:GetAccount", "*"
        return
    assert name == "SendEmail"
    for on in ("identity/*", f"configuration-set/{STAGE.stack}"):
        yield "ses:SendEmail", on
        yield "ses:SendRawEmail", on  # what SES asks for when the content is raw


@pytest.fixture(scope="module")
def asked():
    """What each function asked of AWS, on all its ways."""
    asked = {function.name: set() for function in FUNCTIONS}
    resources = merged(fragment(STAGE) for fragment in FRAGMENTS)["Resources"]
    with running_aws() as stub, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(stub, resources).items():
            patch.setenv(name, value)
        patch.setattr(bootstrap, "_override", [])

        def invoke(name, event, now):
            """Call the function in a process that is new, as far as it can tell."""
            engine = bootstrap.AwsEngine(read_settings())
            vars(engine)["clock"] = VirtualClock(now)
            if account.ses_is_silent:
                vars(engine)["mailer"] = SilentMailer()
            if account.breaker:
                vars(engine)["programme"] = with_breaker(engine.programme, account.breaker)
            if account.table_is_down:
                vars(engine)["events"] = vars(engine)["members"] = Down()
            bootstrap.use(engine)
            function = app if name == "api_handler" else app.handler_map[name]
            answer = function(event, LambdaContext(name))
            calls = stub.take_calls()
            account.note(calls)
            asked[name].update(need for call in calls for need in needed(call))
            return answer

        account = Account(stub, invoke, STAGE.parameters)
        account.ses_is_silent = account.table_is_down = False
        account.breaker = None
        live(account)
    return asked


def with_breaker(programme, breaker):
    journeys = {n: replace(each, breaker=breaker) for n, each in programme.journeys.items()}
    return replace(programme, journeys=journeys)


class SilentMailer:
    """SES when it gives no answer: the mail may have gone out or not."""

    def send(self, mail):
        del mail
        raise UnavailableError("SES says nothing")


class Down:
    """A part of the table when nothing answers."""

    def __getattr__(self, name):
        def call(*_args):
            raise UnavailableError(name)

        return call


def live(account):
    """Whatever may happen: alone and in batches, known and unknown, twice, late and never."""
    people = [{"card": f"70000000{n:02}", "email": f"m{n}@example.com"} for n in range(20)]
    joined = [
        ("member.joined", {"member": each, "channel": "offline", "locale": "en"}) for each in people
    ]
    account.tell(joined[0], webhook_id="first")
    account.tell(joined[0], webhook_id="first")
    account.tell(*joined[1:])
    for alone in people[:2]:
        account.post(("app.installed", {"member": alone}))
    account.hand("queue_events", account.stub.take_messages("EventsQueue", 100))
    left = account.tell(("profile.completed", {"member": {"card": "1"}, "home_airport": "SVO"}))
    account.hand("queue_events", left, receives=4)
    account.send_due()
    for late in LATE[:4]:
        account.tell(("member.joined", {"member": late, "channel": "offline"}))
        account.send_due()
    account.ses_is_silent = True
    for late in LATE[4:]:
        account.tell(("member.joined", {"member": late, "channel": "offline"}))
        account.send_due()
    account.ses_is_silent = False
    first, *others = account.mails
    account.hear(("Open", first))
    account.hear(*(("Open", mail) for mail in others))
    account.hear(("Bounce", others[0]))
    account.hear(("Complaint", others[1]), ("Bounce", others[2]), ("Delivery", others[3]))
    for page, header in ((UNSUBSCRIBE, "List-Unsubscribe"), (WEB_COPY, "Archived-At")):
        account.request(page, "GET", {"token": account.link(header, first)}, {})
    account.advance(days=5)
    account.send_due()
    account.tell(*(("account.registered", {"member": each}) for each in people))
    account.tell(("member.updated", {"member": people[5], "email": "new@example.com"}))
    account.advance(days=1)
    account.send_due()
    token = account.link("List-Unsubscribe", first)
    account.request(UNSUBSCRIBE, "POST", {"token": token}, {}, b"List-Unsubscribe=One-Click")
    account.tell(("member.left", {"member": people[5]}))
    account.advance(days=2)
    account.audit()
    account.breaker = Breaker(mails=1)
    account.hear(("Complaint", others[4]), ("Complaint", others[5]))
    spend(account, people[6])
    fly_and_merge(account, people[7], people[8])
    meet_failures(account, first)


def fly_and_merge(account, survivor, absorbed):
    """Reach the highest tier, with a benefit of which there is a stock; return; merge and part."""
    flights = [{"kind": "flight", "distance": 9_000, "booking_class": "J", "quantity": 20}]
    for member in (survivor, absorbed):
        bought = {"member": member, "transaction": f"t-{member['card']}"}
        account.tell(("transaction.posted", {**bought, "lines": flights}))
        account.tell(("transaction.returned", {**bought, "lines": [{"line": 0, "quantity": 1}]}))
        account.send_due()
    for event in ("member.merged", "member.unmerged"):
        account.tell((event, {"member": survivor, "absorbed": absorbed}))
    account.send_due()
    assert account.drain("EventsQueue", "queue_events") == []


def spend(account, member):
    """Ask for every act of the ledger, up to the highest tier, and let a reservation lapse."""
    lines = [{"kind": "flight", "distance": 9_000, "booking_class": "J", "quantity": 20}]
    miles = {"member": member, "unit": "redeemable", "amount": 10}
    for act, body in (
        ("validate", {"member": member}),
        ("simulate", {"reference": "t-1", "member": member, "on": "2027-03-01", "lines": lines}),
        ("post", {"reference": "t-1", "member": member, "on": "2027-03-01", "lines": lines}),
        ("redeem", {"reference": "r-1", **miles}),
        ("reserve", {"reference": "h-1", **miles}),
        ("capture", {"reference": "c-1", "reservation": "h-1"}),
        ("reserve", {"reference": "h-2", **miles}),
        ("release", {"reference": "v-1", "reservation": "h-2"}),
        ("reverse", {"reference": "b-1", "original": "r-1"}),
        ("reserve", {"reference": "h-3", **miles}),
        ("statement", {"member": member}),
    ):
        answer = account.ask(act, body)
        assert answer["statusCode"] == 200, (act, answer)
    assert (
        account.ask("redeem", {"reference": "r-2", **miles, "amount": 10**9})["statusCode"] == 409
    )
    account.advance(hours=1)
    account.send_due()
    assert account.drain("EventsQueue", "queue_events") == []


def meet_failures(account, mail):
    """What can't be read is set aside; what meets an outage at the last receive is put again."""
    for function in ("queue_events", "queue_sends", "queue_feedback"):
        assert account.hand(function, ["garbage"]) == []
    account.post(("app.installed", {"member": {"card": "1"}}))
    waiting = account.stub.take_messages("EventsQueue", 100)
    account.table_is_down = True
    assert account.hand("queue_events", waiting, receives=4) == []
    complaint = [ses_event("Complaint", mail, account.now)]
    assert account.hand("queue_feedback", complaint, receives=4) == []


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_may_do_what_it_does(asked, function):
    assert asked[function.name] - set(permissions(function)) == set()


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_may_do_nothing_that_it_never_does(asked, function):
    asked_or_alike = {(other, on) for action, on in asked[function.name] for other in alike(action)}
    unused = set(permissions(function)) - asked_or_alike - {LAMBDA_SETS_ASIDE}
    assert {(action, on) for action, on in unused if action not in NOT_OURS} == set()


def test_mails_go_out_in_the_name_of_the_stage_alone():
    """Whatever identity SES asks for: the sender's, or a recipient's that the account has."""
    [sender] = [function for function in FUNCTIONS if function.name == SENDER]
    statements = policy_of(STAGE, sender)["Statement"]
    [statement] = [each for each in statements if "ses:SendEmail" in each["Action"]]
    domain = STAGE.sender_domain
    names = [f"*@{domain}", f"*@*.{domain}"]
    assert statement["Condition"] == {"StringLike": {"ses:FromAddress": names}}


def alike(action):
    """Yield the actions of which the engine takes one or the other, by how many act at once."""
    yield action
    for need in (READ, CHANGE, INSERT):
        if action.removeprefix("dynamodb:") in need:
            yield from (f"dynamodb:{other}" for other in need)
