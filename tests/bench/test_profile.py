"""The profile folds stacks by package: what a package takes itself, and with what it calls."""

import json
from pathlib import Path

from bench.profile import by_function, by_package, folded, package

ROOT = Path(__file__).parents[2]
OURS = str(ROOT / "chalicelib" / "adapters" / "ses.py")
LIBRARY = str(ROOT / ".venv" / "lib" / "python3.11" / "site-packages" / "botocore" / "client.py")
STACKS = {
    ((OURS, "send"), (LIBRARY, "call"), (json.__file__, "dumps")): 6,
    ((OURS, "send"), (LIBRARY, "call")): 3,
    ((OURS, "send"),): 1,
}


def test_a_file_belongs_to_a_library_a_layer_or_a_part_of_python():
    assert package(LIBRARY) == "botocore"
    assert package(OURS) == "milepost adapters"
    assert package(str(ROOT / "chalicelib" / "bootstrap.py")) == "milepost bootstrap"
    assert package(str(ROOT / "bench" / "chain.py")) == "milepost bench"
    assert package(json.__file__) == "python json"
    assert package("<string>") == "made at run time"


def test_own_time_is_the_innermost_frame_s_and_inclusive_time_everybody_s_above():
    shares = by_package(STACKS)
    assert [(name, share.own, share.inclusive) for name, share in shares.items()] == [
        ("python json", 0.6, 0.6),
        ("botocore", 0.3, 0.9),
        ("milepost adapters", 0.1, 1.0),
    ]


def test_functions_are_told_by_all_that_they_cause():
    assert list(by_function(STACKS)) == [
        "milepost adapters send",
        "botocore call",
        "python json dumps",
    ]


def test_stacks_are_written_as_flame_graphs_read_them():
    lines = list(folded(STACKS))
    assert lines[1] == "milepost adapters send;botocore call 3"
    assert len(lines) == 3
