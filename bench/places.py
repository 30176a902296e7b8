"""Where the engine's code can be started from: the checkout, and the package as Lambda gets it.

A package is taken if its libraries are built for this machine. It is unpacked anew, and sees
nothing of the development environment but what Lambda's own Python has.
"""

import os
import platform
import shutil
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "out" / "package"
RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
"""What Lambda's own Python has besides the standard library."""
ELF_BYTES = 20
ELF_MACHINES = {62: "x86_64", 183: "aarch64"}
"""What the 19th and 20th byte of a Linux library say."""
HERE = platform.machine() if sys.platform == "linux" else "no Linux"


@dataclass(frozen=True, slots=True)
class Place:
    """Where Python runs, and where alone it looks for code."""

    name: str
    folder: Path
    path: Sequence[Path]
    flags: Sequence[str] = ()

    def environment(self) -> Mapping[str, str]:
        return {
            "PYTHONPATH": os.pathsep.join(map(str, self.path)),
            "PYTHONDONTWRITEBYTECODE": "1",
        }


def places(out: Path) -> list[Place]:
    """Return the checkout, and the package if one was made for this machine."""
    checkout = Place("checkout", ROOT, [ROOT])
    package = next(filter(_is_for_this_machine, sorted(PACKAGES.glob("*/deployment.zip"))), None)
    return [checkout, _unpacked(package, out)] if package else [checkout]


def _is_for_this_machine(package: Path) -> bool:
    """Look at whom the libraries are built for: their names don't always say."""
    with zipfile.ZipFile(package) as content:
        libraries = [name for name in content.namelist() if name.endswith(".so")]
        return all(_machine(content.open(name).read(ELF_BYTES)) == HERE for name in libraries)


def _machine(head: bytes) -> str | None:
    return ELF_MACHINES.get(int.from_bytes(head[18:ELF_BYTES], "little"))


def _unpacked(package: Path, out: Path) -> Place:
    code, runtime, empty = out / "unpacked", out / "runtime", out / "elsewhere"
    for folder in (code, runtime, empty):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    with zipfile.ZipFile(package) as content:
        content.extractall(code)
    for source in _runtime():
        (runtime / source.name).symlink_to(source)
    # -S: nothing of the virtual environment; what Lambda has is linked above.
    path = [code.resolve(), runtime.resolve()]
    return Place(f"package of {package.parent.name}", empty, path, ["-S"])


def _runtime() -> Iterable[Path]:
    for name in RUNTIME:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise LookupError(f"{name} is not installed; run make setup")
        origin = Path(spec.origin)
        yield origin.parent if origin.name == "__init__.py" else origin
