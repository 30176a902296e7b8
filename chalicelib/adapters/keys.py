"""All key text of the one table, so that no other module knows how a key is spelled.

A key is segments of ``NOUN#value``, general to specific. Keys find items and are never read
back for facts, except the due index, which holds nothing but keys.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import date, datetime
from hashlib import sha256

from chalicelib.adapters.moments import KeyTextError, parse_time, time_text
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.gifts import GIFTS
from chalicelib.domain.identity import Alias
from chalicelib.domain.ledger import Reference
from chalicelib.usecases.ports import DueStep

Key = dict[str, str]
"""``PK`` and ``SK`` of an item."""


def profile(member_id: str) -> Key:
    """Where a member's profile is.

    >>> profile("abc234")
    {'PK': 'MEMBER#abc234', 'SK': 'PROFILE'}
    """
    return {"PK": f"MEMBER#{_segment(member_id)}", "SK": "PROFILE"}


def enrolment(member_id: str, journey: str, former: int = 0) -> Key:
    """Where a member's way through a journey is: the latest entry's, or a former one's.

    Former ones stand apart, so that a decision reads a member's enrolments without them.

    >>> enrolment("abc234", "welcome")
    {'PK': 'MEMBER#abc234', 'SK': 'ENROLMENT#welcome#0001'}
    >>> enrolment("abc234", "at_risk", former=3)
    {'PK': 'MEMBER#abc234', 'SK': 'FORMER#at_risk#0003'}
    """
    name = _segment(journey)
    place = f"FORMER#{name}#{former:04d}" if former else f"ENROLMENT#{name}#0001"
    return {"PK": f"MEMBER#{_segment(member_id)}", "SK": place}


def grant(member_id: str, source: str) -> Key:
    """Where it is kept that a promise has been met.

    >>> grant("abc234", "welcome.1.reminder")
    {'PK': 'MEMBER#abc234', 'SK': 'GRANT#welcome.1.reminder'}
    """
    return {"PK": f"MEMBER#{_segment(member_id)}", "SK": f"GRANT#{source}"}


def membership(member_id: str) -> Key:
    """Where it is kept what the programme owes a member.

    >>> membership("abc234")
    {'PK': 'MEMBER#abc234', 'SK': 'MEMBERSHIP'}
    """
    return {"PK": f"MEMBER#{_segment(member_id)}", "SK": "MEMBERSHIP"}


def posting(member_id: str, number: int) -> Key:
    """Where one change of a member's wallet is: a member's postings sort as they were made.

    >>> posting("abc234", 7)
    {'PK': 'MEMBER#abc234', 'SK': 'POSTING#00000007'}
    """
    return {"PK": f"MEMBER#{_segment(member_id)}", "SK": f"POSTING#{number:08d}"}


def reference(reference: Reference) -> Key:
    """Where it is kept what became of a caller's own name for something. It may hold anything.

    A gift's stands where older releases kept grants, so that none is given twice.

    >>> reference(Reference("shop", "order#7"))
    {'PK': 'REFERENCE#shop#order#7', 'SK': 'REFERENCE'}
    >>> reference(Reference("gift", "abc234.welcome.1.reminder"))
    {'PK': 'MEMBER#abc234', 'SK': 'GRANT#welcome.1.reminder'}
    """
    if reference.caller == GIFTS:
        member_id, dot, source = reference.id.partition(".")
        if not dot:
            raise KeyTextError(f"The gift '{reference.id}' needs a member, a dot and a source")
        return grant(member_id, source)
    return {"PK": f"REFERENCE#{_segment(reference.caller)}#{reference.id}", "SK": "REFERENCE"}


def event(partner: str, event_id: str) -> Key:
    """Where it is kept that a partner's event came in. The id may hold any character.

    >>> event("shop", "order#7")
    {'PK': 'EVENT#shop#order#7', 'SK': 'EVENT'}
    """
    return {"PK": f"EVENT#{_segment(partner)}#{event_id}", "SK": "EVENT"}


def pauses() -> Key:
    """Where it is kept what is paused: one item for the whole programme.

    >>> pauses()
    {'PK': 'BRAKES', 'SK': 'PAUSES'}
    """
    return {"PK": "BRAKES", "SK": "PAUSES"}


def alias(name: Alias, secret: bytes) -> Key:
    """Where an alias leads to its member.

    >>> from chalicelib.domain.identity import AliasType
    >>> alias(Alias(AliasType.CARD, "1234567"), b"secret")["PK"]
    'ALIAS#card#51OOCXCRji4anBWnoxSjCib4c-MnRvgtzghNuP60zGo'
    """
    return {"PK": f"ALIAS#{name.type}#{alias_digest(name, secret)}", "SK": "ALIAS"}


def alias_digest(name: Alias, secret: bytes) -> str:
    """HMAC-SHA256 in base64url. Cards and phones are few: without the secret, all can be tried."""
    digest = hmac.digest(secret, f"{name.type}\0{name.value}".encode(), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def member_alias(member_id: str, type_: str, digest: str) -> Key:
    """Where it is kept since when a name is a member's.

    >>> member_alias("abc234", "card", "51OO")
    {'PK': 'MEMBER#abc234', 'SK': 'ALIAS#card#51OO'}
    """
    return {"PK": f"MEMBER#{_segment(member_id)}", "SK": f"ALIAS#{type_}#{_segment(digest)}"}


def suspect(member_id: str, other: str, type_: str) -> Key:
    """Where it is kept that a member may be another one, for a name of this type.

    >>> suspect("abc234", "xyz567", "email")
    {'PK': 'MEMBER#abc234', 'SK': 'SUSPECT#xyz567#email'}
    """
    return {"PK": f"MEMBER#{_segment(member_id)}", "SK": f"SUSPECT#{_segment(other)}#{type_}"}


def day_count(journey: str, series: int, day: date) -> Key:
    """Where a day's mails, complaints and bounces of a journey are counted.

    >>> day_count("welcome", 0, date(2026, 11, 21))
    {'PK': 'COUNT#welcome#0', 'SK': 'DAY#2026-11-21'}
    """
    return {"PK": counts(journey, series), "SK": f"DAY#{day.isoformat()}"}


def counts(journey: str, series: int) -> str:
    """Name all days of a series, which sort as days do.

    >>> counts("welcome", 2)
    'COUNT#welcome#2'
    """
    return f"COUNT#{_segment(journey)}#{series}"


def budget() -> Key:
    """Where the window is that the newest mails were let into.

    >>> budget()
    {'PK': 'BUDGET', 'SK': 'BUDGET'}
    """
    return {"PK": "BUDGET", "SK": "BUDGET"}


def stock(benefit: str, shard: int) -> Key:
    """Where it is counted how many of a benefit were taken, by one of its counters.

    >>> stock("voucher", 3)
    {'PK': 'STOCK#voucher#3', 'SK': 'STOCK'}
    """
    return {"PK": f"STOCK#{_segment(benefit)}#{shard}", "SK": "STOCK"}


def stock_claim(member_id: str, grant_key: str) -> Key:
    """Where it is kept that one was taken for a member's grant.

    >>> stock_claim("abc234", "voucher@app_installed")
    {'PK': 'MEMBER#abc234', 'SK': 'STOCK#voucher@app_installed'}
    """
    return {"PK": f"MEMBER#{_segment(member_id)}", "SK": f"STOCK#{_segment(grant_key)}"}


def template(digest: str) -> Key:
    """Where a template is kept that mails were sent by.

    >>> template("aB3_-9xZ")
    {'PK': 'TEMPLATE#aB3_-9xZ', 'SK': 'TEMPLATE'}
    """
    return {"PK": f"TEMPLATE#{_segment(digest)}", "SK": "TEMPLATE"}


def due_shard(shard: int) -> str:
    """Name a shard of the due index.

    >>> due_shard(7)
    'DUE#07'
    """
    return f"DUE#{shard:02d}"


def due_step(due_at: datetime, key: StepKey) -> str:
    """Name what is due and when, so that the longest overdue sorts first.

    >>> from datetime import UTC
    >>> at = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
    >>> due_step(at, StepKey(member_id="abc234", journey="welcome", entry=1, step="reminder"))
    '2026-11-21T20:30:00.000000Z#abc234#welcome#0001#reminder'
    """
    segments = (key.member_id, key.journey, f"{key.entry:04d}", key.step)
    return "#".join([time_text(due_at), *(_segment(segment) for segment in segments)])


def member_due_shard(shard: int) -> str:
    """Name a shard of the due index's other part: members of whom something is due.

    >>> member_due_shard(7)
    'MEMBERDUE#07'
    """
    return f"MEMBERDUE#{shard:02d}"


def member_due(due_at: datetime, member_id: str) -> str:
    """Name whose membership is due and when, so that the longest overdue sorts first.

    >>> from datetime import UTC
    >>> member_due(datetime(2026, 11, 21, 20, 30, tzinfo=UTC), "abc234")
    '2026-11-21T20:30:00.000000Z#abc234'
    """
    return f"{time_text(due_at)}#{_segment(member_id)}"


def parse_member_due(text: str) -> str:
    """Read back whose membership is due.

    >>> parse_member_due("2026-11-21T20:30:00.000000Z#abc234")
    'abc234'
    """
    return text.partition("#")[2]


def due_after(until: datetime) -> str:
    """Name the end of what is due by ``until``: "$" is the character after "#".

    >>> from datetime import UTC
    >>> due_after(datetime(2026, 11, 21, 20, 30, tzinfo=UTC))
    '2026-11-21T20:30:00.000000Z$'
    """
    return f"{time_text(until)}$"


def parse_due(text: str) -> DueStep:
    """Read back what is due, and when, as far as the index knows.

    >>> parse_due("2026-11-21T20:30:00.000000Z#abc234#welcome#0001#reminder").key
    StepKey(member_id='abc234', journey='welcome', entry=1, step='reminder')
    """
    at, member_id, journey, entry, step = text.split("#")
    key = StepKey(member_id=member_id, journey=journey, entry=int(entry), step=step)
    return DueStep(key, parse_time(at))


def journey_due(text: str) -> str:
    """Read back the journey alone: of many that are passed over nothing else is needed.

    >>> journey_due("2026-11-21T20:30:00.000000Z#abc234#welcome#0001#reminder")
    'welcome'
    """
    return text.split("#", 3)[2]


def shard_of(member_id: str, shards: int) -> int:
    """Spread members evenly; the same on every machine, for ever.

    >>> shard_of("abc234", 16)
    10
    """
    return int.from_bytes(sha256(member_id.encode()).digest()[:8], "big") % shards


def _segment(value: str) -> str:
    if "#" in value:
        raise KeyTextError(f"'{value}' can't be part of a key; '#' separates the parts of keys")
    return value
