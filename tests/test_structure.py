"""The source keeps the rules of its structure, and each rule is one that can be broken."""

from pathlib import Path

import pytest
from structure_rules import (
    LONGEST_MEDIAN,
    RULES,
    errors_are_called_errors,
    functions_are_short,
    imports_follow_the_layers,
    layer_of,
    median_length,
    modules_are_short,
    modules_open_with_a_docstring,
    no_module_reaches_into_another,
    no_registry_is_named,
    nothing_is_left_unfinished,
    only_bootstrap_makes_clients,
    only_settings_read_the_environment,
    the_domain_needs_nothing_but_the_standard_library,
    time_and_chance_come_from_ports,
)

ROOT = Path(__file__).parents[1]
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted([*ROOT.glob("app.py"), *ROOT.glob("chalicelib/**/*.py")])
}
LONG_FUNCTION = "def run():\n" + "    pass\n" * 50
"""51 lines."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule):
    faults = [told for path, source in SOURCES.items() for told in rule(path, source)]
    assert not faults, "\n".join(["", *faults])


def test_half_of_all_functions_have_at_most_eight_lines():
    median = median_length(SOURCES.values())
    assert median <= LONGEST_MEDIAN, f"the median is {median} lines; part the longest functions"


def test_the_rules_look_at_every_layer():
    """A rule that sees no module is kept by all of them."""
    assert {layer_of(path) for path in SOURCES} >= {"domain", "programme", "mail", "usecases"}


BROKEN = [
    (imports_follow_the_layers, "domain/a.py", "from chalicelib.mail.mime import f", "mail.mime"),
    (imports_follow_the_layers, "domain/a.py", "import chalicelib.usecases.ports", "ports"),
    (imports_follow_the_layers, "domain/a.py", "from chalicelib import settings", "settings"),
    (imports_follow_the_layers, "mail/a.py", "from chalicelib.programme import lint", "lint"),
    (imports_follow_the_layers, "programme/a.py", "from chalicelib.mail.mime import f", "mime"),
    (imports_follow_the_layers, "usecases/a.py", "from chalicelib.adapters.ses import f", "ses"),
    (
        imports_follow_the_layers,
        "adapters/a.py",
        "from chalicelib.usecases.audit import f",
        "audit",
    ),
    (imports_follow_the_layers, "handlers/a.py", "from chalicelib.adapters.ses import f", "ses"),
    (imports_follow_the_layers, "bootstrap.py", "from chalicelib.handlers.a import f", "handlers"),
    (imports_follow_the_layers, "bootstrap.py", "from chalicelib.world.a import f", "world"),
    (imports_follow_the_layers, "settings.py", "from chalicelib.adapters.ses import f", "ses"),
    (imports_follow_the_layers, "cli.py", "from chalicelib.handlers.a import f", "handlers"),
    (imports_follow_the_layers, "commands/lift.py", "import chalicelib.handlers.a", "handlers"),
    (
        imports_follow_the_layers,
        "usecases/a.py",
        "from chalicelib.lift_table import f",
        "lift_table",
    ),
    (imports_follow_the_layers, "cli.py", "from .handlers import a", ".handlers"),
    (imports_follow_the_layers, "extras/a.py", "", "'extras' is no layer"),
    (imports_follow_the_layers, "../app.py", "from chalicelib.adapters.ses import f", "ses"),
    (
        the_domain_needs_nothing_but_the_standard_library,
        "domain/a.py",
        "import pydantic",
        "pydantic",
    ),
    (
        the_domain_needs_nothing_but_the_standard_library,
        "domain/a.py",
        "from yaml import f",
        "yaml",
    ),
    (no_module_reaches_into_another, "world/a.py", "from chalicelib.handlers.a import _f", "_f"),
    (
        only_bootstrap_makes_clients,
        "adapters/a.py",
        "import boto3\nboto3.client('s')",
        "boto3.client",
    ),
    (
        only_bootstrap_makes_clients,
        "adapters/a.py",
        "import boto3 as b\nb.Session()",
        "boto3.Session",
    ),
    (
        only_bootstrap_makes_clients,
        "adapters/a.py",
        "from boto3 import resource\nresource",
        "resource",
    ),
    (
        only_bootstrap_makes_clients,
        "cli.py",
        "import boto3.session\nboto3.session.Session()",
        "session",
    ),
    (only_settings_read_the_environment, "mail/a.py", "import os\nos.environ['A']", "os.environ"),
    (
        only_settings_read_the_environment,
        "cli.py",
        "from os import getenv as g\ng('A')",
        "os.getenv",
    ),
    (
        only_settings_read_the_environment,
        "world/a.py",
        "from os import environ\nenviron",
        "os.environ",
    ),
    (
        time_and_chance_come_from_ports,
        "domain/a.py",
        "import datetime\ndatetime.datetime.now()",
        "now",
    ),
    (
        time_and_chance_come_from_ports,
        "mail/a.py",
        "from datetime import date\ndate.today()",
        "today",
    ),
    (
        time_and_chance_come_from_ports,
        "usecases/a.py",
        "from time import time\nx = [time]",
        "time.time",
    ),
    (
        time_and_chance_come_from_ports,
        "handlers/a.py",
        "import uuid\nuuid.uuid4().hex",
        "uuid.uuid4",
    ),
    (time_and_chance_come_from_ports, "domain/a.py", "import random\nrandom.Random(1)", "random"),
    (
        time_and_chance_come_from_ports,
        "world/a.py",
        "import random\nrandom.random()",
        "random.random",
    ),
    (time_and_chance_come_from_ports, "world/a.py", "import time\ntime.sleep(1)", "time.sleep"),
    (time_and_chance_come_from_ports, "cli.py", "import secrets\nsecrets.token_hex()", "secrets"),
    (functions_are_short, "domain/a.py", f"\n{LONG_FUNCTION}", "run is 51 lines long"),
    (functions_are_short, "domain/a.py", "\nasync " + LONG_FUNCTION, "run is 51 lines long"),
    (modules_are_short, "domain/a.py", "\n" * 301, "301 lines"),
    (modules_open_with_a_docstring, "domain/a.py", "# No docstring.\nimport re", "no docstring"),
    (modules_open_with_a_docstring, "domain/a.py", "", "no docstring"),
    (errors_are_called_errors, "mail/a.py", "\nclass Fault(ValueError): ...", "FaultError"),
    (errors_are_called_errors, "mail/a.py", "\nclass Fault(errors.MailError): ...", "FaultError"),
    (nothing_is_left_unfinished, "mail/a.py", "\nx = 1  # TO" + "DO: more", "stands here"),
    (nothing_is_left_unfinished, "mail/a.py", "\n'''FIX" + "ME'''", "stands here"),
    (
        no_registry_is_named,
        "mail/a.py",
        "\nURL = 'https://files.py" + "pi.org/simple'",
        "stands here",
    ),
]
KEPT = [
    (imports_follow_the_layers, "domain/a.py", "from chalicelib.domain.arms import Arm\nimport re"),
    (
        imports_follow_the_layers,
        "mail/a.py",
        "from chalicelib.domain.arms import Arm\nimport jinja2",
    ),
    (
        imports_follow_the_layers,
        "programme/a.py",
        "from chalicelib.mail.environment import sandbox",
    ),
    (imports_follow_the_layers, "adapters/a.py", "from chalicelib.usecases import ports"),
    (imports_follow_the_layers, "handlers/a.py", "from chalicelib import bootstrap"),
    (
        imports_follow_the_layers,
        "world/a.py",
        "from chalicelib.handlers.queue_sends import queue_sends",
    ),
    (imports_follow_the_layers, "commands/lift.py", "from chalicelib.lift_table import f"),
    (the_domain_needs_nothing_but_the_standard_library, "domain/a.py", "import re"),
    (the_domain_needs_nothing_but_the_standard_library, "mail/a.py", "import jinja2"),
    (no_module_reaches_into_another, "domain/a.py", "from __future__ import annotations"),
    (only_bootstrap_makes_clients, "bootstrap.py", "import boto3\nboto3.client('ses')"),
    (only_bootstrap_makes_clients, "world/a.py", "import boto3\nboto3.client('ses')"),
    (only_bootstrap_makes_clients, "adapters/a.py", "from boto3.dynamodb.types import X\nX()"),
    (only_settings_read_the_environment, "settings.py", "import os\nos.environ"),
    (only_settings_read_the_environment, "mail/a.py", "import os\nos.path"),
    (time_and_chance_come_from_ports, "adapters/a.py", "import time\ntime.time()"),
    (time_and_chance_come_from_ports, "world/a.py", "import random\nrandom.Random(7)"),
    (time_and_chance_come_from_ports, "world/a.py", "from random import Random\nRandom(7)"),
    (time_and_chance_come_from_ports, "domain/a.py", "from datetime import time\ntime(9)"),
    (time_and_chance_come_from_ports, "usecases/a.py", "def f(clock):\n    return clock.now()"),
    (functions_are_short, "domain/a.py", LONG_FUNCTION.removesuffix("    pass\n")),
    (modules_are_short, "domain/a.py", "\n" * 300),
    (modules_open_with_a_docstring, "domain/a.py", '"""What it is."""'),
    (errors_are_called_errors, "mail/a.py", "class Fault: ...\nclass MailError(Exception): ..."),
    (nothing_is_left_unfinished, "mail/a.py", "METHODOLOGY = 1"),
    (no_registry_is_named, "mail/a.py", "URL = 'https://example.com/docker'"),
]


def below_chalicelib(path):
    return path.removeprefix("../") if path.startswith("../") else f"chalicelib/{path}"


@pytest.mark.parametrize(("rule", "path", "source", "what"), BROKEN)
def test_a_rule_that_is_broken_says_where_and_how_to_mend_it(rule, path, source, what):
    [told] = rule(below_chalicelib(path), source)
    line = max(1, len(source.splitlines())) if rule is not functions_are_short else 2
    if rule is modules_open_with_a_docstring:
        line = 1
    assert told.startswith(f"{below_chalicelib(path)}:{line}: ")
    assert what in told
    assert told.count(". ") == 1


@pytest.mark.parametrize(("rule", "path", "source"), KEPT)
def test_a_rule_that_is_kept_says_nothing(rule, path, source):
    assert rule(below_chalicelib(path), source) == []


def test_every_rule_is_broken_and_kept_here():
    assert {rule for rule, *_ in BROKEN} == {rule for rule, *_ in KEPT} == set(RULES)


def test_the_median_counts_from_the_signature_to_the_last_line():
    one = "def a(): ...\n"
    three = "@decorated\ndef b(\n    x,\n):\n    return x\n"  # four lines, without the decorator
    assert median_length([one, three]) == 2.5
    assert median_length([one + three, one]) == 1
