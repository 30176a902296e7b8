"""Anything that a program can make of the partners' OpenAPI document is answered as it says."""

import json
import os
import subprocess
import threading
from collections import Counter
from pathlib import Path

import pytest
from functional.worlds import SECRET, START, ask, plan_of

from chalicelib.handlers.partner_answer_schema import ANSWERS
from chalicelib.handlers.partner_reference import OPENAPI
from chalicelib.world.live_world import LiveWorld
from chalicelib.world.partner import Partner
from chalicelib.world.server import WorldServer
from chalicelib.world.substrates import substrate
from chalicelib.world.world import World

ROOT = Path(__file__).parents[2]
BINARY = ROOT / ".venv-schema" / "bin" / "schemathesis"
CARDS = ("7000000001", "7000000002")
BOOKED_BEFORE = 20
"""Reservations and spends, each: signing.py names them."""
EXAMPLES_PER_ACT = 20
SECONDS = 110
SEED = 20270301
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
"""Whether all that the document allows is accepted is not asked: it can't tell who is a member."""
pytestmark = pytest.mark.schema


class Counting(World):
    """Remembers how often each act was answered with each status."""

    def __init__(self, ground):
        super().__init__(ground)
        self.answered = Counter()

    def request(self, method, path, headers, body=b""):
        answer = super().request(method, path, headers, body)
        self.answered[path.rpartition("/")[2], answer.status] += 1
        return answer


@pytest.fixture
def served():
    """A world with two members who have miles and benefits, over HTTP on a free port."""
    with substrate("memory", plan_of()) as ground:
        world = Counting(ground)
        tell = Partner("demo", SECRET).tell
        for card in CARDS:
            member = {"member": {"card": card}}
            tell("member.joined", START, {**member, "channel": "online"})
            lines = [{"kind": "flight", "distance": 9_000, "booking_class": "J", "quantity": 20}]
            tell("transaction.posted", START, {**member, "transaction": card, "lines": lines})
        world.run_now()
        for number in range(BOOKED_BEFORE):
            member = {"card": CARDS[number % 2]}
            spend = {"member": member, "unit": "redeemable", "amount": 10}
            assert ask("reserve", {**spend, "reference": f"held-{number}"}).status == 200
            assert ask("redeem", {**spend, "reference": f"spent-{number}"}).status == 200
        server = WorldServer(0)
        thread = threading.Thread(target=server.serve, args=(LiveWorld(world, "demo"),))
        thread.start()
        yield world, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


def as_demo(folder):
    """Write the document as the partner called demo has it: nothing in a path is left open."""
    told = json.loads(OPENAPI.read_text(encoding="utf-8"))
    paths = {path.replace("{partner}", "demo"): each for path, each in told["paths"].items()}
    for each in paths.values():
        del each["post"]["parameters"]
    file = folder / "openapi.json"
    file.write_text(json.dumps({**told, "paths": paths}), encoding="utf-8")
    return file


def test_whatever_is_asked_is_answered_as_the_document_says(served, tmp_path):
    world, url = served
    if not BINARY.exists():
        pytest.fail("schemathesis is not there; run this by: make schema")
    (tmp_path / "schemathesis.toml").write_text("[phases.coverage]\nunexpected-methods = []\n")
    ended = subprocess.run(  # noqa: S603 - our own command
        [
            *(BINARY, "run", as_demo(tmp_path), "--url", url, "--checks", ",".join(CHECKS)),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES_PER_ACT)),
            *("--seed", str(SEED), "--warnings", "off", "--continue-on-failure"),
        ],
        cwd=tmp_path,
        env={
            **os.environ,
            "PARTNER_SECRET": SECRET,
            "SCHEMATHESIS_HOOKS": "signing",
            "PYTHONPATH": str(Path(__file__).parent),
        },
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for act in ANSWERS:
        assert world.answered[act, 200], (act, world.answered)
        assert world.answered[act, 422], (act, world.answered)
    assert not [status for _, status in world.answered if status >= 500], world.answered
