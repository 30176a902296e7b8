"""The import command: where members go, what is printed, and the three exit statuses."""

import json

import pytest
from click.testing import CliRunner
from importing import (
    HEADER,
    MAP,
    SECRET,
    Door,
    Server,
    read_csv,
    row,
    world_file,
    write_csv,
    write_map,
)

from chalicelib.commands.import_members import import_members


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of its own, with a map and no world in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MILEPOST_SECRET", raising=False)
    write_map(tmp_path)
    return tmp_path


@pytest.fixture
def members(folder):
    def write(*rows, **options):
        return write_csv(folder / "members.csv", rows, **options)

    return write


def run(file, *options, door=None, env=None):
    arguments = [str(file), "--map", "members.map.yaml", *map(str, options)]
    return CliRunner().invoke(import_members, arguments, obj=(door or Door()).opened, env=env)


def refused(*arguments, **options):
    """Return what the command says when it refuses: status 2 and nothing on stdout."""
    result = run(*arguments, **options)
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr


def test_a_file_that_goes_in_whole_is_status_0_and_a_table(members):
    door = Door()
    result = run(members(row(1), row(2, salary=""), row(3, left="2018-01-01")), door=door)
    assert result.exit_code == 0
    said = [line.split() for line in result.stdout.splitlines() if line.strip()]
    assert said == [
        ["rows", "3"],
        ["accepted", "3", "into", "the", "test's", "door"],
        ["of", "them", "left", "1", "never", "mailed"],
        ["rejected", "0"],
        ["empty", "2", "'Left'"],
        ["empty", "1", "'Salary'"],
    ]
    assert door.cards() == ["1", "2", "3"]


def test_rejected_rows_are_status_1_and_told_with_line_reason_and_file(members):
    result = run(members(row(1), row(2, city="Atlantis"), row(3)), door=Door(["3"]))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-3:] == [
        "line 3: time_zone: the table zones has no entry for 'Atlantis'",
        "line 4: the engine refused /tier: no such tier",
        "The rejected rows: out/import/rejects.csv. Mend them there and import that file.",
    ]


def test_of_many_rejected_rows_the_first_are_told(members):
    result = run(members(*(row(n, salary="-1") for n in range(1_100))))
    assert "line 21: " in result.stdout
    assert "line 22: " not in result.stdout
    assert "and 1,080 more" in result.stdout


def test_the_rejects_go_where_they_are_told_to(members, folder):
    run(members(row(1, city="Atlantis")), "--rejects", "bad/rows.csv")
    assert read_csv(folder / "bad" / "rows.csv")[0] == [*HEADER, "line", "reason"]
    assert not (folder / "out").exists()


def test_json_is_for_machines(members):
    result = run(members(row(1), row(2, salary="-1", left="x")), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "rows": 2,
        "accepted": 1,
        "left": 0,
        "rejected": 1,
        "empty": {"Left": 1},
        "first_rejects": [{"line": 3, "reason": "Salary: '-1' is below 0"}],
        "into": "the test's door",
        "rejects_file": "out/import/rejects.csv",
    }
    assert json.loads(run(members(row(1)), "--json").stdout)["rejects_file"] is None


def test_a_dry_run_checks_every_row_and_sends_nothing(members, folder):
    door = Door()
    result = run(members(row(1), row(2, city="Atlantis")), "--dry-run", door=door)
    assert result.exit_code == 1
    assert "in a dry run: nothing was sent" in result.stdout
    assert "line 3: " in result.stdout
    assert door.posts == []
    assert (folder / "out" / "import" / "rejects.csv").exists()


def test_a_dry_run_needs_no_secret(members):
    file = members(row(1))
    assert run(file, "--dry-run", "--url", "https://example.com").exit_code == 0


def test_nothing_but_the_result_is_printed_where_no_terminal_is(members):
    result = run(members(row(1)))
    assert "\x1b" not in result.stdout + result.stderr
    assert "rows/s" not in result.stdout + result.stderr


