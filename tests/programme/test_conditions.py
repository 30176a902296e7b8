from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.programme.compiled_condition import ConditionError
from chalicelib.programme.conditions import MAX_CHARS, compile_condition, names_in

FACTS = {
    "channel": "offline",
    "home_airport": "",
    "tier": "gold",
    "goals": {"account_registered": False, "app_installed": True},
    "balances": {"redeemable": 500},
}
LIKE_IN = "Write it like tier == 'gold' or tier in ['gold', 'platinum']"
LIKE_NUMBER = "Write it like balances.redeemable >= 500"
NO_PAIR = "a comparison needs a name and a constant"
NO_LIST = "`in` goes with a list, the signs with one constant"
CASE = "channel == 'offline' and not goals.account_registered"
LIKE_CASE = f"Write it like {CASE}"

atoms = st.sampled_from(
    [
        "channel",
        "home_airport",
        "channel == 'offline'",
        "'gold' != tier",
        "tier in ['gold', 'platinum']",
        "channel not in ('online',)",
        "goals.account_registered",
        "goals.app_installed == true",
        "balances.redeemable >= 500",
        "0 < balances.redeemable < 10",
        "balances.redeemable > -1",
    ]
)
expressions = st.recursive(
    atoms,
    lambda below: st.one_of(
        below.map("not ({})".format),
        st.tuples(below, below).map(lambda two: f"({two[0]}) and ({two[1]})"),
        st.tuples(below, below).map(lambda two: f"({two[0]}) or {two[1]}"),
    ),
    max_leaves=5,
)
facts = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(["", "offline", "online"]),
        "home_airport": st.sampled_from(["", "SVO"]),
        "tier": st.sampled_from(["basic", "gold"]),
        "goals": st.fixed_dictionaries(
            {"account_registered": st.booleans(), "app_installed": st.booleans()}
        ),
        "balances": st.fixed_dictionaries({"redeemable": st.integers(-2, 501)}),
    }
)


@given(expressions, facts)
def test_a_condition_has_the_truth_that_python_gives_it(text, member):
    names = {"true": True} | {
        name: SimpleNamespace(**value) if isinstance(value, dict) else value
        for name, value in member.items()
    }
    expected = eval(text, {"__builtins__": {}}, names)  # noqa: S307 - our own expressions, and an independent reading of them
    assert compile_condition(text)(member) is bool(expected)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (CASE, {"channel", "goals.account_registered"}),
        ("goals['x'] or balances.redeemable > 5", {"goals.x", "balances.redeemable"}),
        ("not (tier in ['gold'] and home_airport)", {"tier", "home_airport"}),
        ("true", set()),
    ],
)
def test_names_are_found_wherever_they_stand(text, names):
    assert names_in(text).keys() == names


def test_a_name_is_told_with_everything_it_is_compared_with():
    text = "tier in ['gold', 'silver'] or 3 < balances.redeemable < 9 or tier == 'x'"
    assert names_in(text) == {
        "tier": {"gold", "silver", "x"},
        "balances.redeemable": {3, 9},
    }


@pytest.mark.parametrize("text", ["chanel == 'offline'", "goals.acount", "not unknown"])
def test_an_undefined_name_is_an_error_and_never_false(text):
    with pytest.raises(ConditionError, match="is undefined"):
        compile_condition(text)(FACTS)


