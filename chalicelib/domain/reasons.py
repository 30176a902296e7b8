"""The closed vocabulary of reasons: why a step waits, was skipped or failed, or a journey ended.

A refusal is a value. Each reason is kept on the enrolment, counted as a metric (``step_``,
``mail_`` or ``journey_`` and the reason) and shown by ``milepost explain``; nothing is left
unsent without one.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a mail was not sent, is not sent yet, or will never be."""

    # A step waits.
    PAUSED = "paused"
    WAIT_NOT_OVER = "wait_not_over"
    CONDITION_AWAITED = "condition_awaited"
    QUIET_HOURS = "quiet_hours"
    FREQUENCY_CAP = "frequency_cap"
    UNAVAILABLE = "unavailable"
    THROTTLED = "throttled"
    ACCOUNT_REFUSED = "account_refused"
    OUTCOME_OPEN = "outcome_open"
    # A step is skipped.
    GOAL_REACHED = "goal_reached"
    CONDITION_NOT_MET = "condition_not_met"
    TOPIC_DECLINED = "topic_declined"
    MAILED_ELSEWHERE = "mailed_elsewhere"
    # A step failed for good.
    REFUSED = "refused"
    NOT_RENDERED = "not_rendered"
    OUTCOME_UNKNOWN = "outcome_unknown"
    # A journey ended.
    COMPLETED = "completed"
    CONTROL_GROUP = "control_group"
    DECLINED = "declined"
    NOT_CONSENTED = "not_consented"
    SUPPRESSED = "suppressed"
    NO_ADDRESS = "no_address"
    LEFT_PROGRAMME = "left_programme"
    ERASED = "erased"
    MERGED = "merged"
    JOURNEY_CHANGED = "journey_changed"
    EXIT_EVENT = "exit_event"

    @property
    def explanation(self) -> str:
        """One sentence for a person who asks why."""
        return _EXPLANATIONS[self]


_EXPLANATIONS = {
    Reason.PAUSED: "mails are paused, and go out when they are resumed",
    Reason.WAIT_NOT_OVER: "the step's wait is not over yet",
    Reason.CONDITION_AWAITED: "the step waits for its condition to come true",
    Reason.QUIET_HOURS: "it is night where the member lives",
    Reason.FREQUENCY_CAP: "the member got as many mails as the programme, or the member's own "
    "choice, allows in that time",
    Reason.UNAVAILABLE: "the table did not answer before the mail was sent; it is tried again",
    Reason.THROTTLED: "the mail service asked to slow down; it is tried again",
    Reason.ACCOUNT_REFUSED: "the mail service refuses the whole account; it is tried again",
    Reason.OUTCOME_OPEN: "a send is under way, or its outcome is not known yet",
    Reason.GOAL_REACHED: "the member has already done what the mail asks for",
    Reason.CONDITION_NOT_MET: "the step's condition does not hold for this member",
    Reason.TOPIC_DECLINED: "the member wants no mails on the step's topic",
    Reason.MAILED_ELSEWHERE: "a member who was merged into this one got the mail",
    Reason.REFUSED: "the mail service refused the mail for good",
    Reason.NOT_RENDERED: "the mail could not be rendered for this member",
    Reason.OUTCOME_UNKNOWN: "no answer came, and no sign of the mail within a day; not sent again",
    Reason.COMPLETED: "the member has been through every step",
    Reason.CONTROL_GROUP: "the member is held out: the control group gets nothing",
    Reason.DECLINED: "the member does not want mails",
    Reason.NOT_CONSENTED: "the programme asks for consent first, and the member has not given it",
    Reason.SUPPRESSED: "the address bounced, or is an erased member's, or the member complained",
    Reason.NO_ADDRESS: "no e-mail address is known",
    Reason.LEFT_PROGRAMME: "the member has left the programme",
    Reason.ERASED: "the member was erased, and is unknown since",
    Reason.MERGED: "the member was merged into another one, who goes on",
    Reason.JOURNEY_CHANGED: "the step the member stood at is no longer in the journey",
    Reason.EXIT_EVENT: "something happened that the journey names as its end",
}
