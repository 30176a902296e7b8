"""Runs a page of the documentation as a reader would, and holds it against what it shows.

What the fenced blocks of a page mean: ``console`` is the first terminal, in which ``$ milepost
serve`` starts a world, and ``$ milepost preview`` a gallery, in place of the one before; ``sh`` is
typed into the second terminal, one shell for the whole page; ``text`` shows lines of what the
``sh`` block before it prints, in their order; ``diff`` is an edit made by hand. In ``text``, ``…``
stands for anything, and times and ids for any of their kind.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

TIMEOUT_SECONDS = 120
_SERVER = re.compile(r"\$ (milepost (serve|preview)\b.*)")
_GREETING_LINES = {"serve": 3, "preview": 2}
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "--- end of block, status "
_VARYING = re.compile(
    r"…|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?|[a-z2-7]{26}|\s+"
)
_KINDS = (
    (re.compile(r"…"), ".*"),
    (re.compile(r"[0-9]{4}-.*"), "[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    (re.compile(r"[0-9]{2}:.*"), r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"),
    (re.compile(r"\s+"), r"\s+"),
    (re.compile(r".*"), "[a-z2-7]{26}"),
)


@dataclass(frozen=True)
class Block:
    """One fenced block; ``line`` is that of its fence in the page."""

    kind: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    source = page.read_text(encoding="utf-8")
    return [
        Block(found[1], found[2], source.count("\n", 0, found.start()) + 1)
        for found in _FENCE.finditer(source)
    ]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class Reader:
    """Somebody with two terminals open in ``folder``; ``port`` takes the place of 8000."""

    folder: Path
    port: int
    _world: subprocess.Popen[str] | None = None
    _shell: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self._shell = self._start(["bash"], stdin=subprocess.PIPE)

    def follow(self, page: Path) -> list[str]:
        """Do what the page says; return what came out otherwise, in the order of the page."""
        printed, last = "", None
        faults = []
        for block in blocks(page):
            if last and last.kind == "sh":
                faults += _status_faults(last, printed, block)
            match block.kind:
                case "console":
                    self._serve(block)
                case "diff":
                    self._edit(block)
                case "sh":
                    printed = self._type(self._local(block.text))
                case "text":
                    faults += _missing(block, self._local(block.text), printed)
            last = block
        return faults

    def close(self) -> None:
        self._stop_world()
        self._shell.kill()
        self._shell.communicate()

    def _local(self, text: str) -> str:
        return text.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")

    def _start(self, command: list[str], **streams: int) -> subprocess.Popen[str]:
        beside_us = Path(sys.executable).parent
        ours = {
            "PATH": f"{beside_us}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "100",
            "PYTHONUTF8": "1",
        }
        return subprocess.Popen(  # noqa: S603 - the commands are those of our own pages
            command,
            cwd=self.folder,
            env={**os.environ, **ours},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            **streams,
        )

    def _serve(self, block: Block) -> None:
        """Start the server that the block starts, if it starts one, and wait for its greeting."""
        for line in block.text.splitlines():
            if typed := _SERVER.match(line):
                self._stop_world()
                self._world = self._start([*typed[1].split(), "--port", str(self.port)])
                assert self._world.stdout
                for _ in range(_GREETING_LINES[typed[2]]):
                    assert self._world.stdout.readline(), f"line {block.line}: it did not start"

    def _stop_world(self) -> None:
        if self._world:
            self._world.send_signal(signal.SIGTERM)
            self._world.communicate(timeout=TIMEOUT_SECONDS)
            self._world = None

    def _edit(self, block: Block) -> None:
        """Replace what the diff takes out by what it puts in; it must stand there once."""
        head, *body = block.text.splitlines(keepends=True)
        file = self.folder / head.removeprefix("+++ ").strip()
        before = "".join(line[1:] for line in body if line[0] in " -")
        after = "".join(line[1:] for line in body if line[0] in " +")
        source = file.read_text(encoding="utf-8")
        assert source.count(before) == 1, f"the edit at line {block.line} does not fit {file}"
        file.write_text(source.replace(before, after), encoding="utf-8")

    def _type(self, text: str) -> str:
        """Type into the shell; return what it prints, with the last command's status below."""
        assert self._shell.stdin
        assert self._shell.stdout
        guard = threading.Timer(TIMEOUT_SECONDS, self._shell.kill)
        guard.start()
        try:
            self._shell.stdin.write(f"{text}\nprintf '\\n{_MARK}%d\\n' $?\n")
            self._shell.stdin.flush()
            return "".join(_up_to_mark(self._shell.stdout))
        finally:
            guard.cancel()


def _up_to_mark(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line
        if line.startswith(_MARK):
            return
    raise AssertionError("the shell ended, or a command took too long")


def _status_faults(block: Block, printed: str, follower: Block) -> list[str]:
    """A block that shows nothing must at least succeed."""
    if follower.kind == "text" or printed.endswith(f"{_MARK}0\n"):
        return []
    return [f"line {block.line}: the commands failed:\n{printed}"]


def _missing(block: Block, expected: str, printed: str) -> list[str]:
    """Look for each expected line below the one before."""
    lines = iter(printed.splitlines())
    for number, line in enumerate(expected.splitlines(), start=block.line + 1):
        if line.strip() in ("", "…"):
            continue
        pattern = _pattern(line)
        if not any(pattern.fullmatch(each.strip()) for each in lines):
            return [f"line {number}: {line.strip()!r} is not in\n{printed}"]
    return []


def _pattern(line: str) -> re.Pattern[str]:
    """Return a pattern of the line in which what varies from run to run may vary."""
    text, end, parts = line.strip(), 0, []
    for found in _VARYING.finditer(text):
        parts.append(re.escape(text[end : found.start()]))
        parts.append(next(kind for known, kind in _KINDS if known.fullmatch(found[0])))
        end = found.end()
    return re.compile("".join([*parts, re.escape(text[end:])]))
