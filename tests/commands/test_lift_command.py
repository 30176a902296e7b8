"""The lift command: both forms, the table and its sentences, JSON, and every refusal."""

import csv
import io
import json
import tracemalloc

import click
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from chalicelib.commands.lift import lift
from chalicelib.domain.lift import ArmCount, as_json, measure_lift, sample_ratio_p
from chalicelib.lift_csv import LiftColumns, count_arms
from chalicelib.lift_table import NARROWEST_TABLE, Comparison, lift_table, verdict_sentence

CASE = {
    "account registered": ((12, 272), (0, 271)),
    "home airport given": ((161, 6469), (21, 6467)),
    "co-branded card issued": ((62, 6469), (65, 6467)),
    "mobile app installed": ((117, 6469), (67, 6467)),
}


def run(*arguments, **environment):
    return CliRunner().invoke(lift, [str(a) for a in arguments], env=environment or None)


def refused(*arguments):
    """What the command says on stderr when it refuses: status 2 and nothing on stdout."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr


@pytest.fixture
def people(tmp_path):
    """Two mails against none, two goals; the file a spreadsheet would save."""
    file = tmp_path / "people.csv"
    with file.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.writer(stream)
        writer.writerow(["member", "arm", "registered", "home airport"])
        for arm, size, registered, airport in [
            ("none", 271, 0, 30),
            ("mail", 272, 12, 31),
            ("mail, reminder", 270, 40, 0),
        ]:
            for n in range(size):
                writer.writerow([f"{arm}{n}", arm, int(n < registered), int(n < airport)])
    return file


def of(file, *more):
    return run("--csv", file, "--arm", "arm", "--control", "none", "--goal", "registered", *more)


@pytest.fixture
def refuses(tmp_path):
    """Write a file, compare its arms, give what is said without the folder's name."""

    def refuse(content, *, arm="arm", control="none", goals=("goal",)):
        file = tmp_path / "people.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        options = [option for goal in goals for option in ("--goal", goal)]
        said = refused("--csv", file, "--arm", arm, "--control", control, *options)
        return said.replace(f"{tmp_path}/", "").removeprefix("Error: ").rstrip()

    return refuse


# Two counts


