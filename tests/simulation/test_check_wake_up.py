"""The one mutant that seeds hardly ever meet: a wake-up that comes while a mail is being sent.

The event changes nothing in the enrolment, whose claim is open; what it does change is what the
sender has read before. Nothing but the touch tells the sender so.
"""

import pytest
from functional.worlds import disturb, play
from simulation.mutants import UNTOUCHED


def mails_of_a_member_who_moves_online_during_the_reminder():
    """The step after the reminder waits for a member who is online, or registered."""
    with play() as stage:
        stage.join()
        stage.advance(days=3)
        tell = stage.partner.tell
        member = {"member": {"card": "7000000001"}}

        def move():
            tell("member.updated", stage.world.now(), {**member, "channel": "online"})
            stage.world.run_now()

        disturb(stage, "mailer", "send", move, when="after")
        stage.advance(days=20)
        return stage.mails


def test_a_member_whose_wake_up_comes_during_a_send_gets_the_next_mail():
    assert mails_of_a_member_who_moves_online_during_the_reminder()[:3] == [
        "welcome",
        "reminder",
        "collect",
    ]


def test_it_is_the_touch_that_sees_to_it():
    with UNTOUCHED.patch():
        mails = mails_of_a_member_who_moves_online_during_the_reminder()
    with pytest.raises(AssertionError):
        assert "collect" in mails
