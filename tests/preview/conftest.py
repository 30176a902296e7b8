"""A folder that a test may break, and one that none breaks."""

import pytest
from preview_folder import make_folder

from chalicelib.preview.snapshot import Snapshot, fingerprint


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path)


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="session")
def snapshot(whole):
    return Snapshot(whole, fingerprint(whole))
