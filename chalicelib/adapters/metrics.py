"""Counts for operators, as log lines that CloudWatch turns into metrics (EMF): no calls."""

from collections import Counter

from aws_lambda_powertools.metrics import Metrics as PowertoolsMetrics
from aws_lambda_powertools.metrics import MetricUnit


class EmfMetrics:
    """The port ``Metrics``; ``flush`` at the end of each invocation writes one line.

    Counts are added up until then: a line with one number for each name costs the least to keep.
    The dimension ``service`` is ``POWERTOOLS_SERVICE_NAME``, which a deployment sets.
    """

    def __init__(self, namespace: str) -> None:
        self._metrics = PowertoolsMetrics(namespace=namespace)
        self._counts: Counter[str] = Counter()
        self._seconds: dict[str, int] = {}

    def count(self, name: str, value: int = 1) -> None:
        self._counts[name] += value

    def seconds(self, name: str, value: int) -> None:
        self._seconds[name] = value

    def flush(self) -> None:
        """Write what was counted, and nothing when nothing was."""
        for name, count in self._counts.items():
            self._metrics.add_metric(name=name, unit=MetricUnit.Count, value=count)
        for name, seconds in self._seconds.items():
            self._metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=seconds)
        if self._counts or self._seconds:
            self._metrics.flush_metrics()
        self._counts.clear()
        self._seconds.clear()
