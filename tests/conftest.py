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
