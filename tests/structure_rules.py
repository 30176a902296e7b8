"""The rules that keep the source tidy, each a pure function of a module's path and source.

A rule returns its faults, each as ``file:line: what is wrong. How to mend it``; none when the
module keeps it. The path is relative to the repository, with slashes.
"""

import ast
import builtins
import re
import statistics
import sys
from collections.abc import Iterable
from pathlib import PurePosixPath

from source_reader import dotted_name, functions, imports, names_used, parse

LONGEST_FUNCTION = 50
LONGEST_MODULE = 300
LONGEST_MEDIAN = 8

_EDGES = ("settings", "observability")
_INSIDE = ("domain", "programme", "mail", "usecases", "adapters", "bootstrap", *_EDGES)
MAY_IMPORT = {
    "domain": (),
    "mail": ("domain",),
    # One dialect for conditions and mails, and one lint over both.
    "programme": (
        "domain",
        *(f"mail.{m}" for m in ("check", "environment", "errors", "expressions")),
        *(f"mail.{m}" for m in ("samples", "source_mails", "tree_builder")),
    ),
    "mail_lint": ("domain", "mail"),
    "usecases": ("domain", "programme", "mail"),
    "adapters": (
        "domain",
        *(
            f"usecases.{m}"
            for m in (
                "benefit_ports",
                "brake_ports",
                "member_ports",
                "membership_ports",
                "parking_ports",
                "ports",
                "signatures",
                "template_ports",
                "together",
            )
        ),
    ),
    "handlers": ("bootstrap", "usecases", "domain", *_EDGES),
    "bootstrap": (*_INSIDE,),
    "settings": ("domain",),
    "observability": ("domain", "settings", "usecases.ports"),
    # What a person tells in a file is read as what a partner tells.
    "operations": (*_INSIDE, "mail_lint", "handlers.claim_schema"),
    # The world runs the functions as Lambda would; a command has no business with them.
    "world": (*_INSIDE, "handlers", "commands", "operations"),
    # The meter watches the functions at work, in a world of its own.
    "cost": (*_INSIDE, "handlers", "world"),
    "calibration": (*_INSIDE, "world"),
    # Years of a programme, for the members of a file that the world's importer reads.
    "rehearsal": (*_INSIDE, "world"),
    # The gallery of mails runs nothing; it only looks like the world's pages.
    "preview": (*_INSIDE, "operations", "world.page_templates"),
    # The simulator runs the functions under faults, and takes a world's events and front door.
    "simulation": (*_INSIDE, "handlers", "world", "operations"),
    "commands": (
        *_INSIDE,
        *("world", "operations", "cost", "calibration", "rehearsal", "simulation", "preview"),
        "mail_lint",
    ),
    "app": ("handlers", "bootstrap", *_EDGES),
}
"""What each layer may import of ``chalicelib``, besides itself."""

CLIENTS = ("boto3.client", "boto3.resource", "boto3.session", "boto3.Session")
# The world makes its clients against its own twin of AWS, as bootstrap does against AWS; operators'
# commands have other clients than the engine.
CLIENT_MAKERS = (
    "chalicelib/bootstrap.py",
    "chalicelib/operations/clients.py",
    "chalicelib/simulation/moto_ground.py",
    "chalicelib/world/",
)
ENVIRONMENT = ("os.environ", "os.environb", "os.getenv", "os.putenv", "os.unsetenv")
ENVIRONMENT_READERS = (
    "chalicelib/bootstrap.py",
    "chalicelib/observability.py",  # faults of the settings are logged, too
    "chalicelib/settings.py",
    "chalicelib/world/substrates.py",  # boto3 takes a region and keys from there, real or not
)
CLOCKS_AND_CHANCE = (
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "email.utils.localtime",
    "email.utils.make_msgid",
    "os.urandom",
    "random",
    "secrets",
    "time.sleep",
    "time.time",
    "time.time_ns",
    "uuid.uuid1",
    "uuid.uuid4",
)
SEEDED = ("random.Random",)
SEEDED_LAYERS = (
    "chalicelib/calibration/",
    "chalicelib/cost/",
    "chalicelib/rehearsal/",
    "chalicelib/simulation/",
    "chalicelib/world/",
)
"""The world's own chance: it has a seed, so that every run can be repeated."""

REGISTRY_HOST = re.compile(
    r"\b(?:[\w-]+\.)*(?:crates|docker|ghcr|npmjs|pypi|pythonhosted|quay|rubygems)\.(?:com|io|org)\b"
)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME)\b")

_EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)


def imports_follow_the_layers(path: str, source: str) -> list[str]:
    layer = layer_of(path)
    if layer not in MAY_IMPORT:
        return [
            fault(path, 1, f"'{layer}' is no layer", "Move the module, or add it to MAY_IMPORT")
        ]
    allowed = (*MAY_IMPORT[layer], layer)
    cure = f"{layer} may import {', '.join(MAY_IMPORT[layer]) or 'nothing else of chalicelib'}"
    return [
        fault(path, line, f"{layer} imports {name}", cure)
        for line, name in imports(source)
        if name.startswith((".", "chalicelib.")) and not _within(_inner(name), allowed)
    ]