def test_two_counts_give_exactly_the_documented_json():
    result = run("12/272", "0/271", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == as_json(measure_lift(ArmCount(12, 272), ArmCount(0, 271)))


def test_the_prior_is_ten_unless_one_is_asked_for():
    pair = ArmCount(12, 272), ArmCount(0, 271)
    assert json.loads(run("12/272", "0/271", "--json", "--prior", "1").stdout) == as_json(
        measure_lift(*pair, prior=1)
    )
    assert "'5' is not one of '1', '10'" in refused("12/272", "0/271", "--prior", "5")


def test_evidence_beyond_a_float_is_still_valid_json():
    report = json.loads(run("5000/6469", "21/6467", "--json").stdout, parse_constant=pytest.fail)
    assert report["e_value"] > 1e300


def test_two_counts_print_a_table_and_the_verdict_in_a_sentence():
    printed = run("12/272", "0/271").stdout
    assert "12/272" in printed
    assert "0.00043" in printed
    assert (
        "treated 12 of 272 (4.41%), control 0 of 271 (0.00%); lift shown: at least 1.04 times the "
        "control's rate, however often one looks." in " ".join(printed.split())
    )


@pytest.mark.parametrize(
    ("count", "why"),
    [
        ("12", "is not a count"),
        ("12/", "is not a count"),
        ("a/b", "is not a count"),
        ("1/2/3", "is not a count"),
        ("1.5/3", "is not a count"),
        ("1_0/20", "is not a count"),
        ("+5/20", "is not a count"),
        ("\uff11/20", "is not a count"),
        ("\u0661/20", "is not a count"),
        (" 1/20", "is not a count"),
        ("1/20\n", "is not a count"),
        ("", "is not a count"),
        ("1e3/2000", "is not a count"),
        ("-1/5", "has a negative number"),
        ("1/-5", "has a negative number"),
        ("6/5", "has more converted than assigned"),
        ("0/0", "nobody was assigned to"),
        ("3/0", "nobody was assigned to"),
        ("1/100000001", "more assigned than the 100000000"),
        ("1/1" + "0" * 5_000, "is not a count"),
    ],
)
def test_a_count_that_is_not_one_is_refused_with_the_reason(count, why):
    for arguments in [(count, "1/20"), ("1/20", count)]:
        said = refused(*arguments)
        assert said.startswith(f"Error: {count!r}")
        assert why in said


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@settings(deadline=None)
def test_any_true_count_is_read_as_it_stands(converted, others):
    assigned = converted + others + 1
    report = json.loads(run(f"{converted}/{assigned}", "1/2", "--json").stdout)
    assert report["treated"]["converted"] == converted
    assert report["treated"]["assigned"] == assigned


# From a file


def test_every_other_value_of_the_arm_is_compared_with_the_control(people):
    result = of(people, "--goal", "home airport", "--json")
    none = {"registered": ArmCount(0, 271), "home airport": ArmCount(30, 271)}
    mail = {"registered": ArmCount(12, 272), "home airport": ArmCount(31, 272)}
    both = {"registered": ArmCount(40, 270), "home airport": ArmCount(0, 270)}
    assert json.loads(result.stdout) == {
        "arms": {
            "mail": {
                "goals": {g: as_json(measure_lift(mail[g], none[g])) for g in mail},
                "sample_ratio_p": sample_ratio_p(272, 271),
            },
            "mail, reminder": {
                "goals": {g: as_json(measure_lift(both[g], none[g])) for g in both},
                "sample_ratio_p": sample_ratio_p(270, 271),
            },
        }
    }


def test_the_prior_reaches_the_comparisons_of_a_file(people):
    report = json.loads(of(people, "--prior", "1", "--json").stdout)
    assert report["arms"]["mail"]["goals"]["registered"]["e_value"] == pytest.approx(648.4, abs=0.1)


def test_the_report_of_a_file_says_every_verdict_and_every_split(people):
    printed = " ".join(of(people, "--goal", "home airport").stdout.split())
    for words in [
        "registered: mail 12 of 272 (4.41%), none 0 of 271 (0.00%); lift shown: ",
        "registered: mail, reminder 40 of 270 (14.81%), none 0 of 271 (0.00%); lift shown: ",
        "home airport: mail 31 of 272 (11.40%), none 30 of 271 (11.07%); no difference shown: ",
        "home airport: mail, reminder 0 of 270 (0.00%), none 30 of 271 (11.07%); harm shown: ",
        "Split mail to none: 272 to 271, 50% treated planned; as planned (p 0.97).",
    ]:
        assert words in printed


def test_another_planned_share_changes_the_split_and_nothing_else(people):
    even, tilted = json.loads(of(people, "--json").stdout), of(people, "--json", "--share", "0.9")
    arms = json.loads(tilted.stdout)["arms"]
    assert arms["mail"]["sample_ratio_p"] == sample_ratio_p(272, 271, 0.9)
    assert arms["mail"]["goals"] == even["arms"]["mail"]["goals"]


def test_a_broken_split_is_said_beside_the_verdict(people):
    printed = " ".join(of(people, "--share", ".9").stdout.split())
    assert "Split mail to none: 272 to 271, 90% treated planned; BROKEN" in printed


@pytest.mark.parametrize("share", ["0", "1", "0.0", "1.5", "-.5", "nan", "0_5", "5e-1", "\uff10.5"])
def test_a_share_that_is_not_between_nought_and_one_is_refused(people, share):
    result = of(people, f"--share={share}")
    assert result.exit_code == 2
    assert "is not a share between 0 and 1" in result.stderr


@pytest.mark.parametrize(
    "content",
    [
        b"arm,goal\nnone,0\nmail,1\n",
        b"arm,goal\r\nnone,0\r\nmail,1\r\n",
        b"\xef\xbb\xbfarm,goal\nnone,0\nmail,1",
        b'"arm","goal"\n"none","0"\n"mail","1"\n',
        b"arm,goal\nnone,0\n\nmail,1\n\n",
        b'note,arm,goal\n"two\nlines, a comma",none,0\nx,mail,1\n',
    ],
    ids=[
        "plain",
        "crlf",
        "byte-order mark, no last line end",
        "quoted",
        "blank lines",
        "multiline",
    ],
)
def test_the_usual_ways_to_write_a_csv_file_are_all_read(tmp_path, content):
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    counts = count_arms(file, LiftColumns("arm", "none", ("goal",)))
    assert counts == {"mail": {"goal": ArmCount(1, 1)}, "none": {"goal": ArmCount(0, 1)}}


names = st.sampled_from(["none", "mail", "メール", "a,b", 'say "hi"', "-"])
flags = st.sampled_from("01")


@given(rows=st.lists(st.tuples(names, flags, flags), max_size=60))
@settings(deadline=None)
def test_counts_from_a_file_are_those_of_its_rows(tmp_path_factory, rows):
    rows = [("none", "0", "1"), ("mail", "1", "0"), *rows]
    file = tmp_path_factory.mktemp("lift") / "people.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("arm", "one", "two"), *rows])
    counts = count_arms(file, LiftColumns("arm", "none", ("one", "two")))
    for arm in {name for name, *_ in rows}:
        of_arm = [row for row in rows if row[0] == arm]
        for place, goal in enumerate(["one", "two"], start=1):
            reached = sum(row[place] == "1" for row in of_arm)
            assert counts[arm][goal] == ArmCount(reached, len(of_arm))


def test_a_long_file_is_read_as_a_stream(tmp_path):
    file = tmp_path / "people.csv"
    rows = "member-000001,none,0\nmember-000002,mail,1\n"
    file.write_text("member,arm,goal\n" + rows * 50_000)
    tracemalloc.start()
    counts = count_arms(file, LiftColumns("arm", "none", ("goal",)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert counts["mail"]["goal"] == ArmCount(50_000, 50_000)
    assert peak < 1_000_000 < file.stat().st_size


# Refusals of a file


def test_an_empty_file_is_refused(refuses):
    assert refuses("") == "people.csv:1: the file is empty. Its first line names the columns"
    assert "is empty" in refuses("\n\n")
    assert "is empty" in refuses(b"\xef\xbb\xbf")


def test_a_missing_column_is_named_beside_those_that_are_there(refuses):
    said = refuses("member,group,goal\n1,none,0\n", goals=["goal", "goals"])
    assert said == (
        "people.csv:1: there is no column 'arm', 'goals'. "
        "The columns there, as commas divide them: 'member', 'group', 'goal'"
    )


def test_a_file_with_semicolons_shows_what_went_wrong(refuses):
    assert "as commas divide them: 'arm;goal'" in refuses("arm;goal\nnone;0\n")


def test_a_very_wide_header_is_not_listed_whole(refuses):
    assert "'c19' and 480 more" in refuses(",".join(f"c{n}" for n in range(500)) + "\n")


def test_a_header_that_names_a_column_twice_is_refused(refuses):
    said = refuses("arm,goal,goal\nnone,0,0\n")
    assert said.startswith("people.csv:1: more than one column is called 'goal'.")


@pytest.mark.parametrize("value", ["", "2", "yes", "true", "1.0", " 1", "01", "\uff11", "-1"])
def test_a_goal_that_is_neither_0_nor_1_is_refused_with_its_line(refuses, value):
    said = refuses(f"arm,goal\nnone,0\nmail,1\nmail,{value}\n")
    assert said.startswith(f"people.csv:4: the goal 'goal' is {value!r}.")


def test_a_row_with_too_few_or_too_many_fields_is_refused_with_its_line(refuses):
    few, many = "arm,goal\nnone,0\nmail\n", "arm,goal\nnone,0\nmail,1,1\n"
    assert refuses(few).startswith("people.csv:3: the row has 1 field, the header 2.")
    assert refuses(many).startswith("people.csv:3: the row has 3 fields, the header 2.")


def test_the_line_of_a_fault_is_counted_past_blank_lines_and_quoted_line_ends(refuses):
    said = refuses('note,arm,goal\n\n"a\nb",none,0\n"c\nd\ne",mail,x\n')
    assert said.startswith("people.csv:5: the goal 'goal' is 'x'.")


def test_a_file_without_control_rows_is_refused(refuses):
    said = refuses("arm,goal\nmail,0\nletter,1\n")
    assert said == (
        "people.csv:1: no row has 'none' in the column 'arm'. The arms there: 'letter', 'mail'"
    )
    assert refuses("arm,goal\n").endswith("The arms there: none")


def test_a_file_without_a_treated_arm_is_refused(refuses):
    said = refuses("arm,goal\nnone,0\nnone,1\n")
    assert said.startswith("people.csv:1: every row has 'none' in the column 'arm'.")


@pytest.mark.parametrize("arm", ["", " none", "none ", "no\tne", "\x1b[31mmail", "x" * 101])
def test_an_arm_that_could_be_taken_for_another_is_refused(refuses, arm):
    assert refuses(f"arm,goal\nnone,0\n{arm},1\n").startswith("people.csv:3: the arm, in the ")


def test_a_column_that_cannot_be_the_arms_is_refused(refuses):
    rows = "".join(f"member{n},0\n" for n in range(50))
    said = refuses(f"arm,goal\nnone,0\n{rows}")
    assert said.startswith("people.csv:22: the column 'arm' holds more than 20 arms.")


def test_a_file_that_is_not_utf_8_is_refused_with_the_line(refuses):
    said = refuses(b"arm,goal\nnone,0\nm\xe9l,1\n")
    assert said.startswith("people.csv:3: the line is not UTF-8 (byte 2 of it).")
    assert "people.csv:1: " in refuses("arm,goal\nnone,0\n".encode("utf-16"))


def test_a_quote_that_is_never_closed_is_refused_with_the_line_it_opens_on(refuses):
    rows = "mail,1\n" * 50_000
    assert refuses('arm,goal\nnone,0\n"mail,1\n').startswith("people.csv:3: the row cannot be read")
    assert refuses(f'arm,goal\nnone,0\n"mail,1\n{rows}').startswith("people.csv:3: ")


def test_a_line_without_end_is_refused_before_it_fills_the_memory(refuses):
    assert "people.csv:2: the line has 1000000 bytes or more" in refuses(
        "arm,goal\n" + "x" * 1_000_000
    )


def test_nothing_in_a_file_can_steer_the_terminal(refuses):
    assert "\x1b" not in refuses("arm,goal\nnone,\x1b[2J\n")
    assert "\x1b" not in refuses("arm,\x1b[2J\nnone,0\n")


def test_a_missing_file_or_a_folder_is_refused_by_name(tmp_path):
    assert "does not exist" in refused("--csv", tmp_path / "nobody.csv")
    assert "is a directory" in refused("--csv", tmp_path)


# The two forms


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "Nothing to compare"),
        (["--json"], "Nothing to compare"),
        (["1/2"], "not 1"),
        (["1/2", "1/2", "1/2"], "not 3"),
        (["1/2", "1/2", "--arm", "arm"], "not both: --arm"),
        (["1/2", "1/2", "--share", "0.9"], "not both: --share"),
        (["--arm", "arm", "--goal", "goal"], "also needs --csv, --control"),
        (["--share", "0.9"], "also needs --csv, --arm, --control, --goal"),
        (["1/2", "1/2", "--jsn"], "No such option '--jsn'"),
        (["-x", "1/2", "1/2"], "No such option '-x'"),
    ],
)
def test_a_call_that_is_neither_form_or_both_is_refused(arguments, why):
    assert why in refused(*arguments)


