"""What all tests share. Being here, it also lets them import ``strategies``."""

from collections.abc import Iterator

import pytest
from canaries import QUOTING, Watch, watching
from hypothesis import HealthCheck, settings

from chalicelib.world.moto_answers import answer_as_kept

settings.register_profile(
    "milepost",
    max_examples=50,  # of each rule in each run, and other ones the next time
    deadline=None,  # a busy machine is not a bug
    suppress_health_check=[HealthCheck.too_slow],
)
# Before a release: pytest -n auto --hypothesis-profile thorough
settings.register_profile("thorough", settings.get_profile("milepost"), max_examples=1_000)
settings.load_profile("milepost")
answer_as_kept()


GATE = (
    "tests/bench/test_quick_run.py",
    "tests/browser/",
    "tests/calibration/test_promises.py",
    "tests/contract/test_ledger_callers.py",
    "tests/cost/test_bill.py",
    "tests/cost/test_cost_command.py",
    "tests/cost/test_cost_document.py",
    "tests/cost/test_growth.py",
    "tests/mail/test_translate.py::test_a_language_is_added_by_a_command_translating_and_naming_it",
    "tests/package/test_checks.py",
    "tests/package/test_package.py",
    "tests/package/test_package_command.py",
    "tests/simulation/test_crash_everywhere.py",
    "tests/simulation/test_mutants.py",
    "tests/simulation/test_sim_command.py",
    "tests/simulation/test_sim_moto.py",
    "tests/simulation/test_sim_replay.py",
    "tests/test_docs.py::test_who_follows_a_page_sees_what_it_shows",
)
"""Whole runs, packages, pages and browsers: a few that take as long as all the others together.

``make test`` leaves them to ``make check``.
"""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(GATE):
            item.add_marker("gate")


@pytest.fixture(scope="session")
def watch() -> Iterator[Watch]:
    with watching() as watch:
        yield watch


@pytest.fixture(autouse=True)
def nothing_personal_is_logged(request: pytest.FixtureRequest, watch: Watch) -> Iterator[None]:
    """Fail whatever test lets personal data into a log line or a metric."""
    watch.seen.clear()
    yield
    quoting = any(request.node.nodeid.startswith(path) for path in QUOTING)
    assert quoting or not watch.seen, "\n".join(watch.seen[:5])
