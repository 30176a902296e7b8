"""A quota that somebody sets: where there is no mail service to ask."""


class FixedQuota:
    """The port ``SendQuota``; worlds may set another rate while they run."""

    def __init__(self, per_second: float) -> None:
        self.rate = per_second

    def per_second(self) -> float:
        return self.rate
