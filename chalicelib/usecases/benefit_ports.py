"""What granting benefits needs from outside, as Protocols, under the contract of ``ports``."""

from typing import Protocol

from chalicelib.domain.benefits import Benefit


class Stock(Protocol):
    """What is left of benefits that not everybody can have; no bound where no stock is said.

    A stock can be raised. Of one that was lowered no more is given once so much has been.
    """

    def take(self, benefit: Benefit, key: str, member_id: str) -> bool:
        """Take one for the member's grant of this key; False: none is left.

        Taken again under the same key it is the same one. So it is taken before the grant is
        stored: whoever dies between the two takes nothing more when it is done again.
        """
        ...

    def left(self, benefit: Benefit) -> int | None:
        """Return how many can still be taken; None: as many as anybody wants."""
        ...
