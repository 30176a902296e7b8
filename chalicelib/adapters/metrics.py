"""Counts for operators, as log lines that CloudWatch turns into metrics (EMF): no calls."""

from aws_lambda_powertools.metrics import Metrics as PowertoolsMetrics
from aws_lambda_powertools.metrics import MetricUnit


class EmfMetrics:
    """The port ``Metrics``; ``flush`` at the end of each invocation writes the line."""

    def __init__(self, namespace: str, service: str) -> None:
        self._metrics = PowertoolsMetrics(namespace=namespace, service=service)

    def count(self, name: str, value: int = 1) -> None:
        self._metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)

    def flush(self) -> None:
        """Write what was counted, and nothing when nothing was."""
        if self._metrics.metric_set:
            self._metrics.flush_metrics()
