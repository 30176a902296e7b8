"""Says which share of small changes to the ledger and the tiers the tests of these notice.

``make mutation`` runs it, in an environment that has mutmut and nothing of AWS; it takes some ten
minutes. Modules and tests are copied to a folder of their own, so that nothing here is changed, and
hypothesis draws the same examples each time: what was noticed once is noticed again. The table goes
to docs/explanation/mutation-tests.md. An argument ``table`` writes it of the last run.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
OUT = ROOT / "out" / "mutation"
PAGE = ROOT / "docs" / "explanation" / "mutation-tests.md"
MODULES = ("ledger", "tier")
"""What the names of the modules, and of their tests, begin with."""
SLOW = ("test_ledger_machine.py",)
"""Left out, as it takes longer than all the others together: so the share found is the least."""
HELPERS = ("builders.py", "ledger_builders.py", "ledger_model.py")
BEGIN, END = "<!-- mutation: table -->", "<!-- end -->"

SETTINGS = """
[tool.pytest.ini_options]
pythonpath = ["."]
addopts = "-q -p no:cacheprovider"

[tool.mutmut]
source_paths = ["chalicelib"]
only_mutate = [{modules}]
pytest_add_cli_args_test_selection = ["tests/domain"]
use_git_change_detection = false
track_dependencies = false
timeout_multiplier = 4.0
timeout_constant = 10.0
"""
CONFTEST = """
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutation",
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # how small an example is does not matter here
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutation")
"""
KILLED = (1, 3)
"""What mutmut keeps of a mutant: a test has failed, or pytest itself."""
ENDLESS = (24, -24, 36, 152, 255)
"""It was stopped: the tests came to no end."""
LEAST_PERCENT = 90


@dataclass(frozen=True)
class Result:
    """What became of a module's mutants; those that nobody tried are not in it."""

    module: str
    mutants: int
    killed: int
    endless: int
    survived: tuple[str, ...]

    @property
    def percent(self):
        return 100 * (self.killed + self.endless) / self.mutants

    def row(self):
        survivors = Counter(map(function_of, self.survived))
        named = ", ".join(
            f"`{name}`" + (f" {times}" if times > 1 else "") for name, times in survivors.items()
        )
        return (
            f"| {self.module} | {self.mutants:,} | {self.killed:,} | {self.endless} | "
            f"{self.percent:.1f} % | {named} |"
        )


def function_of(mutant):
    """Return the function, which mutmut names ``x_function`` or ``xǁClassǁmethod``."""
    name = mutant.rpartition(".")[2].rpartition("__mutmut")[0]
    return name.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")


def prepare():
    """Copy what is mutated and what notices it."""
    shutil.rmtree(OUT, ignore_errors=True)
    shutil.copytree(ROOT / "chalicelib" / "domain", OUT / "chalicelib" / "domain")
    shutil.copy(ROOT / "chalicelib" / "__init__.py", OUT / "chalicelib")
    copy_tests()
    (OUT / "tests" / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    modules = ", ".join(f'"chalicelib/domain/{name}*.py"' for name in MODULES)
    (OUT / "pyproject.toml").write_text(SETTINGS.format(modules=modules), encoding="utf-8")


def copy_tests():
    here, tests = Path(__file__).parent, OUT / "tests" / "domain"
    tests.mkdir(parents=True)
    for pattern in (*(f"test_{name}*.py" for name in MODULES), *HELPERS):
        for file in here.glob(pattern):
            if file.name not in SLOW:
                shutil.copy(file, tests)


def measure(*names):
    """Let mutmut try every change, or those that are named."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(os.cpu_count()), *names]
    subprocess.run(command, cwd=OUT, check=True)  # noqa: S603 - our own words


def results():
    """Read what mutmut has kept of every mutant that was tried."""
    for file in sorted((OUT / "mutants" / "chalicelib" / "domain").glob("*.py.meta")):
        codes = json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
        tried = {name: code for name, code in codes.items() if code is not None}
        if tried:
            gone = {*KILLED, *ENDLESS}
            yield Result(
                module=file.name.removesuffix(".py.meta"),
                mutants=len(tried),
                killed=sum(code in KILLED for code in tried.values()),
                endless=sum(code in ENDLESS for code in tried.values()),
                survived=tuple(name for name, code in tried.items() if code not in gone),
            )


def total(found):
    return Result(
        module="all",
        mutants=sum(each.mutants for each in found),
        killed=sum(each.killed for each in found),
        endless=sum(each.endless for each in found),
        survived=(),
    )


def write_table(found):
    """Put the table where it belongs on the page."""
    head = ["| module | mutants | killed | endless | share | survivors are in |"]
    rows = [*head, "|---|---|---|---|---|---|", *(each.row() for each in found)]
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join([*rows, total(found).row()])
    PAGE.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


def main(*words):
    if words != ("table",):
        prepare()
        measure()
    found = list(results())
    write_table(found)
    sys.stdout.write(f"{total(found).row()}\n")
    return 0 if total(found).percent >= LEAST_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