@pytest.mark.parametrize(
    ("text", "what", "cure"),
    [
        ("channel ==", "`channel ==` is no condition: unexpected 'end of template'", LIKE_CASE),
        ("", "`` is no condition: unexpected 'end of template'", LIKE_CASE),
        ("channel offline", "`channel offline` goes on after its end, at 'offline'", LIKE_CASE),
        ("channel }} {{ tier", "`channel }} {{ tier` goes on after its end, at '}}'", LIKE_CASE),
        (
            "tier >= 'gold'",
            "`tier` is no number, and has no more and less",
            "Write the values out, like tier in [...]",
        ),
        (
            "balances.redeemable == '500'",
            "`balances.redeemable` is compared with '500'",
            LIKE_NUMBER,
        ),
        ("balances.redeemable > 0.5", "`balances.redeemable` is compared with 0.5", LIKE_NUMBER),
        (
            "goals.app_installed == 'yes'",
            "`goals.app_installed` is compared with 'yes'",
            "Write it like goals.app_installed or not goals.app_installed",
        ),
        ("channel == none", "`channel` is compared with None", "Write it like channel == '…'"),
        ("channel in 'offline'", NO_LIST, LIKE_IN),
        ("channel == ['offline']", NO_LIST, LIKE_IN),
        ("channel == tier", NO_PAIR, LIKE_IN),
        ("tier in ['gold', channel]", NO_PAIR, LIKE_IN),
        ("1 == 1", NO_PAIR, LIKE_IN),
        ("'off' in channel", NO_PAIR, LIKE_IN),
        ("goals", "`goals` alone says nothing", "Name one of them: goals.…"),
        ("(" * 100 + "tier" + ")" * 100, "the condition is nested too deep", "Take brackets out"),
        (
            "tier == '" + "x" * MAX_CHARS + "'",
            "the condition is too long",
            f"Stay within {MAX_CHARS} characters",
        ),
    ],
)
def test_what_cannot_be_a_condition_says_what_to_write(text, what, cure):
    with pytest.raises(ConditionError) as refused:
        compile_condition(text)
    assert (refused.value.what, refused.value.cure) == (what, cure)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("range(10)", "call"),
        ("channel.upper()", "call"),
        ("channel|upper", "filter"),
        ("channel is defined", "test"),
        ("channel ~ tier", "concat"),
        ("balances.redeemable + 1", "add"),
        ("channel if tier else tier", "condexpr"),
        ("channel.__class__.__mro__", "getattr"),
        ("goals[tier]", "getitem"),
    ],
)
def test_nothing_that_computes_is_let_in(text, node):
    with pytest.raises(ConditionError, match=f"can't have a {node} here"):
        compile_condition(text)


def named(tree):
    """Yield what a condition reads, found in what is asked rather than in what was written."""
    match tree:
        case ["name", name]:
            yield name
        case ["key", group, name]:
            yield f"{group}.{name}"
        case [_, *operands] if isinstance(tree, list):
            for operand in operands:
                yield from named(operand)


@given(st.text("abgoals.channel'[](){}|~+-*/%<>=!,0 notrue\n", max_size=40) | st.text(max_size=20))
def test_any_text_is_a_condition_or_a_condition_error(text):
    try:
        condition = compile_condition(text)
    except ConditionError:
        return
    assert condition.text == text
    assert names_in(text).keys() == set(named(condition.tree))


STANDING = {
    "standing": {
        "at_risk": True,
        "next_tier": "gold",
        "expiring_redeemable": 700,
        "expires_redeemable": date(2027, 3, 31),
        "grace_until": "",
    }
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("standing.at_risk", True),
        ("standing.expiring_redeemable >= 700", True),
        ("standing.expiring_redeemable > 700", False),
        ("standing.next_tier == 'gold'", True),
        ("standing.next_tier in ['silver']", False),
        ("standing.expires_redeemable", True),
        ("not standing.grace_until", True),
    ],
)
def test_how_a_member_stands_can_be_asked_about(text, holds):
    assert compile_condition(text)(STANDING) is holds


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("standing.expires_redeemable == '2027-03-31'", "is a day, and no day can be written here"),
        ("standing.grace_until == true", "is a day, and no day can be written here"),
        ("standing.at_risk == 1", "is compared with 1"),
        ("standing.keep_qualifying == 'much'", "is compared with 'much'"),
        ("standing.next_tier > 'gold'", "is no number"),
        ("standing", "alone says nothing"),
    ],
)
def test_a_standing_is_compared_with_what_it_is(text, what):
    with pytest.raises(ConditionError, match=what):
        compile_condition(text)
