"""The documentation says what is, and says all of it.

What to do when one of these fails: ``docs/README.md``, at its end.
"""

import ast
import json
import re
import shutil
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from docs_runner import Reader, blocks, free_port
from pydantic import TypeAdapter

from app import app
from chalicelib import reference_docs
from chalicelib.cli import COMMANDS
from chalicelib.domain.events import EventOutcome, EventType
from chalicelib.domain.feedback import FeedbackKind
from chalicelib.domain.outcome import (
    ACCOUNT_REFUSED,
    NOT_RENDERED,
    REFUSED,
    THROTTLED,
    UNANSWERED,
    accepted,
)
from chalicelib.domain.reasons import Reason
from chalicelib.handlers import event_reference, partner_reference
from chalicelib.handlers.partner_answer_schema import PostingAnswer
from chalicelib.handlers.partner_answers import BENEFIT_REFUSALS, REFUSALS, problem_of
from chalicelib.handlers.partner_problems import PROBLEMS
from chalicelib.handlers.signed_request import MAX_BODY_BYTES
from chalicelib.handlers.webhook_schema import MAX_EVENTS, AnyEvent, Batch
from chalicelib.settings import Settings
from chalicelib.usecases.ports import Receipt
from chalicelib.usecases.send_step import Unsent
from chalicelib.world.demo import SECRET, DemoPlan, run_demo
from chalicelib.world.live_world import LiveWorld
from chalicelib.world.partner import Partner
from chalicelib.world.server import answer
from chalicelib.world.substrates import WorldPlan, substrate, this_morning
from chalicelib.world.world import World
from chalicelib.world.world_routes import _ROUTES as WORLD_ROUTES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
TRIED = [
    "tutorial.md",
    "how-to/add-a-goal-or-step.md",
    "how-to/add-a-mail.md",
    "how-to/connect-a-partner.md",
    "how-to/handle-dead-letters.md",
    "how-to/handle-a-privacy-request.md",
    "how-to/let-partners-spend-miles.md",
    "how-to/operate.md",
    "how-to/read-the-lift-report.md",
    "how-to/write-earning-rules.md",
]
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
PROGRAMME = ROOT / "templates" / "airline-bonus"
START = this_morning("Europe/Moscow")
LONGEST_PAGE = 150
needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "openssl"))),
    reason="the pages are followed with bash, curl and openssl",
)


def text(page):
    return page.read_text(encoding="utf-8")


def names(page):
    """Everything that a page shows as code."""
    return set(re.findall(r"`([^`\n]+)`", text(page)))


def calls(path, shape):
    """Yield the first constants of each call in the module that begin like ``shape``."""
    for node in ast.walk(ast.parse(text(path))):
        if isinstance(node, ast.Call):
            told = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            if tuple(map(type, told[: len(shape)])) == shape:
                yield tuple(told[: len(shape)])


# What pages show is what happens.


@pytest.fixture
def reader(tmp_path):
    """Somebody in a fresh copy of the project, after ``make setup``."""
    for folder in ("templates", "examples"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "activate").touch()  # the runner's PATH has our own already
    reader = Reader(tmp_path, free_port())
    yield reader
    reader.close()


@needs_tools
@pytest.mark.parametrize("page", TRIED)
def test_who_follows_a_page_sees_what_it_shows(reader, page):
    faults = reader.follow(DOCS / page)
    assert not faults, "\n".join([page, *faults])


@needs_tools
def test_a_page_that_shows_what_does_not_happen_is_caught(reader, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "```sh\necho one; echo two\n```\n```text\ntwo\none\n```\n```sh\nfalse\n```\n"
        "```sh\necho 2026-11-21 is fine\n```\n```text\n2027-01-01 … fine\n```\n",
        encoding="utf-8",
    )
    wrong_order, failed = reader.follow(page)
    assert wrong_order.startswith("line 6: 'one' is not in")
    assert failed.startswith("line 8: the commands failed")


# What is generated is fresh.


@pytest.mark.parametrize("file", reference_docs.pages(), ids=lambda file: file.name)
def test_the_command_line_and_the_settings_are_what_the_code_says(file):
    """Mend with: python -m chalicelib.reference_docs."""
    assert text(file) == reference_docs.pages()[file]


def test_the_tables_of_events_are_what_the_schema_says():
    """Mend with: python -m chalicelib.handlers.event_reference."""
    page = text(event_reference.FILE)
    assert page == event_reference.filled(page)


def test_the_reference_of_partners_is_what_the_schema_says():
    """Mend with: python -m chalicelib.handlers.partner_reference."""
    page = text(partner_reference.PAGE)
    assert page == partner_reference.filled(page)
    assert text(partner_reference.OPENAPI) == partner_reference.openapi_text()


def test_every_command_and_every_setting_is_there():
    assert {f"milepost {name}" for name in COMMANDS} <= names(REFERENCE / "cli.md")
    variables = {f"MILEPOST_{each.name.upper()}" for each in fields(Settings)}
    assert variables <= names(REFERENCE / "settings.md")


