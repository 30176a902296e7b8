"""The emulator of AWS as a process of its own, on a free port of this machine alone.

It is told where it listens, to speak TLS, to hold every function to its policy, and what it must
not start; nothing else of it is changed.
"""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
BINARY = ROOT / ".venv-e2e" / "bin" / "ministack"
ACCOUNT = "123456789012"
REGION = "eu-central-1"
ANOTHER_ACCOUNT = "210987654321"
START_SECONDS = 60
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": ACCOUNT,  # twelve digits are the account's number to the emulator
    "AWS_SECRET_ACCESS_KEY": "emulator",
    "AWS_SESSION_TOKEN": "emulator",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def plain_environment(**more):
    """Return this process's environment without anything of AWS's, and with ``more``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, **more}


@dataclass(frozen=True)
class Emulator:
    """Where it answers, and the certificate by which it is known."""

    url: str
    certificate: Path

    @property
    def trust(self):
        return ssl.create_default_context(cafile=self.certificate)

    def get(self, path):
        """Ask what is the emulator's own, not AWS's."""
        address = f"{self.url}/_ministack/{path}"
        with urlopen(address, timeout=30, context=self.trust) as answer:  # noqa: S310 - https
            return answer.read()


@contextmanager
def running_emulator(folder, log):
    """Yield the emulator once it answers; its files are in ``folder``, what it tells in ``log``."""
    port = free_port()
    emulator = Emulator(f"https://127.0.0.1:{port}", folder / "ministack-tls" / "server.crt")
    settings = {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "TMPDIR": str(folder),
        "USE_SSL": "1",
    }
    with log.open("w") as told:
        process = subprocess.Popen(  # noqa: S603 - our own words
            [BINARY],
            env=plain_environment(**CREDENTIALS, **settings),
            stdout=told,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            await_answer(process, emulator, log)
            yield emulator
        finally:
            stop(process)


def stop(process):
    """End the emulator and the functions that it runs; nothing of it is to be kept."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:  # it waits for connections that were left open
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=5)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def await_answer(process, emulator, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            emulator.get("health")
        except OSError:
            time.sleep(0.2)
        else:
            return
    told = log.read_text()[-2000:]
    raise AssertionError(f"the emulator does not answer at {emulator.url}:\n{told}")


def why_not_here():
    """Say why the run can't be made on this machine; "" when it can."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        return "the e2e stage is packaged for Linux on x86_64, where its functions then run"
    if not BINARY.exists() or shutil.which(BINARY) is None:
        return "the emulator is not installed; run this by: make e2e"
    ours, its = f"{sys.version_info.major}.{sys.version_info.minor}.", python_of_emulator()
    if not its.startswith(ours):
        return f"the emulator has Python {its}, and the package is for {ours}x: rm -r .venv-e2e"
    if shutil.which("openssl") is None:
        return "the emulator makes its certificate with openssl; install it"
    return ""


def python_of_emulator():
    told = (BINARY.parents[1] / "pyvenv.cfg").read_text()
    return re.search(r"^version = (.*)$", told, re.MULTILINE)[1]
