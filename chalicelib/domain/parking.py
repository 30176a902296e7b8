"""Why a message, or a part of one, is set aside among the dead letters of its queue.

The vocabulary is closed. A letter without a reason is one that the queue itself has set aside: the
function behind it died, or could not be reached, as often as the queue allows.
"""

from enum import StrEnum


class QueueName(StrEnum):
    """The queues that have a function behind them, by the names that people know them by."""

    EVENTS = "events"
    SENDS = "sends"
    FEEDBACK = "feedback"


class ParkReason(StrEnum):
    """What is wrong with it. No retry mends any of them; a person decides."""

    UNKNOWN_MEMBER = "unknown_member"
    CONFLICT = "conflict"
    UNKNOWN_TRANSACTION = "unknown_transaction"
    REFUSED = "refused"
    UNREADABLE = "unreadable"
    FAILED = "failed"

    @property
    def explanation(self) -> str:
        """One sentence for whoever looks at the letter."""
        return _EXPLANATIONS[self]


_EXPLANATIONS = {
    ParkReason.UNKNOWN_MEMBER: "nobody is known by the names in it: the partner has to tell who",
    ParkReason.CONFLICT: "its id came before with another body: the partner has to say which holds",
    ParkReason.UNKNOWN_TRANSACTION: "nothing is known of the transaction that is given back: the "
    "partner has to tell it",
    ParkReason.REFUSED: "more came back than was bought: the partner has to say what holds",
    ParkReason.UNREADABLE: "it is no message of this queue, or of another version of the engine",
    ParkReason.FAILED: "the engine failed at it each time: mend the engine, then replay it",
}
