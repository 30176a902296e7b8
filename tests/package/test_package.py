"""A package runs as it is: unpacked somewhere else, with what Lambda has and nothing more."""

import ast
import json
import platform
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from package.account import INTAKE, UNSUBSCRIBE, WEB_COPY, Account, environment, running_aws

from infra.functions import FUNCTIONS

LAMBDA_HAS = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
"""What the runtime has beside the standard library."""
NEVER_REACHED = {"airportsdata"}
"""What only compiling a programme imports."""
RUN = """
import json, sys
from datetime import datetime
event, handler, now = json.loads(sys.stdin.read())
module, _, name = handler.rpartition(".")
function = getattr(__import__(module, fromlist=[name]), name)
from chalicelib import bootstrap
from chalicelib.adapters.clock import VirtualClock
vars(bootstrap.engine())["clock"] = VirtualClock(datetime.fromisoformat(now))
class Context:
    function_name = memory_limit_in_mb = aws_request_id = invoked_function_arn = "test"
    def get_remaining_time_in_millis(self):
        return 60_000
answer = function(event, Context())
print()
print(json.dumps(answer))
"""
HANDLERS = {function.name: function.handler for function in FUNCTIONS}


runs_here = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="the stage e2e is for Linux on x86_64, and so are its libraries",
)


@pytest.fixture(scope="module")
def sdk(tmp_path_factory):
    """A folder with what Lambda has, so that nothing else of this environment is found."""
    folder = tmp_path_factory.mktemp("sdk")
    for name in LAMBDA_HAS:
        origin = Path(find_spec(name).origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)
    return folder


@pytest.fixture(scope="module")
def unpacked(package, tmp_path_factory):
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(package("e2e").archive) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def account(package, unpacked, sdk, tmp_path):
    """A stage whose every call runs in a new interpreter, from the zip alone."""
    template = package("e2e").built.template
    with running_aws() as stub:
        told = environment(stub, template["Resources"])
        variables = {**told, "PYTHONPATH": f"{unpacked}:{sdk}", "PYTHONDONTWRITEBYTECODE": "1"}

        def invoke(name, event, now):
            ran = subprocess.run(  # noqa: S603 - our own words
                [sys.executable, "-S", "-W", "error", "-c", RUN],
                input=json.dumps([event, HANDLERS[name], now.isoformat()]),
                cwd=tmp_path,
                env=variables,
                capture_output=True,
                text=True,
                check=False,
            )
            assert ran.returncode == 0, f"{name}: {ran.stdout}{ran.stderr}"
            account.note(stub.take_calls())
            return json.loads(ran.stdout.splitlines()[-1])

        account = Account(stub, invoke, told["MILEPOST_PARAMETERS"])
        yield account


ANN = {"card": "7000000001", "email": "ann@example.com"}


@runs_here
def test_every_function_of_a_package_does_its_work_from_the_zip_alone(account):
    """One member's way: she joins, is mailed, opens the mail, reads its copy, and leaves."""
    assert account.tell(("member.joined", {"member": ANN, "channel": "offline"})) == []
    assert account.send_due() == []
    [mail] = account.mails
    assert mail.mail.recipient == "ann@example.com"
    assert account.hear(("Open", mail)) == []
    for header, route in (("Archived-At", WEB_COPY), ("List-Unsubscribe", UNSUBSCRIBE)):
        answer = account.request(route, "GET", {"token": account.link(header, mail)}, {})
        assert answer["statusCode"] == 200, answer
        assert "<html" in answer["body"]
    assert account.audit() == {"claims_given_up": 0}


@runs_here
def test_a_forged_webhook_is_refused_by_the_package(account):
    answer = account.request(INTAKE, "POST", {"partner": "shop"}, {"webhook-id": "w"}, b"{}")
    assert answer["statusCode"] in (400, 401)


def test_the_same_inputs_give_the_same_bytes(package):
    one, other = package("e2e"), package("e2e", copy=2)
    assert differing(one.archive, other.archive) == set()
    assert one.archive.read_bytes() == other.archive.read_bytes()
    assert one.template.read_bytes() == other.template.read_bytes()


def differing(one, other):
    """Return the names of the files that are in one only, or that are not the same in both."""
    with zipfile.ZipFile(one) as first, zipfile.ZipFile(other) as second:
        files = [{name: each.read(name) for name in each.namelist()} for each in (first, second)]
    return {name for name, _ in files[0].items() ^ files[1].items()}


def test_nothing_in_the_application_imports_what_the_package_lacks(unpacked):
    """Imports within functions included, for a lazy one fails at the worst time."""
    inside = {path.stem for path in unpacked.iterdir()}
    known = {*inside, *sys.stdlib_module_names, *LAMBDA_HAS, *NEVER_REACHED}
    lacking = {
        f"{file.relative_to(unpacked)}: {name}"
        for file in [unpacked / "app.py", *unpacked.glob("chalicelib/**/*.py")]
        for name in _imported(file)
        if name.split(".")[0] not in known
    }
    assert not lacking


def test_no_module_has_to_be_compiled_at_a_cold_start(unpacked):
    """Lambda can keep no bytecode, so it is in the package, and is good wherever it lies."""
    tag = sys.implementation.cache_tag
    for file in unpacked.glob("**/*.py"):
        compiled = file.parent / "__pycache__" / f"{file.stem}.{tag}.pyc"
        assert compiled.exists(), file
        assert compiled.read_bytes()[4:8] == b"\1\0\0\0", f"{compiled} depends on a time"


def _imported(file):
    for node in _at_run_time(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def _at_run_time(node):
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from _at_run_time(child)
