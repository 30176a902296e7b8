"""A compiled programme says and does what the one it was made of does, and needs far less."""

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from email import message_from_bytes
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail.conftest import envelope_of, values_of
from programme.editing import SHIPPED, Edited

from chalicelib.adapters.time_zones import AirportTimeZones
from chalicelib.compile_programme import (
    USAGE,
    CompileError,
    compile_programme,
    main,
    write_compiled,
)
from chalicelib.domain.contact_rules import FrequencyCap
from chalicelib.domain.journey import OnUnknown
from chalicelib.mail.errors import MailError
from chalicelib.mail.mime import build_mime
from chalicelib.mail.templates import MailTemplates
from chalicelib.programme.compiled import data_of, digest_of, programme_of
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.loader import load_programme

ROOT = Path(__file__).parents[1]
ABSENT = ("airportsdata", "babel", "jinja2", "markupsafe", "mjml", "pydantic", "tzdata", "yaml")
"""What loading and sending must do without; `email` is there, and would cost its import."""
GOALS = tuple(values_of()["goals"])
MEMBERS = [
    {},
    {"first_name": "", "last_name": "", "name_on_card": "", "card": "", "gift": 0},
    {"first_name": "Анна", "name_on_card": "O'HARA & <SONS>", "card": '"30 51"', "gift": 1},
    {
        "first_name": "{{ 7*7 }}%(name)s",
        "gift": 2,
        "balances": {"redeemable": -1, "qualifying": 21},
    },
    {"first_name": "a\ud800b\r\nc", "gift": 1011, "goals": dict.fromkeys(GOALS, True)},
    {"first_name": "名前 😀" * 9, "balances": {"redeemable": 10**9, "qualifying": 2}},
]


@pytest.fixture(scope="module")
def written():
    return MailTemplates.load(SHIPPED)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("compiled") / "deeper" / "airline-bonus"
    compile_programme(SHIPPED, target)
    return target


@pytest.fixture(scope="module")
def compiled(folder):
    return MailTemplates.load(folder)


def mime_of(templates, mail, locale, values):
    try:
        return build_mime(templates.render(mail, locale, values), envelope_of())
    except MailError as error:
        return str(error)


def test_every_mail_is_the_same_to_the_byte(written, compiled):
    assert compiled.names == written.names
    mails = set()
    for mail, locale, member in product(written.names, ("en", "ru", "ru-BY", "de"), MEMBERS):
        values = values_of(**member)
        expected = mime_of(written, mail, locale, values)
        assert mime_of(compiled, mail, locale, values) == expected
        mails.add(expected)
    assert len(mails) >= len(written.names) * 2 * (len(MEMBERS) - 1)


def test_what_cannot_be_rendered_fails_with_the_same_words(written, compiled):
    lacking = {name: value for name, value in values_of().items() if name != "card"}
    for mail, values in [("welcome", lacking), ("nothing", values_of())]:
        said = mime_of(compiled, mail, "ru", values)
        assert said == mime_of(written, mail, "ru", values)
        assert "is undefined" in said or "have app, collect" in said


def test_every_page_is_the_same(written, compiled):
    given_values = {name: values_of()[name] for name in ("programme", "links", "choices")}
    for page, locale in product(written.source.pages, ("en", "ru")):
        expected = written.render_page(page, locale, given_values)
        assert compiled.render_page(page, locale, given_values) == expected


def test_the_programme_is_the_same(folder):
    assert load_programme(folder) == load_programme(SHIPPED)


def test_a_programme_has_one_digest_in_both_forms_and_another_one_once_it_says_something_else(
    folder, tmp_path
):
    harder = Edited(tmp_path / "harder")
    harder.replace("silver: [{qualifying: 25000}", "silver: [{qualifying: 40000}")
    digest = digest_of(load_programme(SHIPPED))
    assert digest_of(load_programme(folder)) == digest
    assert digest_of(load_programme(harder.folder)) != digest


EARNING = """\
  campaign: {gives: redeemable, bonus: 50%, of: [shopping, flight_miles], until: 2027-04-30}
  visit: {gives: redeemable, each: 5, per: transaction, since: 2027-03-01, partners: [shop]}
  members: {gives: redeemable, each: 9, carriers: [SU], when: tier == 'gold', rounding: half_up}
"""


def test_everything_that_a_programme_may_have_is_kept(tmp_path):
    edited = Edited(tmp_path / "written")
    edited.replace("enters: {on: member.joined}", "enters: {on: member.joined, when: tier}")
    edited.replace("per: 1 day", "per: 90 seconds").replace("holdout: 50%", "holdout: 33.3333%")
    edited.replace('quiet_hours: {from: "21:00", until: "09:00"}\n', "")
    edited.replace("gift: {", "on_unknown: retry_once\n        gift: {")
    edited.replace("  segments: {counts: segments,", f"{EARNING}  segments: {{counts: segments,")
    programme = load_programme(edited.folder)
    kept = programme_of(json.loads(json.dumps(data_of(programme))))
    assert kept == programme
    assert kept.quiet_hours is None
    assert kept.journeys["welcome"].step("reminder").on_unknown is OnUnknown.RETRY_ONCE
    assert FrequencyCap(2, timedelta(seconds=90)) in kept.frequency_caps
    assert kept.journeys["welcome"].entry_when({"tier": "gold"})
    assert not kept.journeys["welcome"].entry_when({"tier": ""})
    (asked,) = [rule.scope.when for rule in kept.earning.rules if rule.scope.when]
    assert asked({"tier": "gold"})
    assert not asked({"tier": "basic"})


