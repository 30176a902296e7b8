"""The commands that ask a running world, against a real one on a free port."""

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from chalicelib.cli import main
from chalicelib.commands.world_client import ask_world, tell_world
from chalicelib.world.live_world import LiveWorld
from chalicelib.world.partner import Partner
from chalicelib.world.server import WorldServer
from chalicelib.world.substrates import WorldPlan, substrate
from chalicelib.world.world import World

SECRET = "whsec_bWlsZXBvc3QgbG9jYWwgd29ybGQgc2VjcmV0IQ=="
START = datetime(2026, 11, 23, 7, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def served():
    """A served world in which Grace has joined."""
    plan = WorldPlan(
        folder=ROOT / "templates" / "airline-bonus", start=START, secret=SECRET, holdout=0.0
    )
    with substrate("memory", plan) as ground:
        world = World(ground)
        member = {"card": "7000000001", "email": "grace@example.com"}
        Partner("demo", SECRET).tell(
            "member.joined", START, {"member": member, "channel": "offline"}
        )
        world.run_now()
        server = WorldServer(0)
        thread = threading.Thread(target=server.serve, args=[LiveWorld(world, "demo")])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.fixture(scope="module")
def url():
    with served() as url:
        yield url


def told(*words):
    return CliRunner().invoke(main, words)


def test_explain_says_of_every_step_where_it_stands_and_why(url):
    steps = json.loads(told("explain", "7000000001", "--url", url, "--json").output)
    why = {step["step"]: step["why"] for step in steps["journeys"][0]["steps"]}
    assert why["welcome"] == "the mail service has accepted the mail"
    assert why["reminder"] == "the step's wait is not over yet"
    table = told("explain", "7000000001", "--url", url)
    assert table.exit_code == 0
    assert [line.split()[1:4:2] for line in table.output.splitlines() if "welcome  " in line] == [
        ["welcome", "sent"]
    ]


def test_explain_of_nobody_says_so(url):
    result = told("explain", "nobody", "--url", url)
    assert result.exit_code == 1
    assert "No member has this id, card, e-mail or phone" in result.output


def test_the_report_counts_and_measures_what_the_world_holds(url):
    result = told("report", "--url", url)
    assert result.exit_code == 0
    assert "welcome: mails sent: welcome 1" in result.output
    assert "account_registered: treated 0 of 1" in " ".join(result.output.split())


def test_the_report_for_machines_is_the_worlds_own(url):
    report = json.loads(told("report", "--url", url, "--json").output)
    assert report["welcome"]["goals"]["app_installed"]["treated"]["assigned"] == 1
    assert report["welcome"]["priors"]["account_registered"] == 1


@pytest.mark.parametrize("command", [["report"], ["explain", "7000000001"]])
def test_where_no_world_answers_the_cure_is_named(command):
    result = told(*command, "--url", "http://127.0.0.1:9")
    assert result.exit_code == 1
    assert "is milepost serve running?" in result.output


def test_an_address_that_is_none_is_refused():
    result = told("report", "--url", "example")
    assert result.exit_code == 2
    assert "is no base URL" in result.output


def test_what_a_world_has_paused_is_told_and_goes_out_when_it_is_resumed():
    with served() as url:
        at = ("--url", url)
        assert told("pause", "welcome", "--why", "a wrong link", *at).exit_code == 0
        assert told("pause", "news", "--why", "a wrong link", *at).exit_code == 1
        tell_world("clock", url, advance="4d")
        assert len(ask_world("mailbox", url)) == 1
        steps = json.loads(told("explain", "7000000001", *at, "--json").output)["journeys"][0][
            "steps"
        ]
        [paused] = [step for step in steps if step["state"] == "paused"]
        assert (paused["step"], paused["note"]) == ("reminder", "a wrong link")
        status = told("status", *at)
        assert status.exit_code == 1
        assert "milepost resume welcome" in status.output
        resumed = told("resume", "welcome", *at).output  # the world logs here, too
        assert resumed.endswith("welcome goes on.\nNothing is paused.\n")
        assert len(ask_world("mailbox", url)) == 2
        assert told("status", *at).exit_code == 0


def test_two_members_are_merged_and_parted_again():
    with served() as url:
        at = ("--url", url)
        other = {"card": "7000000002", "email": "grace@example.com", "phone": "+7 999 123-45-67"}
        data = {"member": other, "channel": "offline", "first_name": "Grace"}
        partner = Partner("demo", SECRET)
        answers = [partner.tell("member.joined", START, data).status for _ in range(2)]
        assert answers == [409, 202]  # the first id is that of Grace's own event
        tell_world("clock", url, advance="1m")
        assert "has a name of" in told("duplicates", *at).output
        dry = told("merge", "7000000001", "7000000002", "--dry-run", *at).output
        assert "would be member" in dry
        assert "attributes.first_name" in dry
        assert told("merge", "7000000001", "7000000002", *at).exit_code == 0
        assert told("duplicates", *at).output.endswith("Nobody is suspected to be two members.\n")
        file = json.loads(told("export", "7000000002", *at).output)
        assert file["profile"]["attributes"]["first_name"] == "Grace"
        assert len(file["absorbed"]) == 1
        assert "Going on: welcome." in told("unmerge", "7000000002", *at).output
        refused = told("unmerge", "7000000002", *at)
        assert refused.exit_code == 1
        assert "was not merged into another" in refused.output
        assert "No member has this id" in told("merge", "7999999999", "7000000002", *at).output
