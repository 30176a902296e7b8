import pytest
from programme.editing import Edited


@pytest.fixture
def edited(tmp_path):
    return Edited(tmp_path / "airline-bonus")
