"""Each function as Lambda finds it: by its handler's name, with nothing else imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from app import app

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ("queue_events", "queue_sends", "queue_feedback", "schedule_due", "schedule_audit")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_found_by_its_own_module_alone(name):
    code = f"from chalicelib.handlers.{name} import {name}; assert callable({name})"
    told = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr


def test_no_function_needs_a_development_package():
    """What Lambda lacks must not be imported on the way to any handler."""
    absent = ("moto", "click", "rich", "pytest", "hypothesis")
    code = f"import sys; sys.modules.update(dict.fromkeys({absent})); import app"
    told = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr


def test_the_application_has_every_function():
    assert set(FUNCTIONS) <= set(app.handler_map)
    assert set(app.routes) == {
        "/v1/partners/{partner}/events",
        "/v1/partners/{partner}/ledger/{act}",
        "/m/unsubscribe/{token}",
        "/m/mail/{token}",
        "/m/preferences/{token}",
        "/m/images/{file}",
    }
