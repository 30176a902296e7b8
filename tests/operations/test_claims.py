"""A transaction that no partner told is claimed by hand: as typed, on a stage and on a world."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from functional.worlds import ANN
from usecases.engines import memory_engine, partner_event, tell

from chalicelib.cli import main
from chalicelib.domain.events import EventOutcome, EventType
from chalicelib.domain.identity import AliasType, alias_of
from chalicelib.domain.ledger_wallet import EMPTY
from chalicelib.domain.transaction import Line, Transaction
from chalicelib.operations.aws_faults import OperationError
from chalicelib.operations.claims import Claim, claimed
from chalicelib.usecases.apply_event import handle_event
from chalicelib.usecases.erase_member import erase_member

CARD = ANN["card"]
FLIGHT = {"kind": "flight", "distance": 1_000, "booking_class": "Y"}


def told(*words, claim):
    return CliRunner().invoke(main, ["claim", CARD, "-", "--partner", "demo", *words], input=claim)


def claim_of(on, transaction="ticket-1", **changes):
    line = {**FLIGHT, **changes}
    return json.dumps({"transaction": transaction, "on": on.isoformat(), "lines": [line]})


def member_id_of(engine):
    return engine.members.member_of(alias_of(AliasType.CARD, CARD))


def today_of(engine):
    return engine.programme.calendar.day_of(engine.clock.now())


def last_week(engine):
    return today_of(engine) - timedelta(days=7)


def test_a_dry_run_says_what_the_claim_then_does_by_which_rule_and_books_nothing(place):
    engine, where = place
    claim = claim_of(last_week(engine))
    tried = told("--dry-run", *where, claim=claim)
    assert tried.exit_code == 0, tried.output
    assert "it would be booked" in " ".join(tried.output.split())
    assert engine.memberships.load(member_id_of(engine)).membership.wallet == EMPTY
    done = told(*where, claim=claim)
    assert "it is posting 1" in " ".join(done.output.split())
    table = tried.output.partition("Why")[2]
    assert table == done.output.partition("Why")[2]
    assert "flight_miles" in table
    again = told("--dry-run", *where, claim=claim)
    assert "it was booked before, as posting 1" in " ".join(again.output.split())


def test_what_the_partner_tells_after_the_claim_counts_once(place):
    engine, where = place
    assert told(*where, claim=claim_of(last_week(engine))).exit_code == 0
    before = engine.memberships.load(member_id_of(engine)).membership
    bought = Transaction(
        partner="demo", reference="ticket-1", on=last_week(engine), lines=(Line(**FLIGHT),)
    )
    event = partner_event(EventType.TRANSACTION_POSTED, transaction=bought)
    assert handle_event(engine, event, 1).outcome is EventOutcome.APPLIED
    assert engine.memberships.load(member_id_of(engine)).membership.wallet == before.wallet


@pytest.mark.parametrize(
    ("claim", "fault"),
    [
        ("{", "The body is not JSON"),
        ("[]", "not a JSON object"),
        ('{"transaction": "t", "on": "2026-11-01"}', "/lines: Field required"),
        ('{"transaction": "t", "on": "1.11.2026", "lines": [{"kind": "a"}]}', "/on: write a day"),
        ('{"transaction": "t", "on": "2026-11-01", "lines": [{"kind": "a", "amount": 1.5}]}',
         "/lines/0/amount"),
    ],
)  # fmt: skip
def test_a_claim_that_says_nothing_is_refused_with_the_place_of_the_fault(place, claim, fault):
    engine, where = place
    result = told(*where, claim=claim)
    assert result.exit_code == 1
    assert fault in " ".join(result.output.split())
    assert engine.memberships.load(member_id_of(engine)).membership.wallet == EMPTY


def test_a_file_that_is_no_text_is_told_with_its_name(tmp_path):
    file = tmp_path / "claim.json"
    file.write_bytes(b"\xff\xfe")
    result = CliRunner().invoke(main, ["claim", CARD, str(file), "--partner", "demo"])
    assert result.exit_code == 1
    assert f"{file} is no text in UTF-8" in " ".join(result.output.split()).replace(" /", "/")


def test_a_name_that_stands_for_another_transaction_is_refused(place):
    engine, where = place
    day = last_week(engine)
    assert told(*where, claim=claim_of(day)).exit_code == 0
    for words in ((), ("--dry-run",)):
        result = told(*words, *where, claim=claim_of(day, distance=2_000))
        assert result.exit_code == 1
        assert "demo/ticket-1 is known as another transaction" in result.output


def test_for_nobody_for_the_erased_and_for_no_partner_nothing_is_claimed():
    engine = memory_engine()
    told_claim = {"partner": "demo", "text": claim_of(last_week(engine))}
    assert claimed(engine, Claim(member=CARD, **told_claim), dry_run=False) is None
    tell(engine)
    with pytest.raises(OperationError, match="no partner's name"):
        claimed(engine, Claim(member=CARD, **{**told_claim, "partner": "no one"}), dry_run=True)
    member_id = member_id_of(engine)
    erase_member(engine, member_id)
    with pytest.raises(OperationError, match="was erased"):
        claimed(engine, Claim(member=member_id, **told_claim), dry_run=False)
