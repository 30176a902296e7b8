"""How far the mails of a journey got, mail by mail, in the order of the chain."""

from dataclasses import dataclass

from chalicelib.domain.feedback import FeedbackKind
from chalicelib.domain.journey import Programme
from chalicelib.domain.report import JourneyReport

KINDS = (
    FeedbackKind.OPENED,
    FeedbackKind.OPENED_BY_PERSON,
    FeedbackKind.CLICKED,
    FeedbackKind.HARD_BOUNCED,
    FeedbackKind.COMPLAINED,
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One mail: how many were sent, and of how many each of ``KINDS`` was heard."""

    mail: str
    sent: int
    heard: tuple[int, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.sent, *self.heard)


def funnel(programme: Programme, report: JourneyReport) -> list[Stage]:
    steps = programme.journeys[report.journey].steps
    return [
        Stage(
            mail=step.mail,
            sent=report.sent.get(step.mail, 0),
            heard=tuple(report.feedback.get(step.name, {}).get(kind, 0) for kind in KINDS),
        )
        for step in steps
    ]