def test_two_counts_and_a_file_at_once_are_refused(people):
    assert "not both: --csv" in refused("1/2", "1/2", "--csv", people)


@pytest.mark.parametrize(
    ("goals", "why"),
    [
        (["registered", "registered"], "each --goal once"),
        (["arm"], "cannot be both the arm and a goal"),
        ([f"goal{n}" for n in range(11)], "At most 10 goals"),
    ],
)
def test_goals_that_make_no_report_are_refused(people, goals, why):
    options = [option for goal in goals for option in ("--goal", goal)]
    assert why in refused("--csv", people, "--arm", "arm", "--control", "none", *options)


def test_the_command_joins_a_group():
    group = click.Group("milepost")
    group.add_command(lift)
    result = CliRunner().invoke(group, ["lift", "12/272", "0/271"])
    assert result.exit_code == 0
    assert "milepost lift --csv" in CliRunner().invoke(group, ["lift", "--help"]).stdout


# The table


def comparisons(factor=1):
    return [
        Comparison(
            goal,
            "with mailing",
            "without",
            measure_lift(*(ArmCount(a * factor, n * factor) for a, n in pair)),
        )
        for goal, pair in CASE.items()
    ]


def drawn(rows, width=80, **options):
    console = Console(file=io.StringIO(), width=width, **options)
    console.print(lift_table(rows))
    return console.file.getvalue()


