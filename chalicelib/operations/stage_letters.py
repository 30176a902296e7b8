"""The dead letters of a deployed stage: its queues, looked up in the stack."""

from typing import TYPE_CHECKING

from chalicelib.adapters.sqs_parking import QueueUrls, SqsDeadLetters
from chalicelib.domain.parking import QueueName
from chalicelib.usecases.dead_letters import SCHEDULE

if TYPE_CHECKING:
    from chalicelib.operations.clients import AwsClients
    from chalicelib.operations.deployment import Deployment


def stage_letters(clients: "AwsClients", deployment: "Deployment") -> SqsDeadLetters:
    """Return the port ``DeadLetters`` of the stage."""
    urls = {
        name.value: QueueUrls(
            deployment.named(f"{name.title()}Queue"), deployment.named(f"{name.title()}DeadLetters")
        )
        for name in QueueName
    }
    urls[SCHEDULE] = QueueUrls("", deployment.named("ScheduleDeadLetters"))
    return SqsDeadLetters(clients.sqs, urls)