loaded = cache(load_programme)


@given(
    st.fixed_dictionaries(
        {
            "channel": st.sampled_from(["", "offline", "online"]),
            "goals": st.fixed_dictionaries(dict.fromkeys(GOALS, st.booleans())),
        }
    )
)
def test_its_conditions_have_the_same_truth(folder, facts):
    compiled, written = (loaded(each).journeys["welcome"] for each in (folder, SHIPPED))
    assert compiled.exit_when(facts) is written.exit_when(facts)
    for ours, theirs in zip(compiled.steps, written.steps, strict=True):
        for condition in ("when", "wait_for"):
            asked, expected = getattr(ours, condition), getattr(theirs, condition)
            assert asked == expected
            assert asked is None or asked(facts) is expected(facts)


def test_airports_have_the_same_clocks(folder):
    from_file, from_package = AirportTimeZones(folder), AirportTimeZones()
    codes = json.loads((folder / "airports.json").read_bytes())
    assert sum(len(each.split()) for each in codes.values()) > 5_000
    for iata in ["SVO", "JFK", "", "svo", "SVO DME", *codes["Europe/Moscow"].split()]:
        assert from_file.of_airport(iata) == from_package.of_airport(iata)
    assert AirportTimeZones(SHIPPED).of_airport("SVO") == "Europe/Moscow"


def test_a_mail_is_sent_without_any_library_that_made_it(folder, tmp_path, compiled):
    """In a fresh interpreter, which also tells what else was imported on the way."""
    told_values = values_of(first_name="Анна", standing={})  # its days are nothing for JSON
    values = tmp_path / "values.json"
    values.write_text(json.dumps(told_values), encoding="utf-8")
    code = f"""
import json, sys
sys.modules.update(dict.fromkeys({ABSENT}))
from datetime import UTC, datetime
from pathlib import Path
from chalicelib.adapters.time_zones import AirportTimeZones
from chalicelib.mail.mime import Envelope, build_mime
from chalicelib.mail.templates import MailTemplates
from chalicelib.programme.loader import load_programme
folder, values = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_bytes())
assert AirportTimeZones(folder).of_airport("SVO") == "Europe/Moscow"
assert not load_programme(folder).journeys["welcome"].exit_when(values)
envelope = Envelope(
    "Vesper", "a@example.com", "Анна", "b@example.com", "https://example.com/u",
    "https://example.com/w", "key", "example.com", ("x",), datetime(2026, 3, 5, tzinfo=UTC),
)
rendered = MailTemplates.load(folder).render("reminder", "ru", values)
sys.stdout.buffer.write(build_mime(rendered, envelope))
assert "email" not in sys.modules
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", code, folder, values],
        cwd=tmp_path, env=environment, capture_output=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr.decode()
    message = message_from_bytes(told.stdout)
    html = message.get_payload()[1].get_payload(decode=True).decode().replace("\r\n", "\n")
    assert html == compiled.render("reminder", "ru", told_values).html


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_source_gives_the_same_bytes_whatever_the_seed_of_hashes(folder, tmp_path):
    for seed in ("1", "2"):
        target = tmp_path / seed
        told = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-m", "chalicelib.compile_programme", SHIPPED, target],
            cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=False,
        )  # fmt: skip
        assert told.returncode == 0, told.stderr.decode()
        assert contents(target) == contents(folder)


def test_where_the_source_stands_is_not_in_what_is_compiled(folder, tmp_path):
    copied = shutil.copytree(SHIPPED, tmp_path / "elsewhere")
    write_compiled(copied, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(folder)


def test_an_older_compiled_programme_is_replaced_with_nothing_left_of_it(tmp_path):
    target = tmp_path / "out"
    write_compiled(SHIPPED, target)
    (target / "mails" / "gone").mkdir()
    (target / "mails" / "gone" / "en.json").write_text("{}")
    compile_programme(SHIPPED, target)
    assert "mails/gone/en.json" not in contents(target)


def test_a_programme_with_a_problem_is_not_compiled_and_says_which(tmp_path, capsys):
    edited = Edited(tmp_path / "written")
    edited.replace("{{ links.account }}", "{{ links.acount }}", "mails/welcome/body.txt")
    with pytest.raises(ProgrammeError, match=r"body.txt:\d+: unknown link 'acount'"):
        compile_programme(edited.folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert main([str(edited.folder), str(tmp_path / "out")]) == 1
    assert "Did you mean account?" in capsys.readouterr().err


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path, capsys):
    (tmp_path / "precious.txt").write_text("mine")
    for target in (tmp_path, tmp_path / "precious.txt"):
        with pytest.raises(CompileError, match="is no compiled programme"):
            compile_programme(SHIPPED, target)
    assert main([str(SHIPPED), str(tmp_path)]) == 1
    assert "name a folder that is not there" in capsys.readouterr().err
    assert contents(tmp_path) == {"precious.txt": b"mine"}


def test_an_empty_folder_is_filled(tmp_path):
    assert main([str(SHIPPED), str(tmp_path)]) == 0
    assert load_programme(tmp_path).name == "airline-bonus"


def test_a_source_and_a_target_are_what_it_takes(capsys):
    assert main(["one"]) == 2
    assert capsys.readouterr().err.strip() == USAGE
