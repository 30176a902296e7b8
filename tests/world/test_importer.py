"""The importer: every row accepted or rejected, and the same bytes each time."""

import json
import tracemalloc
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from importing import (
    HEADER,
    MAP,
    SECRET,
    Door,
    Scripted,
    destination,
    files_each_time,
    imported,
    mapped,
    plan,
    read_csv,
    row,
    write_csv,
    write_map,
)

from chalicelib.handlers.webhook_schema import Batch
from chalicelib.world.import_csv import MISSING, Record
from chalicelib.world.import_errors import ImportStoppedError
from chalicelib.world.import_events import MappedRow, RowMapper
from chalicelib.world.import_map import read_map
from chalicelib.world.import_targets import WorldTarget, passing_world
from chalicelib.world.importer import (
    BATCH_BYTES,
    BATCH_ROWS,
    RETRY_AFTER_SECONDS,
    Courier,
    ImportPlan,
    batch_body,
    batches,
    nothing_refused,
    run_import,
)
from chalicelib.world.substrates import WorldPlan, substrate
from chalicelib.world.world import World

ROOT = Path(__file__).parents[2]
PROGRAMME = ROOT / "templates" / "airline-bonus"
AIRLINE_MAP = ROOT / "examples" / "airline_members.map.yaml"
AIRLINE_CSV = ROOT.parent / "shared" / "data" / "airline_members.csv"

# Nothing is lost, nothing is told twice


def numbered(kinds):
    """Make a row of each kind; return the rows and whom the door is to refuse."""
    rows, refused = [], set()
    for number, kind in enumerate(kinds, start=1):
        rows.append(
            {
                "good": row(number),
                "left": row(number, left="2018-01-01"),
                "short": row(number)[:-1],
                "long": [*row(number), "more"],
                "salary": row(number, salary="-1"),
                "city": row(number, city="Atlantis"),
                "twice": row(0),
                "refused": row(number),
            }[kind]
        )
        refused |= {str(number)} if kind == "refused" else set()
    return rows, refused


KINDS = ["good", "left", "short", "long", "salary", "city", "twice", "refused"]


@files_each_time
@given(kinds=st.lists(st.sampled_from(KINDS), max_size=60), told=st.integers(1, 3))
def test_every_row_is_accepted_or_rejected_whatever_the_mixture(tmp_path, kinds, told):
    rows, refused = numbered(kinds)
    door = Door(refused, told_at_once=told)
    tally, rejects = imported(tmp_path, rows, door)
    count = Counter(kinds)
    taken = count["good"] + count["left"] + min(1, count["twice"])
    assert (tally.rows, tally.accepted, tally.rejected) == (len(rows), taken, len(rows) - taken)
    assert tally.left == count["left"]
    assert len(door.cards()) == len(set(door.cards())) == taken
    assert len(rejects) == tally.rejected
    (tmp_path / "out" / "rejects.csv").unlink(missing_ok=True)


def test_of_a_refused_batch_the_refused_rows_alone_stay_out_however_slowly_they_are_told(tmp_path):
    door = Door(["2", "3", "7", "200"], told_at_once=1)
    tally, rejects = imported(tmp_path, [row(n) for n in range(1, 251)], door)
    assert [fields[0] for fields in rejects] == ["2", "3", "7", "200"]
    assert (tally.accepted, len(door.posts)) == (246, 6)
    assert door.cards() == [str(n) for n in range(1, 251) if n not in (2, 3, 7, 200)]


@files_each_time
@given(kinds=st.lists(st.sampled_from(KINDS), max_size=60))
def test_the_rejected_rows_are_those_rows_with_their_lines(tmp_path, kinds):
    rows, refused = numbered(kinds)
    _, rejects = imported(tmp_path, rows, Door(refused))
    for *fields, line, reason in rejects:
        told = rows[int(line) - 2]
        assert fields[: len(told)] == told
        assert set(fields[len(told) :]) <= {MISSING}
        assert reason
    (tmp_path / "out" / "rejects.csv").unlink(missing_ok=True)


@files_each_time
@given(kinds=st.lists(st.sampled_from(KINDS), max_size=60))
def test_rejected_rows_that_nobody_mended_are_rejected_again(tmp_path, kinds):
    rows, _ = numbered([kind for kind in kinds if kind not in ("twice", "refused")])
    _, before = imported(tmp_path, rows)
    again = tmp_path / "out" / "rejects.csv"
    if not before:
        return
    tally = run_import(plan(tmp_path, again), Courier(Door().destination()), lambda _: None)
    assert (tally.rows, tally.accepted, tally.rejected) == (len(before), 0, len(before))
    after = read_csv(again)[1:]
    assert [len(fields) for fields in after] == [len(fields) for fields in before]
    again.unlink()


@files_each_time
@given(kinds=st.lists(st.sampled_from(KINDS), max_size=60))
def test_a_second_import_posts_the_same_bytes_under_the_same_ids(tmp_path, kinds):
    rows, refused = numbered(kinds)
    doors = [Door(refused), Door(refused)]
    for door in doors:
        imported(tmp_path, rows, door)
    assert doors[0].posts == doors[1].posts
    ids = [event["id"] for event in doors[0].accepted]
    assert len(set(ids)) == len(ids)