@pytest.mark.parametrize("width", [NARROWEST_TABLE, 80, 120, 300])
@pytest.mark.parametrize("factor", [1, 900])
def test_the_table_fits_the_terminal_with_every_figure_whole(width, factor):
    table = drawn(comparisons(factor), width)
    assert max(map(len, table.splitlines())) <= width
    assert "…" not in table
    for row in comparisons(factor):
        assert f"{row.lift.treated.converted}/{row.lift.treated.assigned}" in table
        assert row.lift.verdict in table


def test_a_wider_terminal_gives_longer_bars_up_to_a_limit():
    lengths = [drawn(comparisons(), width).count("█") for width in (80, 120, 300)]
    assert lengths[0] < lengths[1] == lengths[2]


def test_bars_of_one_goal_share_a_scale():
    same_goal = [
        Comparison("goal", "small", "none", measure_lift(ArmCount(10, 100), ArmCount(0, 100))),
        Comparison("goal", "large", "none", measure_lift(ArmCount(40, 100), ArmCount(0, 100))),
    ]
    small, large = (
        next(line for line in drawn(same_goal).splitlines() if name in line).count("█")
        for name in ("small", "large")
    )
    assert large == pytest.approx(4 * small, abs=3)


def test_a_pipe_gets_no_colour_and_a_terminal_the_verdicts():
    assert "\x1b" not in drawn(comparisons())
    assert "\x1b" not in run("12/272", "0/271").stdout
    coloured = drawn(comparisons(), force_terminal=True, color_system="standard")
    assert "\x1b[1;32mlift shown" in coloured
    assert "\x1b[1;33mno difference shown" in coloured


