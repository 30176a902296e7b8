"""Sample members: read with file and line, checked against the programme, and odd enough."""

import re

import pytest
from mail.conftest import SHIPPED

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.member import ATTRIBUTES
from chalicelib.mail.errors import TemplateSourceError
from chalicelib.mail.samples import BUILT_IN, MAX_SAMPLES, read_samples, sample_problems
from chalicelib.mail.templates import MailTemplates
from chalicelib.operations.specimens import specimen
from chalicelib.programme.loader import load_programme

PROGRAMME = load_programme(SHIPPED)
MAILS = sorted(path.name for path in (SHIPPED / "mails").iterdir())
DECLARED = {
    "goals": PROGRAMME.goals,
    "units": PROGRAMME.units,
    "tiers": PROGRAMME.tiers,
    "standing": PROGRAMME.standing_kinds,
}
FULL = """\
full:
  about: everything is known
  first_name: no
  card: 0012
  tier: gold
  balances: {redeemable: 24215, qualifying: -1}
  goals: [account_registered]
  gift: 500
bare:
  about: nothing is known
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mails" / "hello").mkdir(parents=True)
    (tmp_path / "samples.yaml").write_text(FULL, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def templates():
    return MailTemplates.load(SHIPPED)


def named(folder, mail="hello"):
    return {sample.name: sample for sample in read_samples(folder, mail)}


def test_a_sample_has_what_is_written_and_text_is_text(folder):
    full = named(folder)["full"]
    assert full.attributes == {"first_name": "no", "card": "0012", "tier": "gold"}
    assert full.balances == {"redeemable": 24215, "qualifying": -1}
    assert full.goals == {"account_registered"}
    assert (full.about, full.gift) == ("everything is known", 500)


def test_a_sample_of_which_little_is_written_has_nothing_else(folder):
    bare = named(folder)["bare"]
    assert (bare.attributes, bare.balances, bare.goals, bare.gift) == ({}, {}, frozenset(), None)


def test_a_mails_own_samples_add_to_the_programmes_or_replace_them(folder):
    own = "bare:\n  about: this mail's own\nthird:\n  about: one more\n"
    (folder / "mails" / "hello" / "samples.yaml").write_text(own, encoding="utf-8")
    assert [sample.about for sample in read_samples(folder, "hello")] == [
        "everything is known",
        "this mail's own",
        "one more",
    ]
    assert list(named(folder, "other")) == ["full", "bare"]


@pytest.mark.parametrize("written", [None, "", "# nothing yet\n"])
def test_a_programme_without_samples_has_two(folder, written):
    (folder / "samples.yaml").unlink()
    if written is not None:
        (folder / "samples.yaml").write_text(written, encoding="utf-8")
    assert read_samples(folder, "hello") == BUILT_IN


@pytest.mark.parametrize(
    ("change", "line", "what", "cure"),
    [
        (("first_name: no", "frist_name: no"), 3, "no field 'frist_name'", "first_name?"),
        (("first_name: no", "first_name: [no]"), 3, "has to be one text", "quotes"),
        (("24215", "24.5"), 6, "'24.5' is no whole number", "digits"),
        (("gift: 500", "gift: -1"), 8, "a gift of -1", "0 or more"),
        (("[account_registered]", "account_registered"), 7, "`goals` is no list", "[account"),
        (("  about: nothing is known", "  tier: gold"), 9, "'bare' has no `about`", "who it is"),
        (("nothing is known", "x" * 121), 9, "`about` is too long", "120"),
        (("bare:\n", "full:\n"), 9, "'full' stands here twice", "Keep one"),
        (("  card: 0012", "  first_name: x"), 4, "'first_name' stands here twice", "Keep one"),
        (("bare:", "Bare One:"), 9, "'Bare One' is no name of a sample", "small letters"),
        (("bare:\n  about: nothing is known", "bare: 1"), 9, "here are no fields", "indented"),
        (("full:", "full: ["), 3, "not YAML", "syntax"),
    ],
)
def test_what_is_no_sample_is_told_with_file_line_and_cure(folder, change, line, what, cure):
    path = folder / "samples.yaml"
    path.write_text(FULL.replace(*change, 1), encoding="utf-8")
    with pytest.raises(TemplateSourceError) as caught:
        read_samples(folder, "hello")
    problem = caught.value.problem
    assert (problem.file, problem.line) == (str(path), line)
    assert what in problem.what
    assert cure in problem.cure
    assert sample_problems(folder, ["hello"], **DECLARED) == [problem.found_by(LintRule.SAMPLE)]


def test_there_is_a_limit_on_samples(folder):
    many = "".join(f"s{number}:\n  about: x\n" for number in range(MAX_SAMPLES + 1))
    (folder / "samples.yaml").write_text(many, encoding="utf-8")
    with pytest.raises(TemplateSourceError, match=f"over {MAX_SAMPLES} samples"):
        read_samples(folder, "hello")


@pytest.mark.parametrize(
    ("change", "line", "what", "cure"),
    [
        (("account_registered", "acount_registered"), 7, "goal 'acount_registered'", "account_reg"),
        (("redeemable", "redemable"), 6, "unknown unit 'redemable'", "redeemable?"),
        (("gold", "glod"), 5, "unknown tier 'glod'", "gold?"),
    ],
)
def test_a_name_the_programme_does_not_declare_is_found(folder, change, line, what, cure):
    assert sample_problems(folder, ["hello"], **DECLARED) == []
    path = folder / "samples.yaml"
    path.write_text(FULL.replace(*change, 1), encoding="utf-8")
    (problem,) = sample_problems(folder, ["hello", "other"], **DECLARED)
    assert (problem.file, problem.line, problem.rule) == (str(path), line, LintRule.SAMPLE)
    assert what in problem.what
    assert cure in problem.cure


# The shipped samples.


def test_the_shipped_samples_have_no_problems():
    assert sample_problems(SHIPPED, MAILS, **DECLARED) == []


def test_the_shipped_samples_are_odd_in_every_way_that_breaks_mails():
    samples = named(SHIPPED, "welcome")
    names = [sample.attributes.get("first_name", "") for sample in samples.values()]
    assert set(samples["everything"].attributes) >= {*ATTRIBUTES} - {"locale", "tier"}
    assert re.search("[\u0400-\u04ff]", samples["everything"].attributes["first_name"])
    assert set(samples["nothing"].attributes) == {"channel", "email"}
    assert max(map(len, names)) > 40
    for script in ("[\u0590-\u08ff]", "[\u4e00-\u9fff]", "[\U0001f300-\U0001faff]", r"\{\{", "%"):
        assert any(re.search(script, name) for name in names), script
    hostile = " ".join(samples["hostile"].attributes.values())
    assert all(sign in hostile for sign in ("<script>", "{% if", '"', "'", "&", "</a>"))
    amounts = [amount for sample in samples.values() for amount in sample.balances.values()]
    assert min(amounts) < 0
    assert max(amounts) > 10**8
    assert {"silver", "gold"} <= {sample.attributes.get("tier") for sample in samples.values()}


@pytest.mark.parametrize("mail", MAILS)
@pytest.mark.parametrize("locale", PROGRAMME.locales)
def test_every_sample_is_sent_every_mail_and_hostile_values_stay_text(templates, mail, locale):
    for sample in read_samples(SHIPPED, mail):
        made = specimen(PROGRAMME, templates, mail, locale, sample)
        assert made == specimen(PROGRAMME, templates, mail, locale, sample)
        assert dict(made.headers)["Subject"] == made.rendered.subject
        for parsed in ("<script>alert", "<b>O'Hara", '" onmouseover="', "{% if"):
            assert parsed not in made.rendered.html.replace("{% if %}", "")


def test_a_name_that_looks_like_a_template_is_written_as_it_is(templates):
    samples = named(SHIPPED, "welcome")
    text = specimen(PROGRAMME, templates, "welcome", "en", samples["hostile"]).rendered.text
    assert f"Welcome aboard, {samples['hostile'].attributes['first_name']}\n" in text


def test_a_sample_says_which_gift_the_mail_promises(templates):
    by_gift = {
        sample.gift: specimen(PROGRAMME, templates, "reminder", "en", sample).rendered.subject
        for sample in read_samples(SHIPPED, "reminder")
    }
    assert by_gift[1].startswith("1 mile ")
    assert by_gift[None].startswith("500 miles ")
    assert by_gift[1_000_000].startswith("1,000,000 miles ")


def test_a_mail_that_no_step_sends_yet_can_be_shown(programme):
    """Its author looks at it before it is put into a journey."""
    made = specimen(PROGRAMME, MailTemplates.load(programme), "hello", "en", BUILT_IN[0])
    assert "Hello, Anna" in made.rendered.text


def test_a_sample_may_have_a_standing_in_the_words_of_a_person(folder):
    written = "far:\n  about: x\n  standing: {at_risk: true, expires_redeemable: 2027-03-31}\n"
    (folder / "samples.yaml").write_text(written)
    (sample,) = read_samples(folder, "hello")
    assert sample.standing == {"at_risk": "true", "expires_redeemable": "2027-03-31"}
    assert sample_problems(folder, ["hello"], **DECLARED) == []


@pytest.mark.parametrize(
    ("standing", "what", "cure"),
    [
        ("at_risk: yes", "'at_risk' can't be 'yes'", "Write true or false"),
        ("next_tier: golden", "'next_tier' can't be 'golden'", "Write a tier of programme.yaml"),
        ("tier_through: soon", "'tier_through' can't be 'soon'", "Write a day, as 2027-03-31"),
        ("owed_redeemable: few", "'owed_redeemable' can't be 'few'", "Write a whole number"),
        ("expiring_redeemble: 7", "unknown standing 'expiring_redeemble'",
         "Did you mean expiring_redeemable?"),
    ],
)  # fmt: skip
def test_a_standing_that_can_not_be_is_told_with_its_cure(folder, standing, what, cure):
    (folder / "samples.yaml").write_text(f"far:\n  about: x\n  standing:\n    {standing}\n")
    (problem,) = sample_problems(folder, ["hello"], **DECLARED)
    assert (problem.line, problem.what, problem.cure) == (4, what, cure)
