"""The lift picture: well-formed whatever the counts, and true to them."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_samples import HOSTILE, lift

from chalicelib.domain.lift import Verdict
from chalicelib.world.lift_picture import AXIS_CHARS, TONES, lift_figures, lift_svg

SVG = "{http://www.w3.org/2000/svg}"
CASE = {
    "account_registered": lift(12, 272, 0, 271),
    "home_airport_given": lift(161, 6469, 21, 6467),
    "cobrand_card_issued": lift(62, 6469, 65, 6467),
    "app_installed": lift(117, 6469, 67, 6467),
}
EDGES = {
    "nobody converted": lift(0, 50, 0, 50),
    "everybody converted": lift(50, 50, 50, 50),
    "all against none": lift(500, 500, 0, 500),
    "nobody is assigned": lift(0, 0, 0, 0),
    "no control": lift(3, 10, 0, 0),
    "no treated": lift(0, 0, 3, 10),
    "one each": lift(1, 1, 0, 1),
    "tiny rates": lift(3, 6_000_000, 1, 6_000_000),
    "huge counts": lift(100_000_000, 100_000_000, 1, 100_000_000),
    "harm": lift(12, 272, 60, 271),
}


def drawn(goals, title="What the mails changed"):
    return ET.fromstring(lift_svg(goals, title=title))  # noqa: S314 - our own drawing


def words_of(root):
    return [" ".join("".join(text.itertext()).split()) for text in root.iter(f"{SVG}text")]


@st.composite
def lifts(draw):
    numbers = []
    for _ in range(2):
        assigned = draw(st.integers(0, 3000))
        numbers += [draw(st.integers(0, assigned)), assigned]
    return lift(*numbers)


many_goals = st.dictionaries(st.text(min_size=1, max_size=60), lifts(), max_size=8)


@settings(max_examples=60)
@given(many_goals, st.text(max_size=80))
def test_any_names_and_counts_make_a_well_formed_picture(goals, title):
    assert len(list(drawn(goals, title).iter(f"{SVG}g"))) >= len(goals)


@settings(max_examples=60)
@given(st.dictionaries(st.text(min_size=1), lifts(), max_size=8))
def test_everything_lies_on_its_axis(goals):
    figures = lift_figures(goals)
    for goal in figures.goals:
        assert 0 <= goal.treated.share <= 1
        assert 0 <= goal.control.share <= 1
        if goal.whiskers:
            assert 0 <= goal.whiskers.low <= goal.whiskers.point <= goal.whiskers.high <= 1
    places = [place for place, _ in figures.axis.ticks]
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)
    assert figures.axis.zero in places
    assert sum(len(label) + 2 for _, label in figures.axis.ticks) <= AXIS_CHARS


@pytest.mark.parametrize("name", EDGES)
def test_every_edge_is_drawn_inside_the_picture(name):
    root = drawn({name: EDGES[name]})
    for shape in root.iter(f"{SVG}rect"):
        assert float(shape.get("x", 0)) + float(shape.get("width")) <= 900
    assert EDGES[name].verdict.value in words_of(root)


def test_all_edges_together_are_drawn_inside_the_picture():
    root = drawn(EDGES)
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x")) < 900
    assert float(root.get("height")) == float(root.get("viewBox").split()[3])


def test_the_case_reads_as_it_was_measured():
    words = words_of(drawn(CASE))
    assert "Account registered" in words
    assert "4.41%12 / 272" in words
    assert "0.00%0 / 271" in words
    assert "161 / 6,469" in " ".join(words)
    assert "+4.41 pp" in words
    assert "+2.08 to +7.55" in words
    assert "Fisher p 0.00043" in words
    assert "Fisher p 3.0 \N{MULTIPLICATION SIGN} 10⁻²⁸" in words
    assert "\N{MINUS SIGN}0.05 pp" in words
    assert [word for word in words if word in list(Verdict)] == [
        "lift shown",
        "lift shown",
        "no difference shown",
        "lift shown",
    ]


@pytest.mark.parametrize(
    ("name", "tone"), [("all against none", "lift"), ("harm", "harm"), ("no control", "none")]
)
def test_each_verdict_has_its_colour(name, tone):
    badges = [r for r in drawn({name: EDGES[name]}).iter(f"{SVG}rect") if "badge" in r.get("class")]
    assert [badge.get("class") for badge in badges] == [f"badge {tone}"]


def test_no_verdict_is_without_a_tone():
    assert set(TONES) == set(Verdict)


def test_longer_bars_are_higher_rates_on_one_scale_for_all_goals():
    goals = lift_figures(CASE).goals
    assert goals[0].treated.share == 1
    assert goals[1].treated.share == pytest.approx((161 / 6469) / (12 / 272))


def test_a_rate_of_zero_has_no_bar_and_a_tiny_one_can_be_seen():
    bars = [
        float(rect.get("width"))
        for rect in drawn({"a": lift(0, 50, 1, 6_000_000), "b": lift(9, 10, 1, 10)}).iter(
            f"{SVG}rect"
        )
        if rect.get("height") == "22"
    ]
    assert len(bars) == 3
    assert min(bars) == 1.5


def test_small_rates_are_written_out_in_full():
    figures = lift_figures({"a": lift(3, 6_000_000, 0, 6_000_000)}).goals[0]
    assert (figures.treated.rate, figures.control.rate) == ("0.000050%", "0.00%")


def test_an_empty_arm_says_that_nothing_is_known_and_draws_no_difference():
    figures = lift_figures({"a": EDGES["no control"]}).goals[0]
    assert figures.whiskers is None
    assert figures.difference == "not known yet"
    assert figures.control.rate == "\N{EN DASH}"


def test_a_long_name_takes_two_lines_and_is_told_in_full_to_those_who_ask():
    name = "a_goal_with_a_name_that_no_column_can_ever_hold"
    root = drawn({name: lift()})
    lines = lift_figures({name: lift()}).goals[0].name_lines
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert "A goal with a name that no column can ever hold" in root.find(f"{SVG}desc").text


def test_names_from_outside_stay_text():
    root = drawn({HOSTILE: lift()}, title=HOSTILE + "\x00\ud800")
    assert not list(root.iter(f"{SVG}script"))
    assert HOSTILE in root.find(f"{SVG}title").text


def test_the_picture_loads_nothing():
    svg = lift_svg(CASE, title="x")
    assert "href" not in svg
    assert "url(" not in svg


def test_a_journey_without_goals_says_so():
    assert "This journey has no goals." in words_of(drawn({}))
