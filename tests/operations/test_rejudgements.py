"""``milepost rejudge``, as typed, on a stage and on a world."""

import json
from dataclasses import replace

import pytest
from botocore.awsrequest import AWSResponse
from click.testing import CliRunner
from moto.core.botocore_stubber import MockRawResponse
from operations.test_tiers_by_hand import CARD, ann_of, words_of

from chalicelib.cli import main
from chalicelib.commands import place as place_module
from chalicelib.domain.benefits import Benefit
from chalicelib.operations import rejudgements
from chalicelib.programme.compiled import digest_of
from chalicelib.usecases.rejudge import rejudge

WIFI = Benefit(name="wifi", title="Wi-Fi on board")


def rejudged(*words):
    return CliRunner().invoke(main, ("rejudge", *words))


def deploy(monkeypatch, benefit):
    """Let whichever engine is asked have the benefit in its programme."""

    def judging(engine, **how):
        programme = engine.programme
        catalogue = replace(programme.benefits, benefits={benefit.name: benefit})
        engine.__dict__["programme"] = replace(programme, benefits=catalogue)
        return rejudge(engine, **how)

    monkeypatch.setattr(rejudgements, "rejudge", judging)


def test_everybody_is_judged_once_and_a_dry_run_changes_nobody(place, monkeypatch):
    engine, where = place
    deploy(monkeypatch, WIFI)
    known = engine.memberships.load(ann_of(engine))
    foretold = json.loads(rejudged("--dry-run", "--json", *where).output)
    assert engine.memberships.load(ann_of(engine)) == known
    assert foretold == {
        "members": 1,
        "changed": 1,
        "done": False,
        "counts": [
            {"what": "granted", "name": "wifi", "members": 1},
            {"what": "told", "name": "benefit.granted", "members": 1},
        ],
    }
    shown = words_of(rejudged(*where))
    assert "1 members judged; 1 were changed." in shown
    assert "granted │ wifi │ 1" in shown
    [grant] = engine.memberships.load(ann_of(engine)).membership.benefits.values()
    assert grant.benefit == "wifi"
    assert words_of(rejudged(*where)) == "1 members judged; 0 were changed."


JUDGING = [
    ("rejudge",),
    ("set-tier", CARD, "--off"),
    ("adjust", CARD, "redeemable", "1", "--reason", "x", "--reference", "y"),
    ("merge", CARD, CARD),
    ("unmerge", CARD),
    ("claim", CARD, "-", "--partner", "demo"),
]


@pytest.mark.parametrize("words", JUDGING, ids=lambda words: words[0])
def test_nobody_is_judged_by_a_programme_that_is_not_deployed(on_stage, ground, words):
    engine, where = on_stage
    ground.let_functions_be(MILEPOST_PROGRAMME_DIGEST="0" * 64)
    known = list(engine.memberships.accounts())
    refused = CliRunner().invoke(main, [*words, *where], input="{}")
    assert refused.exit_code == 1
    assert "is not the one that is deployed. Deploy it first" in refused.output
    assert list(engine.memberships.accounts()) == known


def test_a_programme_can_be_tried_before_it_is_deployed_and_used_once_it_is(on_stage, ground):
    engine, where = on_stage
    ground.let_functions_be(MILEPOST_PROGRAMME_DIGEST="0" * 64)
    assert rejudged("--dry-run", *where).exit_code == 0
    ground.let_functions_be(MILEPOST_PROGRAMME_DIGEST=digest_of(engine.programme))
    assert rejudged(*where).exit_code == 0


def throttled():
    body = b'{"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "wait"}'
    return AWSResponse("https://dynamodb.example", 400, {}, MockRawResponse(body))


def test_a_table_that_asks_to_wait_is_asked_again(on_stage, monkeypatch):
    """Whoever reads six million members meets a throttle, and no queue repeats a command."""
    engine, _ = on_stage
    waits = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", waits.append)
    answers = iter([throttled(), throttled()])
    events = engine.table.client.meta.events
    events.register_first("before-send.dynamodb.Scan", lambda **_: next(answers, None))
    assert rejudgements.rejudged(engine, dry_run=False)["members"] == 1
    assert len(waits) == 2


def test_a_table_that_never_answers_ends_the_command_with_the_word_to_try_again(
    on_stage, monkeypatch
):
    engine, where = on_stage
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    events = engine.table.client.meta.events
    events.register_first("before-send.dynamodb.Scan", lambda **_: throttled())
    monkeypatch.setattr(place_module, "stage_engine", lambda *_: engine)
    refused = rejudged(*where)
    assert refused.exit_code == 1
    assert "try again" in refused.output
