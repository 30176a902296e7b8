"""A mail service that keeps what it gets: the twin of SES, for worlds and tests."""

from itertools import count

from chalicelib.usecases.ports import Accepted, OutgoingMail


class MemoryMailer:
    """The port ``Mailer``. ``outbox`` has the accepted mails under their message ids, in order.

    It keeps ``limit`` of them at the most: a hundred thousand mails are three gigabytes.
    """

    def __init__(self, limit: int = 100_000) -> None:
        self.outbox: dict[str, OutgoingMail] = {}
        self._limit = limit
        self._numbers = count(1)

    def send(self, mail: OutgoingMail) -> Accepted:
        """Accept; ids have the shape and the 60 characters of SES's own."""
        message_id = f"{next(self._numbers):016x}-00000000-0000-0000-0000-000000000000-000000"
        if len(self.outbox) < self._limit:
            self.outbox[message_id] = mail
        return Accepted(message_id)
