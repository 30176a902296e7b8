"""An SES client in memory: it takes every mail, bills a recipient, and keeps none."""

from itertools import count
from types import SimpleNamespace
from typing import Any

from chalicelib.cost.meter import Meter
from chalicelib.cost.prices import Line


class SesTwin:
    """The one call of SES that the engine makes."""

    def __init__(self, meter: Meter) -> None:
        self.meta = SimpleNamespace(config=SimpleNamespace(retries={"total_max_attempts": 1}))
        self._meter = meter
        self._numbers = count(1)

    def send_email(self, **request: Any) -> dict[str, str]:  # noqa: ANN401 - as boto3 has it
        self._meter.call("sesv2.SendEmail")
        self._meter.add(Line.MAILS, len(request["Destination"]["ToAddresses"]))
        number = next(self._numbers)
        return {"MessageId": f"{number:016x}-00000000-0000-0000-0000-000000000000-000000"}
