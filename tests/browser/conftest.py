"""The one headless Chromium of a test run; what needs it is skipped where there is none."""

import os
from collections.abc import Iterator

import pytest

from chalicelib.preview.browser import VARIABLE, Browser, NoBrowserError


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        opened = Browser(os.environ.get(VARIABLE)).__enter__()
    except NoBrowserError as error:
        pytest.skip(f"{error}")
    yield opened
    opened.__exit__(None, None, None)
