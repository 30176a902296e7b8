"""The map: every fault with its line."""

from pathlib import Path

import pytest
from importing import HEADER, MAP, mapped, row, write_map

from chalicelib.world.import_errors import ImportMapError
from chalicelib.world.import_map import (
    CheckSection,
    ImportMap,
    MemberSection,
    MomentSection,
    read_map,
)

ROOT = Path(__file__).parents[2]


def faults(tmp_path, text):
    with pytest.raises(ImportMapError) as refused:
        read_map(write_map(tmp_path, text))
    return [f"{problem.line}: {problem.what}. {problem.cure}" for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  card: row.Number\n", "", "1: `member` has no `card`. Add it: The card number"),
        ("  card:", "  carde: row.a\n  card:", "2: `member` has no field called `carde`. Did you"),
        ("row.Number\n", "row.Number ~\n", "2: `member.card`: `row.Number ~` is no expression"),
        ("row.Number\n", "row[row.a]\n", "2: `member.card`: `row` and `tables` need a name"),
        ("row.Number\n", "row\n", "2: `member.card`: `row` and `tables` need a name"),
        ("row.Number\n", "number\n", "2: `member.card`: `number` is nothing that a map knows"),
        ("row.Number\n", "row.Number.lower()\n", "2: `member.card`: an expression calls nothing"),
        ("row.Number\n", "row.Number | reverse\n", "2: `member.card`: `row.Number | reverse` is"),
        ("row.Number\n", "5\n", "2: `member.card`: no expression of 1 to 500 characters"),
        ("row.Number\n", "row.a, row.b\n", "2: `member.card`: `row.a, row.b` is no expression"),
        ("tables.zones", "tables.zone", "5: there is no table `zone`. Did you mean zones?"),
        ("date: row.Joined", "year: row.Joined", "8: `member.joined_at`: a time needs `date`, or"),
        ("date: row.Joined", "month: row.Joined", "8: `member.joined_at`: a time needs `date`"),
        ("type: integer", "type: number", "15: `checks.Salary.type`: Input should be 'integer'"),
        ("min: 0", "min: none", "15: `checks.Salary.min`: Input should be a valid integer"),
        ("type: integer", "type: text", "15: `checks.Salary`: text has no `min` and `max`"),
        ("  zones: {", "  Zones: {", "13: `tables.Zones`: String should match"),
        ("member:\n", "member:\nmember:\n", "2: `member` stands here twice"),
    ],
)
def test_a_fault_in_a_map_is_told_with_its_line(tmp_path, old, new, told):
    assert old in MAP
    assert any(fault.startswith(told) for fault in faults(tmp_path, MAP.replace(old, new, 1)))


def test_an_empty_map_is_told_what_it_lacks(tmp_path):
    assert faults(tmp_path, "")[0].startswith("1: `the map` has no fields")
    assert faults(tmp_path, "member:\n")[0].startswith("1: `member` has no fields")
    assert faults(tmp_path, "member: {}\ncolumns: {}")[-1].startswith("2: `the map` has no field")


def test_every_field_of_a_map_is_described():
    for section in (ImportMap, MemberSection, MomentSection, CheckSection):
        for name, field in section.model_fields.items():
            assert field.description, f"{section.__name__}.{name}"


def test_a_map_names_every_column_that_it_reads(tmp_path):
    assert read_map(write_map(tmp_path)).columns() == set(HEADER)


def test_numbers_in_tables_are_text(tmp_path):
    text = MAP.replace("{Toronto: America/Toronto", "{Toronto: 5").replace("time_zone", "tier")
    assert mapped(text)(row(1)).event["data"]["tier"] == "5"


def test_the_how_to_names_every_field():
    said = (ROOT / "docs" / "how-to" / "import-members.md").read_text(encoding="utf-8")
    for section in (ImportMap, MemberSection, MomentSection, CheckSection):
        assert [name for name in section.model_fields if f"`{name}`" not in said] == []


def test_the_example_in_the_how_to_is_sound(tmp_path):
    said = (ROOT / "docs" / "how-to" / "import-members.md").read_text(encoding="utf-8")
    example = said.split("```yaml\n")[1].split("```")[0]
    columns = {"Number", "E-mail", "Source", "Miles", "Joined", "Left"}
    assert read_map(write_map(tmp_path, example)).columns() == columns