def test_mended_rows_go_in_from_the_rejects_file_under_its_own_name(tmp_path):
    rows = [row(1), row(2, city="Atlantis"), row(3, salary="-5")[:3], row(4, salary="-1")]
    door = Door()
    tally, _ = imported(tmp_path, rows, door)
    assert (tally.accepted, tally.rejected) == (1, 3)
    rejects = tmp_path / "out" / "rejects.csv"
    said = rejects.read_text(encoding="utf-8")
    mended = said.replace("Atlantis", "Banff").replace(f"-5,{MISSING},{MISSING}", "5,2016-05-01,")
    rejects.write_text(mended, encoding="utf-8")
    tally = run_import(plan(tmp_path, rejects), Courier(door.destination()), lambda _: None)
    assert (tally.accepted, tally.rejected) == (2, 1)
    assert door.cards() == ["1", "2", "3"]
    assert [fields[0] for fields in read_csv(rejects)] == ["Number", "4"]
    assert (tmp_path / "out" / "rejects.csv.old").read_text(encoding="utf-8") == mended


def test_a_rejects_file_has_the_files_own_columns_and_the_line_and_the_reason(tmp_path):
    imported(tmp_path, [row(1, city="Atlantis"), row(2)[:2]])
    assert read_csv(tmp_path / "out" / "rejects.csv") == [
        [*HEADER, "line", "reason"],
        [*row(1, city="Atlantis"), "2", "time_zone: the table zones has no entry for 'Atlantis'"],
        ["2", "Toronto", *[MISSING] * 3, "3", "the row has 2 fields, the header 5"],
    ]


def test_without_rejected_rows_there_is_no_file_of_them_and_a_former_one_is_kept(tmp_path):
    imported(tmp_path, [row(1, city="Atlantis")])
    imported(tmp_path, [row(1)])
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["rejects.csv.old"]


def test_a_file_without_rows_is_imported_in_no_time(tmp_path):
    door = Door()
    tally, _ = imported(tmp_path, [], door)
    assert (tally.rows, tally.accepted, tally.rejected, door.posts) == (0, 0, 0, [])


def test_memory_does_not_grow_with_the_rows_but_for_the_cards(tmp_path):
    def peak(count):
        file = write_csv(tmp_path / "members.csv", (row(number) for number in range(count)))
        run = plan(tmp_path, file)
        tracemalloc.start()
        run_import(run, nothing_refused, lambda _: None)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    few, many = peak(500), peak(2_500)
    assert many - few < 2_000 * 150


# Batches and their delivery


@given(st.lists(st.tuples(st.integers(1, 450), st.integers(1, 5_000)), max_size=4))
def test_batches_keep_the_order_and_the_limits(stretches):
    sizes = [size for count, size in stretches for _ in range(count)]
    rows = [MappedRow(Record(n, []), {}, size) for n, size in enumerate(sizes)]
    made = list(batches(rows))
    assert [one for batch in made for one in batch] == rows
    assert all(0 < len(batch) <= BATCH_ROWS for batch in made)
    assert all(sum(one.size + 1 for one in batch) <= BATCH_BYTES for batch in made)


@pytest.mark.parametrize(("size", "lengths"), [(100, [200, 200, 50]), (2_400, [102] * 4 + [42])])
def test_batches_are_as_full_as_the_limits_let_them_be(size, lengths):
    rows = [MappedRow(Record(n, []), {}, size) for n in range(450)]
    assert [len(batch) for batch in batches(rows)] == lengths


def test_a_batch_has_the_time_of_its_latest_event():
    rows = [mapped()(row(n, joined=f"201{n}-02-01")) for n in (5, 8, 2)]
    assert json.loads(batch_body(rows))["timestamp"] == "2018-02-01T05:00:00+00:00"


def test_a_batchs_bytes_are_within_what_its_rows_said(tmp_path):
    mapping = read_map(write_map(tmp_path, MAP.replace("'offline'", "'online'")))
    mapper = RowMapper(mapping, HEADER)
    rows = [mapper(Record(n, row(n))) for n in range(1000)]
    for batch in batches(rows):
        body = batch_body(batch)
        assert len(body) <= sum(one.size + 1 for one in batch) + 200
        Batch.model_validate_json(body)


@pytest.mark.parametrize("trouble", [503, 502, 504, 500, 429, None])
def test_a_failure_that_passes_is_tried_again_with_the_same_id_and_bytes(tmp_path, trouble):
    door = Door(troubles=[trouble, trouble])
    tally, _ = imported(tmp_path, [row(1)], door)
    assert tally.accepted == 1
    assert len(door.posts) == 3
    assert len(set(door.posts)) == 1


