"""The stock of benefits in sets: the twin of the DynamoDB adapter."""

from collections import defaultdict

from chalicelib.domain.benefits import Benefit


class MemoryStock:
    """The port ``Stock``."""

    def __init__(self) -> None:
        self._taken: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)

    def take(self, benefit: Benefit, key: str, member_id: str) -> bool:
        if benefit.stock is None:
            return True
        taken, claim = self._taken[benefit.name], (member_id, key)
        if claim not in taken and len(taken) >= benefit.stock:
            return False
        taken.add(claim)
        return True

    def left(self, benefit: Benefit) -> int | None:
        if benefit.stock is None:
            return None
        return max(benefit.stock - len(self._taken[benefit.name]), 0)
