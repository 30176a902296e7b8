"""The zip: the same files give the same bytes, whenever and wherever it is made.

Chalice's zip has the times of the files and the order of the file system in it, and no bytecode:
Lambda can't keep any, so that every cold start would compile each module anew.
"""

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

FIRST_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can tell."""
READABLE = 0o644 << 16
UNUSED = ("**/*.c", "**/*.cpp", "**/*.h", "**/*.hpp", "*/tests/**/*", "**/swagger_ui/*")
"""What distributions bring along and no function opens; a cold start would fetch it too."""
LAMBDA_ROOT = "/var/task"


def unpack(file: Path, folder: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)


def drop_unused(folder: Path) -> None:
    for file in {file for pattern in UNUSED for file in folder.glob(pattern) if file.is_file()}:
        file.unlink()


def add_bytecode(folder: Path) -> None:
    """Compile every module of the folder for this very Python, without a time in the result.

    A process of its own, with a seed of hashes that is fixed: both show in the bytes.
    """
    words = ["-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"]
    words += ["-s", str(folder), "-p", LAMBDA_ROOT, str(folder)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    subprocess.run([sys.executable, *words], check=True, env=environment)  # noqa: S603 - our own words


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return every file by its name in the zip."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def write_archive(file: Path, entries: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, FIRST_TIME)
            entry.external_attr = READABLE
            entry.create_system = 3  # Unix, wherever it is made
            archive.writestr(entry, entries[name], zipfile.ZIP_DEFLATED, compresslevel=9)
