"""The commands for operators, as they are typed: what they print, and how they end."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from functional.worlds import ANN
from operations.stages import ALARM, SECRET, STACK, enrolled
from usecases.engines import partner_event

from chalicelib.cli import main
from chalicelib.commands import doctor, partners, stage_options, status, tail
from chalicelib.domain.brakes import Pause
from chalicelib.observability import Line
from chalicelib.operations.deployment import engine_of, settings_of
from chalicelib.usecases.apply_event import handle_event
from chalicelib.world.live_world import LiveWorld
from chalicelib.world.partner import Partner
from chalicelib.world.server import WorldServer
from chalicelib.world.substrates import WorldPlan, substrate
from chalicelib.world.world import World

START = datetime(2026, 11, 23, 7, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
ON_STAGE = ("--stage", "test")


def told(*words):
    return CliRunner().invoke(main, words)


def lines_of(result):
    return [" ".join(line.split()) for line in result.output.splitlines() if line.strip()]


# A stage.


@pytest.fixture
def stage(ground, monkeypatch):
    for module in (doctor, partners, stage_options, status, tail):
        monkeypatch.setattr(module, "AwsClients", lambda: ground.clients)
    return ground


@pytest.fixture
def ann(stage):
    """A member of the stage, by id."""
    deployment = stage.stage().deployment
    engine = engine_of(settings_of(stage.clients, deployment))
    joined = partner_event(at=datetime.now(UTC) - timedelta(minutes=1))
    return handle_event(engine, joined, 1).member_id


def test_the_status_of_a_stage_in_order_is_that_it_works(stage):
    result = told("status", *ON_STAGE)
    assert result.exit_code == 0, result.output
    assert "it works" in lines_of(result)[0]
    assert "SES 100 of 50,000 mails used in 24 hours, 14 a second; HEALTHY" in lines_of(result)


def test_a_stage_that_needs_a_hand_says_what_to_do_and_ends_with_1(stage):
    letters = stage.names["EventsDeadLetters"]
    stage.clients.sqs.send_message(QueueUrl=letters, MessageBody="x")
    stage.clients.cloudwatch.set_alarm_state(
        AlarmName=ALARM, StateValue="ALARM", StateReason="a test"
    )
    result = told("status", *ON_STAGE)
    assert result.exit_code == 1
    assert lines_of(result)[0].endswith("2 things to do")
    assert "1 dead letter of events" in lines_of(result)
    assert any(line.startswith(f"Alarms {ALARM} since") for line in lines_of(result))


@pytest.mark.parametrize(("what", "told_as"), [("welcome", "welcome"), ("--all", "everything")])
def test_a_stage_s_mails_are_stopped_and_go_on_again(stage, what, told_as):
    paused = told("pause", what, "--why", "a wrong link", *ON_STAGE)
    assert paused.exit_code == 0, paused.output
    assert lines_of(paused)[0] == f"{told_as} is paused: from now on no mail of it is claimed."
    assert lines_of(paused)[-1].endswith(f"UTC: {told_as}: a wrong link")
    again = told("pause", what, "--why", "another reason", *ON_STAGE)
    assert again.exit_code == 0
    assert lines_of(again)[0] == f"{told_as} was paused already."
    assert "another reason" not in again.output
    status = told("status", *ON_STAGE)
    assert status.exit_code == 1
    assert "a wrong link" in status.output
    resumed = told("resume", what, *ON_STAGE)
    assert lines_of(resumed) == [f"{told_as} goes on.", "Nothing is paused."]
    assert lines_of(told("resume", what, *ON_STAGE))[0] == f"{told_as} was not paused."
    assert told("status", *ON_STAGE).exit_code == 0


def test_a_pause_that_hides_behind_another_is_told_when_that_one_ends(stage):
    told("pause", "welcome", "--why", "a wrong link", *ON_STAGE)
    told("pause", "--all", "--why", "a storm", *ON_STAGE)
    answer = json.loads(told("resume", "--all", "--json", *ON_STAGE).output)
    assert answer["changed"]
    assert [each["journey"] for each in answer["paused"]] == ["welcome"]


def test_a_journey_that_nobody_knows_is_refused_with_those_there_are(stage):
    for words in (["pause", "news", "--why", "x"], ["resume", "news"]):
        result = told(*words, *ON_STAGE)
        assert result.exit_code == 1
        there_are = "miles_expiring, tier_at_risk, tier_reached, welcome"
        assert f"There is no journey 'news'; there are {there_are}." in result.output


def test_a_journey_that_is_gone_from_the_programme_can_still_be_resumed(stage):
    deployment = stage.stage().deployment
    engine = engine_of(settings_of(stage.clients, deployment))
    engine.brakes.pause("of-last-year", Pause(START, "it is over"))
    assert lines_of(told("resume", "of-last-year", *ON_STAGE))[0] == "of-last-year goes on."


@pytest.mark.parametrize("words", [["pause", "--why", "x"], ["pause", "a", "--all", "--why", "x"]])
def test_it_has_to_be_said_what_is_paused(words):
    assert told(*words).exit_code == 2
    assert "Name a journey, or say --all" in told(*words).output


@pytest.mark.parametrize("why", [" ", "x" * 201, "ann@example.com complained"])
def test_why_it_is_paused_has_to_be_said_and_names_nobody(stage, why):
    result = told("pause", "welcome", "--why", why, *ON_STAGE)
    assert result.exit_code == 1
    assert "without anybody's address" in result.output


def test_the_status_for_machines_has_everything(stage):
    engine = engine_of(settings_of(stage.clients, stage.stage().deployment))
    engine.enrolments.save(enrolled("a" * 26, datetime.now(UTC) - timedelta(seconds=90)))
    told_json = json.loads(told("status", *ON_STAGE, "--json").output)
    assert told_json["due_now"] == 1
    assert 90 <= told_json["oldest_due_seconds"] < 120
    assert told_json["mail_service"]["standing"] == "HEALTHY"
    assert told_json["hands"] == []


def test_no_line_of_a_report_is_broken_in_a_terminal_of_eighty_columns(stage):
    for command in ("status", "doctor"):
        assert all(len(line) <= 80 for line in told(command, *ON_STAGE).output.splitlines())


def test_the_doctor_of_a_stage_in_order_finds_nothing(stage):
    result = told("doctor", *ON_STAGE)
    assert result.exit_code == 0, result.output
    assert lines_of(result)[-1].startswith("0 faults, 0 warnings, ")


def test_a_warning_leaves_the_doctor_at_0_and_a_fault_does_not(stage):
    stage.let_account_be(ProductionAccessEnabled=False)
    assert told("doctor", *ON_STAGE).exit_code == 0
    stage.let_account_be(SendingEnabled=False)
    result = told("doctor", *ON_STAGE, "--json")
    assert result.exit_code == 1
    assert [each["check"] for each in json.loads(result.output) if each["verdict"] == "fault"] == [
        "mail account"
    ]


def test_explain_reads_the_stages_own_table_by_any_name(stage, ann):
    for name in (ann, ANN["card"], ANN["email"].upper()):
        result = told("explain", name, *ON_STAGE, "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.output)["member"] == ann
    assert "welcome" in told("explain", ann, *ON_STAGE).output
    assert "No member has this id" in told("explain", "7999999999", *ON_STAGE).output


def test_report_folds_the_stages_own_table(stage, ann):
    result = told("report", *ON_STAGE, "--json")
    assert result.exit_code == 0, result.output
    goals = json.loads(result.output)["welcome"]["goals"]
    assigned = goals["account_registered"]
    assert assigned["treated"]["assigned"] + assigned["control"]["assigned"] == 1
    assert told("report", *ON_STAGE).exit_code == 0


def test_the_log_of_a_stage_is_followed_by_a_members_card(stage, ann):
    row = ["welcome", "welcome", ann, "0100-abc"]
    line = json.dumps({"level": "INFO", "message": Line.MAILS_SENT, "rows": [row]})
    group = f"/aws/lambda/{STACK}-queue-sends"
    stage.clients.logs.create_log_stream(logGroupName=group, logStreamName="one")
    now = int(datetime.now(UTC).timestamp() * 1000)
    stage.clients.logs.put_log_events(
        logGroupName=group, logStreamName="one", logEvents=[{"timestamp": now, "message": line}]
    )
    for names in ([ANN["card"]], ["--message", "0100-abc"], []):
        result = told("tail", *names, *ON_STAGE)
        assert result.exit_code == 0, result.output
        assert any(line.endswith("mail sent welcome/welcome") for line in lines_of(result))
    assert "No member has this id" in told("tail", "7999999999", *ON_STAGE).output


def test_partners_are_let_in_listed_rotated_and_retired_without_a_secret_being_listed(stage):
    added = told("partners", "add", "shop", *ON_STAGE)
    assert added.exit_code == 0, added.output
    secret = lines_of(added)[-1]
    assert secret.startswith("whsec_")
    newer = lines_of(told("partners", "rotate", "shop", *ON_STAGE))[-1]
    assert newer != secret
    listed = told("partners", "list", *ON_STAGE)
    assert lines_of(listed) == ["crm 1 secret", "shop 2 secrets"]
    assert "newest secret alone" in told("partners", "retire", "shop", *ON_STAGE).output
    assert "no partner any more" in told("partners", "retire", "shop", "--last", *ON_STAGE).output
    kept = [told("partners", "list", *ON_STAGE), listed]
    assert all("whsec_" not in each.output for each in kept)
    told("partners", "retire", "crm", "--last", *ON_STAGE)
    assert "Nobody yet" in told("partners", "list", *ON_STAGE).output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["partners", "add", "crm"], "a partner already"),
        (["partners", "rotate", "nobody"], "Partners are: crm"),
        (["partners", "retire", "crm"], "--last"),
    ],
)
def test_what_can_not_be_done_with_a_partner_ends_with_1_and_the_reason(stage, words, message):
    result = told(*words, *ON_STAGE)
    assert result.exit_code == 1
    assert message in result.output
    assert SECRET not in result.output


@pytest.mark.parametrize(
    "words", [["status"], ["explain", "a"], ["report"], ["tail", "7000000001"]]
)
def test_a_stage_that_is_not_there_is_told_with_what_to_do(stage, words):
    stage.answers.give("cloudformation", "DescribeStacks", "ValidationError: does not exist")
    result = told(*words, *ON_STAGE)
    assert result.exit_code == 1
    assert "There is no stack milepost-test in eu-central-1. Deploy it" in result.output


@pytest.mark.parametrize("words", [["status"], ["tail"], ["partners", "list"], ["report"]])
def test_credentials_that_have_expired_are_told_with_what_to_do(stage, words):
    for service, operation in (
        ("cloudformation", "DescribeStacks"),
        ("logs", "DescribeLogGroups"),
        ("ssm", "GetParameter"),
    ):
        stage.answers.give(service, operation, "ExpiredTokenException")
    result = told(*words, *ON_STAGE)
    assert result.exit_code == 1
    assert "aws sso login" in result.output


@pytest.mark.parametrize("name", ["Production", "a_b", "-x", "x" * 21, ""])
def test_a_name_that_no_stage_can_have_is_refused(name):
    assert "is no stage" in told("status", f"--stage={name}").output


def test_partners_are_those_of_a_stage_never_of_the_local_world():
    result = told("partners", "list", "--stage", "local")
    assert result.exit_code == 2
    assert "a deployed stage" in result.output


# The local world.


@pytest.fixture(scope="module")
def url():
    """A served world in which Grace has joined, and an event came about nobody."""
    secret = "whsec_bWlsZXBvc3QgbG9jYWwgd29ybGQgc2VjcmV0IQ=="
    folder = ROOT / "templates" / "airline-bonus"
    plan = WorldPlan(folder=folder, start=START, secret=secret, holdout=0.0)
    with substrate("memory", plan) as ground:
        world = World(ground)
        server, live = WorldServer(0), LiveWorld(world, "demo")
        grace = {"card": "7000000001", "email": "grace@example.com"}
        partner = Partner("demo", secret)
        partner.tell("member.joined", START, {"member": grace, "channel": "offline"})
        partner.tell("app.installed", START, {"member": {"card": "7000000002"}})
        world.run_now()
        world.advance(timedelta(minutes=10))
        thread = threading.Thread(target=server.serve, args=[live])
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_log_of_a_world_is_shown_whole_or_along_a_member(url):
    everything = lines_of(told("tail", "--url", url))
    assert everything[0] == "2026-11-23 (UTC)"
    assert sum("webhook accepted" in line for line in everything) == 2
    hers = [line.partition(" ")[2] for line in lines_of(told("tail", "7000000001", "--url", url))]
    assert [line for line in hers if not line.startswith("(")][:3] == [
        "webhook accepted demo-000001 of demo, 1 event",
        "event applied demo-000001",
        "mail sent welcome/welcome",
    ]


def test_the_log_for_machines_is_one_object_a_line(url):
    told_lines = told("tail", "--url", url, "--json").output.splitlines()
    found = [json.loads(line) for line in told_lines]
    assert {each["line"] for each in found} >= {"webhook accepted", "mails sent"}
    assert all(datetime.fromisoformat(each["at"]) >= START for each in found)


def test_a_log_without_the_thing_says_so(url):
    result = told("tail", "--webhook", "elsewhere", "--url", url)
    assert (result.exit_code, "Nothing was logged of it" in result.output) == (0, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a", "--webhook", "b"], "Follow one thing"),
        (["--webhook", 'a" b'], "is no id"),
        (["--since", "yesterday"], "is no duration"),
    ],
)
def test_a_question_that_is_none_is_refused(words, message):
    result = told("tail", *words)
    assert result.exit_code == 2
    assert message in result.output


def test_the_log_goes_on_until_it_is_interrupted(url, monkeypatch):
    waits = []

    def pause(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(tail, "pause", pause)
    result = told("tail", "--follow", "--url", url)
    assert (result.exit_code, len(waits)) == (0, 3)
    assert result.output.count("mail sent") == 1


def test_the_status_of_a_world_tells_its_dead_letters(url):
    result = told("status", "--url", url)
    assert result.exit_code == 1
    assert lines_of(result)[:2] == [
        "local at 2026-11-23 07:10 UTC: 1 thing to do",
        "1 dead letter of events",
    ]
    assert "mail_sent 1" in lines_of(result)


def test_the_doctor_of_a_world_warns_of_its_dead_letters(url):
    result = told("doctor", "--url", url)
    assert result.exit_code == 0
    assert "warning queue events dead letters: 1" in lines_of(result)
    assert "ok programme airline-bonus has no fault" in lines_of(result)


def test_the_doctor_finds_what_is_wrong_with_a_programme(url, tmp_path):
    (tmp_path / "programme.yaml").write_text("name: x\n")
    result = told("doctor", "--url", url, "--programme", str(tmp_path))
    assert result.exit_code == 1
    assert any(line.startswith("fault programme") for line in lines_of(result))


def test_without_a_world_the_doctor_says_how_to_start_one():
    result = told("doctor", "--url", "http://127.0.0.1:9")
    assert result.exit_code == 1
    assert "fault world http://127.0.0.1:9 is no world" in " ".join(lines_of(result))
