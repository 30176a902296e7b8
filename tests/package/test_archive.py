"""The zip has no trace of when, where and in which order it was made."""

import os
import subprocess
import sys

from infra.archive import add_bytecode, drop_unused, read_folder, unpack, write_archive


def filled(folder, *, reverse=False):
    files = {"a.py": "X = {'b', 'a'}\nY = lambda: 'later'\n", "b/c.py": "import a\n", "d.txt": "d"}
    for name in sorted(files, reverse=reverse):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(files[name])
    return folder


def test_the_same_files_give_the_same_bytes(tmp_path):
    one, other = filled(tmp_path / "one"), filled(tmp_path / "other" / "deeper", reverse=True)
    os.utime(one / "a.py", (1, 1))
    (one / "a.py").chmod(0o600)
    for folder in (one, other):
        add_bytecode(folder)
        write_archive(folder.parent / f"{folder.name}.zip", read_folder(folder))
    first = (tmp_path / "one.zip").read_bytes()
    assert first == (tmp_path / "other" / "deeper.zip").read_bytes()


def test_what_is_packed_comes_out_again(tmp_path):
    folder = filled(tmp_path / "one")
    write_archive(tmp_path / "one.zip", read_folder(folder))
    unpack(tmp_path / "one.zip", tmp_path / "two")
    assert read_folder(tmp_path / "two") == read_folder(folder)
    assert (tmp_path / "two" / "b" / "c.py").stat().st_mode & 0o444 == 0o444


def test_bytecode_is_used_as_it_is_whatever_the_source_says(tmp_path):
    """Lambda's file times are its own, so nothing may hang on them."""
    folder = filled(tmp_path / "one")
    add_bytecode(folder)
    (folder / "a.py").write_text("raise SystemError('compiled again')")
    ran = subprocess.run(
        [sys.executable, "-c", "import a; print(a.Y())"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "later\n", ran.stderr


def test_what_no_function_opens_is_left_out(tmp_path):
    for name in ("g/tests/test_a.py", "g/tests/x.so", "g/g.h", "g/g.py", "tests.py", "g/ui.js"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    drop_unused(tmp_path)
    assert set(read_folder(tmp_path)) == {"g/g.py", "tests.py", "g/ui.js"}
