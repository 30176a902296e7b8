"""``milepost rejudge``, as typed, on a stage and on a world."""

import json
from dataclasses import replace

from click.testing import CliRunner
from operations.test_tiers_by_hand import ann_of, words_of

from chalicelib.cli import main
from chalicelib.domain.benefits import Benefit
from chalicelib.operations import rejudgements
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