# Events.


def test_every_example_of_an_event_is_one():
    shown = [json.loads(block.text) for block in blocks(REFERENCE / "events.md")]
    events = [body for body in shown if "data" in body]
    for body in events:
        kind = Batch if body["type"] == "batch" else AnyEvent
        TypeAdapter(kind).validate_python(body)
    assert {"batch", "member.joined", "member.updated"} <= {body["type"] for body in events}


def test_every_event_type_and_every_outcome_is_explained():
    assert {*EventType, *EventOutcome} <= names(REFERENCE / "events.md")


def test_the_limits_of_a_request_are_those_of_the_code():
    page = text(REFERENCE / "events.md")
    assert f"Up to {MAX_EVENTS} events" in page
    assert f"{MAX_BODY_BYTES // 1024} KiB" in page


def problems_told(page):
    rows = re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \|", text(page), re.MULTILINE)
    return {(int(status), name) for status, name in rows}


HANDLERS = ROOT / "chalicelib" / "handlers"
BOTH = {"signed_request.py"}
EVENTS = {"http_intake.py", "parse_webhook.py", *BOTH}
ACTS = {"http_partner.py", "ledger_acts.py", "partner_answers.py", *BOTH}


def raised_in(modules):
    """Every problem that is raised with its name in these modules of the handlers."""
    return {call for module in modules for call in calls(HANDLERS / module, (int, str))}


def test_every_module_that_raises_problems_is_held_against_a_page():
    raising = {module.name for module in HANDLERS.glob("*.py") if raised_in([module.name])}
    assert raising - {"partner_problems.py"} <= EVENTS | ACTS


def test_every_problem_of_the_intake_has_its_status_and_its_cure():
    raised = raised_in(EVENTS)
    assert len(raised) > 5
    assert problems_told(REFERENCE / "events.md") == {*raised, (422, "invalid-event")}


def test_every_problem_of_partners_acts_has_its_status_and_its_cure():
    refusals = {(409, problem_of(each)) for each in (*REFUSALS, *BENEFIT_REFUSALS)}
    raised = {*raised_in(ACTS), *refusals, (422, "invalid-request")}
    assert len(raised) > 12
    assert problems_told(REFERENCE / "partner.md") == raised
    assert {(each.status, each.name) for each in PROBLEMS} == raised
    assert len(PROBLEMS) == len(raised)


def test_every_example_of_a_partners_answer_is_one():
    shown = [block.text for block in blocks(REFERENCE / "partner.md") if block.kind == "json"]
    assert shown
    for each in shown:
        PostingAnswer.model_validate_json(each)


# HTTP.


def routes_told(*, local):
    found = re.findall(r"^### `([A-Z]+) (\S+)`$", text(REFERENCE / "http.md"), re.MULTILINE)
    return {(method, path) for method, path in found if path.startswith("/_world") is local}


def test_every_route_of_the_engine_is_documented_and_no_other():
    ours = {(method, path) for path, methods in app.routes.items() for method in methods}
    assert routes_told(local=False) == ours


def test_every_route_of_the_local_world_is_documented_and_no_other():
    told = routes_told(local=True)
    matched = [
        (method, pattern)
        for method, path in told
        for route_method, pattern, _ in WORLD_ROUTES
        if method == route_method and re.fullmatch(pattern, re.sub(r"{\w+}", "1", path))
    ]
    assert sorted(matched) == sorted((method, pattern) for method, pattern, _ in WORLD_ROUTES)
    assert len(told) == len(matched)


def test_every_problem_of_the_local_world_is_documented():
    world = ROOT / "chalicelib" / "world"
    modules = (world / "world_routes.py", world / "server.py")
    raised = {call for module in modules for call in calls(module, (int, str))}
    assert problems_told(REFERENCE / "http.md") == raised


@pytest.fixture(scope="module")
def live():
    """A world with a member who got a mail, and an event that was parked."""
    plan = WorldPlan(folder=PROGRAMME, start=START, secret=SECRET, holdout=0.0)
    with substrate("memory", plan) as ground:
        live = LiveWorld(World(ground), "demo")
        partner = Partner("demo", SECRET)
        grace = {"member": {"card": "7000000001", "email": "grace@example.com"}}
        joined = {**grace, "channel": "offline"}
        partner.tell("member.joined", START, joined)
        partner.tell("app.installed", START, {"member": {"card": "2"}})
        answer(live, "POST", "/_world/clock", {}, b'{"advance": "2h"}')
        yield live


def example_after(route):
    section = text(REFERENCE / "http.md").split(f"### `{route}`", 1)[1].split("\n### ", 1)[0]
    return json.loads(re.search(r"```json\n(.*?)```", section, re.DOTALL)[1])


