"""The file of members: read to its end or refused at the line, and the truth about lines."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st
from importing import Door, files_each_time, imported, plan, row, write_csv

from chalicelib.world.import_csv import survey
from chalicelib.world.import_errors import MemberFileError
from chalicelib.world.importer import Courier, nothing_refused, run_import


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    file = tmp_path / "members.csv"
    file.write_bytes(
        b"Number,City,Salary,Joined,Left\r\n"
        b'1,"To\nron\r\nto",10,2016-02-01,\r\n'
        b"\r\n"
        b"2,Atlantis,10,2016-02-01,\n"
        b"3,Toronto,-1,2016-02-01,"
    )
    records = list(survey(file).records())
    assert [record.line for record in records] == [2, 6, 7]
    tally = run_import(plan(tmp_path, file), nothing_refused, lambda _: None)
    assert [line for line, _ in tally.first_rejects] == [2, 6, 7]


@files_each_time
@given(st.lists(st.lists(st.text('ab\n\r",é ', max_size=6), min_size=2, max_size=3), max_size=20))
def test_any_row_is_read_back_from_the_line_it_was_written_on(tmp_path, rows):
    file = tmp_path / "members.csv"
    lines = []
    with file.open("w", newline="", encoding="utf-8") as stream:
        stream.write("a,b,c\n")
        for fields in rows:
            stream.flush()
            lines.append(file.read_bytes().count(b"\n") + 1)
            csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(fields)
    source = survey(file)
    assert source.rows == len(rows)
    assert [(r.line, list(r.fields)) for r in source.records()] == list(
        zip(lines, rows, strict=True)
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_is_neither_needed_nor_lost(tmp_path, encoding):
    rows = [row(1), row(2, city="Atlantis")]
    tally, _ = imported(tmp_path, rows, encoding=encoding)
    assert (tally.accepted, tally.rejected) == (1, 1)
    kept = (tmp_path / "out" / "rejects.csv").read_bytes()
    assert kept.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", ":1: the file is empty"),
        (b"\n\n", ":1: the file is empty"),
        (b"Number,Number\n", ":1: more than one column is called 'Number'"),
        (b"Number,City\nM\xe9l,1\n", r":2: the line is not UTF-8 \(byte 2 of it\)"),
        ("Number,City\n".encode("utf-16"), ":1: the line is not UTF-8"),
        (b'Number,City\n1,"open\n2,b\n', ":2: the row can't be read"),
        (b'Number,City\n1,"a"b\n', ":2: the row can't be read"),
        (b"Number,City\n" + b"x" * 1_000_000, ":2: the line has 1000000 bytes or more"),
    ],
)
def test_a_file_that_cannot_be_read_to_its_end_is_refused_at_the_line(tmp_path, raw, why):
    file = tmp_path / "members.csv"
    file.write_bytes(raw)
    with pytest.raises(MemberFileError, match=why):
        survey(file)


def test_a_fault_in_the_last_line_is_found_before_anything_is_sent(tmp_path):
    file = write_csv(tmp_path / "members.csv", [row(number) for number in range(500)])
    file.write_bytes(file.read_bytes() + b"\xff\n")
    door = Door()
    with pytest.raises(MemberFileError, match=r"members\.csv:502: "):
        run_import(plan(tmp_path, file), Courier(door.destination()), lambda _: None)
    assert door.posts == []


def test_columns_that_are_not_there_are_named_with_those_that_are(tmp_path):
    file = write_csv(tmp_path / "members.csv", [], header=["Number", "Town", "Salary", "\x1b[2J"])
    with pytest.raises(MemberFileError) as refused:
        run_import(plan(tmp_path, file), nothing_refused, lambda _: None)
    said = str(refused.value)
    assert "there is no column 'City', 'Joined', 'Left', which the map names" in said
    assert "'Number', 'Town', 'Salary', '\\x1b[2J'" in said
