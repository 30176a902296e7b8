"""Where the CPU of the chain goes: samples of the engine's stack, folded by package.

A sampler, since a tracing profiler makes small functions dear and loses its way among the
engine's greenlets. A sample is taken every few milliseconds of CPU, so it takes many members.
"""

import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar
from unittest.mock import patch

from bench.chain import Chain, Way
from bench.engine import invoke

ROOT = Path(__file__).resolve().parent.parent
EVERY_S = 0.001
"""Linux rounds this up to its own clock's tick."""

R = TypeVar("R")
Stack = tuple[tuple[str, str], ...]
"""File and function of each frame, the outermost first."""


class Sampler:
    """Samples while it is entered; the functions of the engine enter it, nothing else does."""

    def __init__(self) -> None:
        self.stacks: Counter[Stack] = Counter()

    def __enter__(self) -> None:
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)

    def _sample(self, _: int, frame: FrameType | None) -> None:
        stack: list[tuple[str, str]] = []
        while frame and frame.f_code is not invoke.__code__:
            stack.append((frame.f_code.co_filename, frame.f_code.co_qualname))
            frame = frame.f_back
        self.stacks[tuple(reversed(stack)) or ((__file__, "invoke"),)] += 1


@dataclass(frozen=True, slots=True)
class Share:
    """The part of all CPU that a package took itself, and with everything that it called."""

    own: float
    inclusive: float


def profile(chain: Chain, members: int, way: Way) -> Sampler:
    """Run members through the chain and sample their functions, once everything is warm.

    Python hands signals to the main thread, so that it has to do what a pool of threads would.
    """
    sampler = Sampler()
    with patch.object(ThreadPoolExecutor, "map", _map_here):
        chain.run(members // 10, way)
        chain.run(members, way, sampler)
    return sampler


def _map_here(_: ThreadPoolExecutor, act: Callable[..., R], *parts: Iterable[Any]) -> Iterator[R]:
    return map(act, *parts)


def by_package(stacks: Mapping[Stack, int]) -> dict[str, Share]:
    """Return each package's share, the greatest own one first."""
    own: Counter[str] = Counter()
    inclusive: Counter[str] = Counter()
    for stack, count in stacks.items():
        packages = [package(file) for file, _ in stack]
        own[packages[-1]] += count
        inclusive.update(dict.fromkeys(packages, count))
    total = own.total()
    return {name: Share(n / total, inclusive[name] / total) for name, n in own.most_common()}


def by_function(stacks: Mapping[Stack, int]) -> dict[str, Share]:
    """Return each function's share, the greatest inclusive one first."""
    own: Counter[str] = Counter()
    inclusive: Counter[str] = Counter()
    for stack, count in stacks.items():
        names = [f"{package(file)} {function}" for file, function in stack]
        own[names[-1]] += count
        inclusive.update(dict.fromkeys(names, count))
    total = own.total()
    return {name: Share(own[name] / total, n / total) for name, n in inclusive.most_common()}


def folded(stacks: Mapping[Stack, int]) -> Iterable[str]:
    """Yield lines for flame graphs: frames with semicolons between them, and the count."""
    for stack, count in stacks.items():
        yield f"{';'.join(f'{package(file)} {function}' for file, function in stack)} {count}"


def package(file: str) -> str:
    """Name the package, or the engine's layer, that a file belongs to."""
    path = Path(file)
    if "site-packages" in path.parts:
        return Path(path.parts[path.parts.index("site-packages") + 1]).stem
    for base in (ROOT / "chalicelib", ROOT):
        if path.is_relative_to(base):
            return f"milepost {Path(path.relative_to(base).parts[0]).stem}"
    if not path.is_absolute():
        return "made at run time"
    inner = next((i for i, part in enumerate(path.parts) if part.startswith("python3.")), -2)
    return f"python {Path(path.parts[inner + 1]).stem}"
