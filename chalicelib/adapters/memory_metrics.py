"""Counts in a dictionary: the twin of the CloudWatch adapter."""

from collections import Counter


class MemoryMetrics:
    """The port ``Metrics``; ``counts`` has the sums by name, ``latest`` the last seconds."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.latest: dict[str, int] = {}

    def count(self, name: str, value: int = 1) -> None:
        self.counts[name] += value

    def seconds(self, name: str, value: int) -> None:
        self.latest[name] = value

    def flush(self) -> None:
        """Nothing to write: the sums stay."""