def the_domain_needs_nothing_but_the_standard_library(path: str, source: str) -> list[str]:
    if layer_of(path) != "domain":
        return []
    return [
        fault(path, line, f"the domain imports {name}", "Give it what it needs as a value")
        for line, name in imports(source)
        if name.split(".")[0] not in {*sys.stdlib_module_names, "chalicelib"}
    ]


def no_module_reaches_into_another(path: str, source: str) -> list[str]:
    return [
        fault(path, line, f"{name} is private to its module", "Make it public, or leave it there")
        for line, name in imports(source)
        if name.startswith("chalicelib.") and any(_is_private(part) for part in name.split("."))
    ]


def only_bootstrap_makes_clients(path: str, source: str) -> list[str]:
    cure = "Take the client as an argument; bootstrap.py makes it"
    return _banned(path, source, CLIENTS, CLIENT_MAKERS, cure)


def only_settings_read_the_environment(path: str, source: str) -> list[str]:
    cure = "Add a field to Settings and take its value as an argument"
    return _banned(path, source, ENVIRONMENT, ENVIRONMENT_READERS, cure)


def time_and_chance_come_from_ports(path: str, source: str) -> list[str]:
    cure = "Take the time, or the id, as an argument or from a port"
    seeded = SEEDED if path.startswith(SEEDED_LAYERS) else ()
    return _banned(path, source, CLOCKS_AND_CHANCE, ("chalicelib/adapters/",), cure, but=seeded)


def functions_are_short(path: str, source: str) -> list[str]:
    return [
        fault(
            path, line, f"{name} is {length} lines long", f"Part it; {LONGEST_FUNCTION} is the most"
        )
        for line, name, length in functions(source)
        if length > LONGEST_FUNCTION
    ]


def modules_are_short(path: str, source: str) -> list[str]:
    lines = len(source.splitlines())
    if lines <= LONGEST_MODULE:
        return []
    return [fault(path, lines, f"the module is {lines} lines long", "Part it; 300 is the most")]


def modules_open_with_a_docstring(path: str, source: str) -> list[str]:
    if ast.get_docstring(parse(source)):
        return []
    return [fault(path, 1, "there is no docstring", "Say what the module is, and is not to do")]


def errors_are_called_errors(path: str, source: str) -> list[str]:
    return [
        fault(path, node.lineno, f"{node.name} is raised", f"Call it {node.name}Error")
        for node in ast.walk(parse(source))
        if isinstance(node, ast.ClassDef) and _is_error(node) and not node.name.endswith("Error")
    ]


def nothing_is_left_unfinished(path: str, source: str) -> list[str]:
    return _lines_with(UNFINISHED, path, source, "Do it, or take it out")


def no_registry_is_named(path: str, source: str) -> list[str]:
    return _lines_with(REGISTRY_HOST, path, source, "Leave it to the installer's own settings")


RULES = (
    imports_follow_the_layers,
    the_domain_needs_nothing_but_the_standard_library,
    no_module_reaches_into_another,
    only_bootstrap_makes_clients,
    only_settings_read_the_environment,
    time_and_chance_come_from_ports,
    functions_are_short,
    modules_are_short,
    modules_open_with_a_docstring,
    errors_are_called_errors,
    nothing_is_left_unfinished,
    no_registry_is_named,
)


def median_length(sources: Iterable[str]) -> float:
    """Return the median of the lengths of all functions, in lines."""
    return statistics.median(length for s in sources for _, _, length in functions(s))


def layer_of(path: str) -> str:
    """Return the folder below chalicelib, or what a module outside of every folder is."""
    pure = PurePosixPath(path)
    if pure.parts[0] != "chalicelib":
        return pure.stem
    if len(pure.parts) > 2:
        return pure.parts[1]
    return pure.stem if pure.stem in ("bootstrap", *_EDGES) else "commands"


def fault(path: str, line: int, what: str, cure: str) -> str:
    return f"{path}:{line}: {what}. {cure}"


def _banned(  # noqa: PLR0913 - one place for the three rules that ban names
    path: str,
    source: str,
    banned: tuple[str, ...],
    excused: tuple[str, ...],
    cure: str,
    *,
    but: tuple[str, ...] = (),
) -> list[str]:
    if path.startswith(excused):
        return []
    return [
        fault(path, line, f"{name} is used here", cure)
        for line, name in names_used(source)
        if _within(name, banned) and not _within(name, but)
    ]


def _within(name: str, names: Iterable[str]) -> bool:
    return any(name == other or name.startswith(f"{other}.") for other in names)


def _inner(name: str) -> str:
    """Return the name below chalicelib, beginning with its layer as ``layer_of`` has it.

    A relative name stays as it is: no layer has it, so that nobody may import it.
    """
    inner = name.removeprefix("chalicelib.")
    return inner if inner.split(".")[0] in ("", *MAY_IMPORT) else f"commands.{inner}"


def _is_private(part: str) -> bool:
    return part.startswith("_") and not part.startswith("__")


def _is_error(node: ast.ClassDef) -> bool:
    bases = [dotted_name(base).split(".")[-1] for base in node.bases]
    return any(b in _EXCEPTIONS or b.endswith(("Error", "Exception")) for b in bases)


def _lines_with(pattern: re.Pattern[str], path: str, source: str, cure: str) -> list[str]:
    return [
        fault(path, number, f"'{match[0]}' stands here", cure)
        for number, line in enumerate(source.splitlines(), start=1)
        if (match := pattern.search(line))
    ]
