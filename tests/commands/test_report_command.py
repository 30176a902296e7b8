"""What ``milepost report`` prints when the hold-out's share was changed on the way."""

from click.testing import CliRunner

from chalicelib.cli import main
from chalicelib.commands import place
from chalicelib.domain.lift import ArmCount, as_json
from chalicelib.domain.segments import Segment, measure_segments
from chalicelib.operations.answers import told_segments

HALF = Segment(0.5, ArmCount(10, 500), ArmCount(10, 500))
EIGHTH = Segment(0.125, ArmCount(80, 800), ArmCount(20, 200))


def printed(monkeypatch, *segments):
    told = {
        "mails": {},
        "skipped": {},
        "priors": {"app": 10.0},
        "goals": {"app": as_json(measure_segments(segments))},
        "segments": {"app": told_segments(segments)},
    }
    monkeypatch.setattr(place, "ask_world", lambda *_: {"welcome": told})
    result = CliRunner().invoke(main, ["report"])
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_the_report_says_that_members_are_compared_under_one_share_each(monkeypatch):
    output = printed(monkeypatch, EIGHTH, HALF)
    assert "The hold-out's share was changed (12.5%, 50%)" in output
    assert "app: treated 90 of 1300 (6.92%), control 30 of 700 (4.29%); no difference" in output
    assert "+0.00 pp" in output


def test_of_a_share_that_was_never_changed_nothing_is_said(monkeypatch):
    output = printed(monkeypatch, EIGHTH)
    assert "share was changed" not in output
    assert "app: treated 80 of 800 (10.00%), control 20 of 200 (10.00%)" in output


def test_a_share_that_was_not_kept_is_called_unknown(monkeypatch):
    old = Segment(None, ArmCount(1, 10), ArmCount(1, 10))
    assert "changed (unknown, 50%)" in printed(monkeypatch, old, HALF)
