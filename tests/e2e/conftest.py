"""One emulator and one deployment for the whole run."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from deployed import PARTNER, STAGE, Deployed, event, joined
from emulator import ROOT, running_emulator, why_not_here

MEMBERS = 30
"""Drawn into two arms: fewer than three of them treated happens once in two million runs."""


@pytest.fixture(scope="session")
def emulator():
    """Its log stays in out/e2e until the next run."""
    if why := why_not_here():
        pytest.fail(why)
    log = ROOT / "out" / "e2e" / "emulator.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="milepost-e2e-", ignore_cleanup_errors=True) as folder,
        running_emulator(Path(folder), log) as emulator,
    ):
        yield emulator


@pytest.fixture(scope="session")
def first_deployment(emulator):
    """What deploying the package tells; the package is the one that make package left."""
    package = ROOT / "out" / "package" / STAGE
    if not (package / "template.json").exists():
        pytest.fail("there is no package of the stage; run this by: make e2e")
    told = Deployed(emulator).deploy()
    assert told.status == 0, told.body
    return told.body


@pytest.fixture(scope="session")
def deployed(emulator, first_deployment):
    """The stage with one partner that may tell it of members."""
    stage = Deployed(emulator)
    stage.translate_policies()
    told = stage.milepost("partners", "add", PARTNER)
    assert told.status == 0, told.body
    stage.secret = re.search(r"whsec_\S+", told.body)[0]
    return stage


@pytest.fixture(scope="session")
def everybody(deployed):
    """Everybody joins, by one webhook; return it."""
    batch = event("batch", {"events": [joined(number) for number in range(MEMBERS)]})
    answer = deployed.post_webhook(batch, "join-all")
    assert (answer.status, answer.json) == (202, {"accepted": MEMBERS})
    deployed.eventually(
        lambda: len(deployed.enrolments()) == MEMBERS, "every member is enrolled", 60
    )
    return batch