def test_a_narrow_terminal_loses_no_figure():
    printed = run("117/6469", "67/6467", COLUMNS="40").stdout
    for figure in ["117/6469", "67/6467", "+0.37 to +1.19", "lift shown"]:
        assert figure in printed


def test_a_stream_without_blocks_or_letters_gets_plain_ones(people):
    ascii_stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Console(file=ascii_stream, width=80).print(lift_table(comparisons()))
    ascii_stream.flush()
    assert b"####" in ascii_stream.buffer.getvalue()
    people.write_text("arm,goal\nnone,0\nメール,1\n", encoding="utf-8")
    arguments = ["--csv", str(people), "--arm", "arm", "--control", "none", "--goal", "goal"]
    result = CliRunner(charset="ascii").invoke(lift, arguments)
    assert result.exit_code == 0
    assert "???" in result.stdout


def test_names_that_look_like_markup_are_shown_as_they_are():
    row = Comparison("[red]goal", "[b]mail", "none", measure_lift(ArmCount(1, 9), ArmCount(0, 9)))
    assert "[red]goal" in drawn([row])
    assert "[b]mail" in drawn([row])


def test_an_arm_without_members_has_a_dash_for_a_rate():
    row = Comparison("goal", "mail", "none", measure_lift(ArmCount(0, 0), ArmCount(1, 9)))
    assert "mail 0 of 0 (-), none 1 of 9 (11.11%); no difference shown: nothing can" in (
        verdict_sentence(row)
    )
    assert "0/0" in drawn([row])


@pytest.mark.parametrize(
    ("treated", "control", "claim"),
    [
        ((161, 6469), (21, 6467), "lift shown: 3.29 to 22.5 times the control's rate, however"),
        ((21, 6467), (161, 6469), "harm shown: 0.0444 to 0.304 times the control's rate, however"),
        ((0, 271), (12, 272), "harm shown: at most 0.962 times the control's rate, however"),
        ((62, 6469), (65, 6467), "no difference shown: still possible is 0.563 to 1.61 times"),
        ((0, 9), (1, 9), "no difference shown: still possible is at most "),
        ((0, 9), (0, 9), "no difference shown: nothing can be said"),
    ],
)
def test_the_sentence_claims_no_more_than_the_anytime_interval(treated, control, claim):
    lift_found = measure_lift(ArmCount(*treated), ArmCount(*control))
    assert claim in verdict_sentence(Comparison("goal", "mail", "none", lift_found))


def test_a_tiny_difference_among_millions_keeps_its_digits():
    lift_found = measure_lift(ArmCount(90, 6_000_000), ArmCount(30, 6_000_000))
    table = drawn([Comparison("goal", "mail", "none", lift_found)])
    assert "+0.00100 pp" in table
    assert "0.0015%" in table
