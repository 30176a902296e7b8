"""The mails that the mail service accepted, as their readers hold them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from chalicelib.usecases.ports import Accepted, Clock, Mailer, OutgoingMail, Refusal


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One mail in the mailbox; ``number`` counts from 1 in the order of arrival."""

    number: int
    at: datetime
    message_id: str
    mail: OutgoingMail

    def message(self) -> EmailMessage:
        return message_from_bytes(self.mail.mime, policy=policy.default)

    def part(self, subtype: str) -> str:
        """Return the text of the plain or the html part."""
        body = self.message().get_body((subtype,))
        return str(body.get_content()) if body else ""

    def summary(self) -> dict[str, object]:
        """Return the mail as JSON shows it."""
        message = self.message()
        return {
            "at": self.at.isoformat(),
            "to": self.mail.recipient,
            "subject": str(message["Subject"]),
            "headers": {name: str(value) for name, value in message.items()},
            "text": self.part("plain"),
            "html": self.part("html"),
        }


@dataclass(slots=True)
class RecordingMailer:
    """A mailer that hands on to the real one, and shows every accepted mail to the world.

    ``mails`` keeps the first ``limit``; the mails after them have their effect all the same.
    """

    inner: Mailer
    clock: Clock
    limit: int
    on_mail: Callable[[ReceivedMail], None] = lambda _: None
    mails: list[ReceivedMail] = field(default_factory=list)

    def send(self, mail: OutgoingMail) -> Accepted | Refusal:
        answer = self.inner.send(mail)
        if isinstance(answer, Accepted):
            number = len(self.mails) + 1
            received = ReceivedMail(number, self.clock.now(), answer.message_id, mail)
            if number <= self.limit:
                self.mails.append(received)
            self.on_mail(received)
        return answer
