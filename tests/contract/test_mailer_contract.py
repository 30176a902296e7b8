"""The port ``Mailer``, on every adapter."""

from chalicelib.usecases.ports import Accepted, OutgoingMail

MAIL = OutgoingMail(
    sender="hello@miles.example",
    recipient="anna@example.com",
    mime=b"From: hello@miles.example\r\nTo: anna@example.com\r\nSubject: Hi\r\n\r\nHello\r\n",
    tags={"journey": "welcome", "attempt": "a1b2c3"},
)


def test_a_mail_is_accepted_under_an_id_of_its_own(mailer):
    accepted = [mailer.send(MAIL) for _ in range(3)]
    assert all(isinstance(each, Accepted) and each.message_id for each in accepted)
    assert len({each.message_id for each in accepted}) == 3
