"""What a row becomes, or why it becomes nothing; and that the engine takes what it becomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from importing import MAP, mapped, row

from chalicelib.handlers.webhook_schema import Batch
from chalicelib.world.import_csv import MISSING
from chalicelib.world.import_errors import RowError
from chalicelib.world.importer import batch_body


def test_a_row_becomes_a_member_who_joined_on_the_first_minute_of_that_day_at_home():
    event = mapped()(row(7, city="Banff", salary="", joined="2016-02-01")).event
    assert event == {
        "id": event["id"],
        "type": "member.joined",
        "timestamp": "2016-02-01T07:00:00+00:00",
        "data": {
            "member": {"card": "7", "email": "7@example.com"},
            "channel": "offline",
            "time_zone": "America/Edmonton",
            "balances": {"redeemable": 0},
        },
    }


def test_who_left_is_told_in_the_same_event():
    event = mapped()(row(7, left="2018-01-01T12:00:00+01:00")).event
    assert event["data"]["left_at"] == "2018-01-01T11:00:00+00:00"


@given(st.lists(st.text(max_size=230), min_size=10, max_size=10))
def test_what_is_mapped_is_what_the_front_door_takes(fields):
    """Whatever stands in the file: what a dry run lets through is no invalid event."""
    columns = [f"c{number}" for number in range(10)]
    names = ["card", "email", "phone", "locale", "first_name", "last_name", "name_on_card"]
    lines = [f"  {name}: row.c{place}" for place, name in enumerate(names)]
    text = "\n".join(
        [
            "member:",
            *lines,
            "  home_airport: row.c7",
            "  time_zone: row.c8",
            "  channel: row.c9",
            "  joined_at: {date: \"'2016-02-01'\"}",
        ]
    )
    try:
        made = mapped(text, columns)(fields)
    except RowError:
        return
    Batch.model_validate_json(batch_body([made]))


VALID = {
    "card": st.from_regex(r"\A[0-9A-Za-z][0-9A-Za-z -]{0,33}\Z"),
    "email": st.from_regex(r"\A[!-~]{1,66}@[a-zß0-9-]{1,20}\.[a-z]{1,5}\Z"),
    "phone": st.from_regex(r"\A\+?[0-9 ()./-]{4,34}\Z"),
    "locale": st.from_regex(r"\A[a-zA-Z]{1,4}([-_][A-Za-z0-9]{1,9}){0,4}\n?\Z"),
    "first_name": st.text(max_size=210),
    "home_airport": st.from_regex(r"\A ?[a-zßA-Z]{2,3}\n?\Z"),
    "time_zone": st.sampled_from(["UTC", "Europe/Moscow", "America", "../UTC", "utc", "Nowhere"]),
    "channel": st.sampled_from(["online", "offline", "Online"]),
}


@given(st.fixed_dictionaries(VALID))
def test_what_is_nearly_right_is_taken_by_both_or_rejected_before(fields):
    lines = [f"  {name}: row.{name}" for name in VALID]
    text = "\n".join(["member:", *lines, "  joined_at: {date: \"'2016-02-01'\"}"])
    try:
        made = mapped(text, list(VALID))(list(fields.values()))
    except RowError:
        return
    Batch.model_validate_json(batch_body([made]))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (row("", city="Banff"), "card: nothing is given"),
        (row("№5"), "card: '№5': a card number is 1 to 32 letters"),
        (row("5" * 33), "card: '5555"),
        (row(1, city="Atlantis"), "time_zone: the table zones has no entry for 'Atlantis'"),
        (row(1, city="items"), "time_zone: `tables.zones[row.City]` gives no text"),
        (row(1, city="_name"), "time_zone: the table zones has no entry for '_name'"),
        (row(1, salary="many"), "Salary: 'many' is not a whole number"),
        (row(1, salary="-1"), "Salary: '-1' is below 0"),
        (row(1, salary="9" * 15), "balances.redeemable: '999999999999999' is over"),
        (row(1, joined=""), "joined_at: nothing is given"),
        (row(1, joined="02/01/2016"), "joined_at: '02/01/2016' is no date like 2016-02-29"),
        (row(1, joined="2015-02-29"), "joined_at: '2015-02-29' is no date"),
        (row(1, joined="0016-02-01"), "joined_at: the year 16 is not 1900 to 2199"),
        (row(1, left="2015-01-01"), "left_at: the member left before joining"),
        (row(1, salary=MISSING), "'Salary': the field is missing"),
        (row(1)[1:], "the row has 4 fields, the header 5"),
        ([*row(1), ""], "the row has 6 fields, the header 5"),
    ],
)
def test_a_row_that_cannot_be_told_says_why(fields, why):
    with pytest.raises(RowError) as refused:
        mapped()(fields)
    assert str(refused.value).startswith(why)


@pytest.mark.parametrize(
    ("year", "month", "result"),
    [
        ("2016", "2", "2016-02-01T05:00:00+00:00"),
        ("2016", "13", "joined_at: there is no such day: month must be in 1..12"),
        ("2016", "", "joined_at: the month is empty, the rest is not"),
        ("", "2", "joined_at: the year is empty, the rest is not"),
        ("", "", "joined_at: nothing is given"),
        ("16", "2", "joined_at: the year 16 is not 1900 to 2199"),
        ("2016", "May", "joined_at.month: 'May' is not a whole number"),
    ],
)
def test_a_year_and_a_month_make_a_time(year, month, result):
    text = MAP.replace("date: row.Joined", "year: row.Joined\n    month: row.Left").replace(
        "  left_at:\n    date: row.Left\n", ""
    )
    try:
        told = mapped(text)(row(1, joined=year, left=month)).event["timestamp"]
    except RowError as error:
        told = str(error)
    assert told == result


@pytest.mark.parametrize(
    ("rule", "value", "why"),
    [
        ("{type: decimal, max: 5}", "5.00", None),
        ("{type: decimal, max: 5}", "5.01", "is above 5"),
        ("{type: decimal}", "1e3", "is not a number"),
        ("{type: decimal}", "NaN", "is not a number"),
        ("{type: text}", "", "the field is empty"),
        ("{type: text}", "anything", None),
        ("{type: text, empty: allowed}", "", None),
        ("{type: integer}", "1.0", "is not a whole number"),
        ("{type: integer}", "٣", "is not a whole number"),
    ],
)
def test_a_column_is_checked(rule, value, why):
    text = MAP.replace("{type: integer, min: 0, empty: allowed}", rule)
    text = text.replace("redeemable: row.Salary | int", "redeemable: '0'")
    if why is None:
        assert mapped(text)(row(1, salary=value)).event
    else:
        with pytest.raises(RowError, match=f"Salary: .*{why}"):
            mapped(text)(row(1, salary=value))


def test_an_id_changes_with_what_is_said_and_with_nothing_else():
    base = mapped()(row(1)).event["id"]
    assert base == mapped()(row(1, salary=" 10 ")).event["id"]
    others = [row(2), row(1, city="Banff"), row(1, salary="11"), row(1, left="2018-01-01")]
    assert len({base, *(mapped()(fields).event["id"] for fields in others)}) == 5