@pytest.mark.parametrize("trouble", [503, None])
def test_a_failure_that_stays_ends_the_import_after_bounded_tries(tmp_path, trouble):
    door, waits = Door(troubles=[trouble] * 100), []
    run = plan(tmp_path, write_csv(tmp_path / "members.csv", [row(1)]))
    with pytest.raises(ImportStoppedError, match=r"(try again|nobody is there) \(6 tries\)"):
        run_import(run, Courier(door.destination(), wait=waits.append), lambda _: None)
    assert waits == list(RETRY_AFTER_SECONDS)
    assert len(door.posts) == 6
    assert list(run.rejects.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (401, {"detail": "sign it"}, "answered 401: sign it"),
        (409, {"detail": "another body"}, "answered 409"),
        (302, {}, "answered 302: it gives no reason"),
        (422, {"detail": "/timestamp: no", "errors": [{"pointer": "/timestamp"}]}, "/timestamp"),
        (422, {"errors": [{"pointer": "/data/events/7/id", "detail": "?"}]}, "answered 422"),
        (422, {"errors": ["?"]}, "answered 422"),
        (202, {"accepted": 7}, "took 7 of 1 events"),
        (202, [], "took None of 1 events"),
        (404, {"detail": "\x1b[2J"}, r"answered 404:  \[2J"),
    ],
)
def test_an_answer_that_blames_no_row_ends_the_import(tmp_path, status, answer, why):
    wall = destination(Scripted((status, answer)))
    run = plan(tmp_path, write_csv(tmp_path / "members.csv", [row(1)]))
    with pytest.raises(ImportStoppedError, match=why) as stopped:
        run_import(run, Courier(wall), lambda _: None)
    assert "0 of 1 rows are in" in str(stopped.value)


def test_the_faults_of_a_refused_row_are_all_told(tmp_path):
    tier = {"pointer": "/data/events/0/data/tier", "detail": "no such tier"}
    name = {"pointer": "/data/events/0/id", "detail": "bad"}
    picky = destination(Scripted((422, {"errors": [tier, name]}), (202, {"accepted": 1})))
    run = plan(tmp_path, write_csv(tmp_path / "members.csv", [row(1), row(2)]))
    tally = run_import(run, Courier(picky), lambda _: None)
    assert tally.accepted == 1
    assert tally.first_rejects == [
        (2, "the engine refused /tier: no such tier; the engine refused /id: bad")
    ]


def test_a_secret_stands_in_no_repr():
    assert SECRET not in repr(Door().destination())


# A real engine


def test_a_real_engine_takes_the_batches_and_never_mails_who_left(tmp_path):
    start = datetime(2027, 1, 4, 12, tzinfo=UTC)
    world_plan = WorldPlan(folder=PROGRAMME, start=start, secret=SECRET, holdout=0.0)
    rows = [row(1), row(2, left="2018-01-01"), row(3), row(4, left="2019-01-01")]
    run = plan(tmp_path, write_csv(tmp_path / "members.csv", rows))
    with substrate("memory", world_plan) as ground:
        world = World(ground)
        door = destination(WorldTarget(world))
        for _ in range(2):
            tally = run_import(run, Courier(door), lambda _: None)
            assert (tally.accepted, tally.left) == (4, 2)
        world.advance(timedelta(days=30))
        mailed = {mail.mail.recipient for mail in ground.mailer.mails}
        members = list(world.engine.members.every())
    assert mailed == {"1@example.com", "3@example.com"}
    assert sorted(member.attribute("card") for member in members) == ["1", "2", "3", "4"]


def test_a_row_that_the_engine_refuses_is_rejected_with_its_reason(tmp_path):
    text = MAP.replace("balances:", "tier: row.City\n  balances:").replace(
        "  time_zone: tables.zones[row.City]\n", ""
    )
    rows = [row(1, city="basic"), row(2, city="emerald"), row(3, city="gold")]
    run = plan(tmp_path, write_csv(tmp_path / "members.csv", rows), text)
    with passing_world(PROGRAMME) as door:
        tally = run_import(run, Courier(door), lambda _: None)
    assert (tally.accepted, tally.rejected) == (2, 1)
    [(line, reason)] = tally.first_rejects
    assert line == 3
    assert reason.startswith("the engine refused /tier: the programme declares basic, silver")


# The shipped example


@pytest.mark.skipif(not AIRLINE_CSV.exists(), reason=f"{AIRLINE_CSV.name} is not on this machine")
def test_the_airlines_file_goes_in_but_for_the_rows_with_a_negative_salary(tmp_path):
    run = ImportPlan(
        file=AIRLINE_CSV, mapping=read_map(AIRLINE_MAP), rejects=tmp_path / "rejects.csv"
    )
    door = Door()
    tally = run_import(run, Courier(door.destination()), lambda _: None)
    assert (tally.rows, tally.accepted, tally.rejected, tally.left) == (16_737, 16_717, 20, 2_065)
    assert tally.empty["Salary"] == 4_238
    assert len(door.accepted) == len({event["id"] for event in door.accepted}) == 16_717
    assert {len(json.loads(body)["data"]["events"]) for _, body in door.posts} == {200, 117}
    assert len(read_csv(tmp_path / "rejects.csv", "utf-8-sig")) == 21


def test_the_shipped_map_is_sound():
    assert len(read_map(AIRLINE_MAP).columns()) == 10