def test_a_world_that_is_made_for_the_import_is_told_and_how_to_keep_one(members):
    said = run(members(row(1))).stderr
    assert said.startswith("No local world is running: the members go into one that ends with")
    assert said.endswith("milepost serve --on memory\n")


def test_a_running_world_is_used(members, folder):
    (folder / "out" / "world").mkdir(parents=True)
    door = Door()
    with Server([(202, {}, b'{"accepted": 1}')]) as server:
        world_file(folder / "out" / "world", url=server.url)
        result = run(members(row(1)), door=door)
    assert result.exit_code == 0
    assert f"into the local world at {server.url}" in result.stdout
    assert result.stderr == ""
    assert door.posts == []
    [(path, headers, _)] = server.got
    assert path == "/v1/partners/demo/events"
    assert SECRET not in str(headers)


@pytest.mark.parametrize("by_environment", [True, False])
def test_an_engine_at_a_url_is_used_with_the_partners_secret(members, by_environment):
    with Server([(202, {}, b'{"accepted": 1}')]) as server:
        options = ["--url", server.url, "--partner", "airline"]
        env = {"MILEPOST_SECRET": SECRET} if by_environment else None
        options += [] if by_environment else ["--secret", SECRET]
        result = run(members(row(1)), *options, env=env)
    assert result.exit_code == 0
    assert f"into {server.url}" in result.stdout
    assert SECRET not in result.stdout + result.stderr
    [(path, _, body)] = server.got
    assert path == "/v1/partners/airline/events"
    assert SECRET.encode() not in body


def test_an_engine_that_refuses_the_partner_ends_the_import(members, folder):
    with Server([(401, {}, b'{"detail": "Not authentic: sign it"}')]) as server:
        said = refused(members(row(1)), "--url", server.url, "--secret", SECRET)
    assert "The engine answered 401: Not authentic: sign it\n0 of 1 rows are in. Import" in said
    assert list((folder / "out" / "import").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--url", "https://example.com"], "set MILEPOST_SECRET or --secret"),
        (["--url", "http://example.com", "--secret", SECRET], "use https"),
        (["--url", "example.com", "--secret", SECRET], "is no base URL"),
        (["--secret", "hunter2"], "whsec_"),
        (["--partner", "a/b"], "a partner's name is 1 to 64"),
        (["--rejects", "."], "is a directory"),
    ],
)
def test_a_call_that_cannot_be_meant_is_refused(members, options, why):
    said = refused(members(row(1)), *options)
    assert why in said
    assert "hunter2" not in said


def test_a_map_with_faults_is_refused_with_all_of_them(members, folder):
    write_map(folder, MAP.replace("row.Number", "row.Number |").replace("'offline'", "offline"))
    said = refused(members(row(1)))
    assert said.count("members.map.yaml:") == 3


def test_a_file_without_a_column_is_refused_with_those_that_are_there(members):
    said = refused(members(header=["Number", "City", "Salary", "Joined"]))
    assert "members.csv:1: there is no column 'Left', which the map names" in said
    assert "'Number', 'City', 'Salary', 'Joined'" in said


def test_a_file_that_is_not_utf_8_is_refused_at_the_line(members):
    said = refused(members(row(1), row("é"), encoding="latin-1"))
    assert "members.csv:3: the line is not UTF-8" in said


def test_what_a_spreadsheet_sends_in_utf_8_is_read_on_any_terminal(members):
    file = members(row(1), row(2, city="Montréal ☃"), encoding="utf-8-sig")
    arguments = [str(file), "--map", "members.map.yaml"]
    result = CliRunner(charset="ascii").invoke(import_members, arguments, obj=Door().opened)
    assert result.exit_code == 1
    assert "Montr?al ?" in result.stdout


def test_help_shows_the_commands_as_they_are_typed():
    said = CliRunner().invoke(import_members, ["--help"]).stdout
    assert "  milepost import members.csv --map members.map.yaml --dry-run\n" in said
    assert "MILEPOST_SECRET" in said