def inside(value, place):
    for key in place:
        value = value[key]
    return set(value)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/_world/clock", []),
        ("/_world/mailbox", [0]),
        ("/_world/explain?member=7000000001", []),
        ("/_world/explain?member=7000000001", ["journeys", 0]),
        ("/_world/explain?member=7000000001", ["journeys", 0, "steps", 0]),
        ("/_world/export?member=7000000001", []),
        ("/_world/report", ["welcome"]),
        ("/_world/report", ["welcome", "goals", "account_registered"]),
        ("/_world/report", ["welcome", "goals", "account_registered", "treated"]),
        ("/_world/status", []),
        ("/_world/status", ["queues", 0]),
        ("/_world/log", []),
        ("/_world/log", ["lines", 0]),
        ("/_world/dead-letters", ["letters", 0]),
        ("/_world/trace?partner=demo&webhook=demo-000001", []),
        ("/_world/trace?partner=demo&webhook=demo-000001", ["events", 0]),
    ],
)
def test_an_answer_of_the_local_world_has_the_fields_that_are_shown(live, path, place):
    told = json.loads(answer(live, "GET", path, {}, b"").body)
    assert inside(told, place) == inside(example_after(f"GET {path.partition('?')[0]}"), place)


# Metrics and reasons.


def documented_metrics():
    told = names(REFERENCE / "metrics.md")
    return told | {f"step_{reason}" for reason in Reason if "step_<reason>" in told}


def test_every_word_that_is_counted_is_documented():
    outcomes = (accepted(""), THROTTLED, ACCOUNT_REFUSED, UNANSWERED, REFUSED, NOT_RENDERED)
    expected = {
        *(f"webhook_{receipt}" for receipt in Receipt),
        *(f"event_{outcome}" for outcome in EventOutcome if outcome is not EventOutcome.REPEATED),
        *(f"mail_{outcome.reason or outcome.state}" for outcome in outcomes),
        *(f"step_{reason}" for reason in (*Unsent, *Reason)),
        *(f"feedback_{kind}" for kind in FeedbackKind),
    }
    assert expected <= documented_metrics()


def test_every_name_that_is_counted_somewhere_is_documented():
    """A name may be made of a prefix and a word, as in ``event_{outcome}``."""
    sources = "".join(text(path) for path in (ROOT / "chalicelib").rglob("*.py"))
    prefixes = re.findall(r"metrics\.count\(\s*f?\"([a-z_]+)", sources)
    assert len(prefixes) > 5
    for prefix in prefixes:
        assert any(name.startswith(prefix) for name in documented_metrics()), prefix


def test_whatever_a_demonstration_counts_is_documented():
    plan = DemoPlan(folder=PROGRAMME, members=60, days=15, on="memory", channel="online")
    with run_demo(plan, START, lambda _: None) as result:
        counted = set(result.world.engine.metrics.counts)
    assert {"mail_sent", "feedback_delivered", "event_applied"} <= counted
    assert counted <= documented_metrics()


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_documented(reason):
    assert f"| `{reason}` | {reason.explanation} |" in text(REFERENCE / "programme.md")


# The pages among themselves.


def anchors(page):
    """The names by which a page's headings can be linked to."""
    headings = re.findall(r"^#+ (.*)$", text(page), re.MULTILINE)
    plain = (re.sub(r"\[([^]]*)]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def links(page):
    """Yield the file and the anchor of every link to this project, outside of code."""
    prose = re.sub(r"```.*?```", "", text(page), flags=re.DOTALL)
    for target in re.findall(r"]\(([^)\s]+)\)", prose):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield (page.parent / path).resolve() if path else page, anchor


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    for file, anchor in links(page):
        assert file.exists(), f"{page}: there is no {file}"
        assert not anchor or anchor in anchors(file), f"{page}: {file} has no heading #{anchor}"


def test_the_index_leads_to_every_page():
    reached = {file for file, _ in links(DOCS / "README.md")}
    assert reached >= {page for page in DOCS.rglob("*.md") if page.name != "README.md"}


def test_decisions_are_numbered_dated_and_whole():
    for number, page in enumerate(DECISIONS, start=1):
        lines = text(page).splitlines()
        assert page.name.startswith(f"{number:04d}-")
        assert lines[0].startswith(f"# {number}. ")
        assert re.fullmatch(r"Status: accepted · \d{4}-\d{2}-\d{2}", lines[2])
        headings = [line for line in lines if line.startswith("## ")]
        assert headings == ["## Context", "## Decision", "## Consequences"]


@pytest.mark.parametrize("folder", ["explanation", "how-to", "decisions"])
def test_a_page_is_read_in_one_sitting(folder):
    for page in (DOCS / folder).glob("*.md"):
        assert len(text(page).splitlines()) <= LONGEST_PAGE, page


def test_the_changelog_begins_with_this_version():
    version = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]["version"]
    headings = re.findall(r"^## (\S+)", text(ROOT / "CHANGELOG.md"), re.MULTILINE)
    newest, *_ = headings[headings[:1] == ["Unreleased"] :]
    assert newest == version
