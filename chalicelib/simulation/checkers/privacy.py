"""Where personal data may not be: in no log line, and in no item but the profile (S10).

The canaries are what the partners told of members and the tokens in the members' mails; a
short value, such as a name of two letters, is no canary: it is in too many words.
"""

import re
from collections.abc import Iterator

from chalicelib.simulation.checkers.history import History
from chalicelib.simulation.checkers.told import all_told
from chalicelib.simulation.checkers.violation import Violation
from chalicelib.simulation.record import DeadLettered, Logged, Stored

Found = Iterator[Violation]

_PERSONAL = ("email", "phone", "card", "first_name", "last_name", "name_on_card")
_SHORTEST = 6
_TOKEN = re.compile(rb"/m/(?:unsubscribe|mail|preferences)/([A-Za-z0-9_.~-]{20,})")
_SOFT_BREAK = re.compile(rb"=\r?\n")
_ANYWHERE = ("ENROLMENT", "GRANT", "EVENT", "PAUSES", "TOMBSTONE", "COUNT", "BUDGET")


def s10_no_personal_data(history: History) -> Found:
    """S10: no name, address, phone, card or token in a log line or in an item but the profile.

    Nor in the reason of a dead letter. Names lead to members by keyed digests; that the store
    keeps no other is held by the tests of the real one.

    Limit: of an item that was stored many times, the last state is looked at.
    """
    canaries = sorted(_told(history) | _tokens(history))
    for number, where, text in (*_logged(history), *_items(history), *_letters(history)):
        for canary in canaries:
            if canary in text:
                kind = "a token" if "." in canary and "@" not in canary else "personal data"
                yield Violation("S10", number, f"{kind} in {where}")


def _told(history: History) -> set[str]:
    values = set()
    for told in all_told(history).values():
        facts = {**told.facts, **told.names}
        values |= {facts[name] for name in _PERSONAL if name in facts}
    return {value for value in values if len(value) >= _SHORTEST}


def _tokens(history: History) -> set[str]:
    calls = (call for calls in history.calls.values() for call in calls[:1])
    texts = (_SOFT_BREAK.sub(b"", _without_html(call.mail.mime)) for call in calls)
    return {match.decode("ascii") for text in texts for match in _TOKEN.findall(text)}


def _without_html(mime: bytes) -> bytes:
    """Leave the large part out: it has no links of a member that the text has not."""
    return mime.partition(b"Content-Type: text/html")[0]


def _logged(history: History) -> Iterator[tuple[int, str, str]]:
    """Yield all lines as one text: a canary is looked for once, not once a line."""
    lines = history.of_kind(Logged)
    everything = "\n".join(line.text for line in lines)
    yield (lines[0].number if lines else 0), "the log", everything


def _items(history: History) -> Iterator[tuple[int, str, str]]:
    for what in _ANYWHERE:
        last: dict[str, Stored] = {write.key: write for write in history.writes[what]}
        text = "\n".join(f"{write.key} {write.after!r}" for write in last.values())
        yield max((write.number for write in last.values()), default=0), f"{what} items", text


def _letters(history: History) -> Iterator[tuple[int, str, str]]:
    for letter in history.of_kind(DeadLettered):
        yield letter.number, "the reason of a dead letter", letter.reason
