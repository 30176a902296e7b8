"""Time zones of airports, from the open data set airportsdata.

Reading it takes a tenth of a second, so it is read when first asked, once a process.
"""

from functools import cache


class AirportTimeZones:
    """The port ``TimeZones``."""

    def of_airport(self, iata: str) -> str | None:
        return _zones().get(iata)


@cache
def _zones() -> dict[str, str]:
    import airportsdata  # noqa: PLC0415 - most functions never ask for an airport

    airports = airportsdata.load("IATA")
    return {iata: airport["tz"] for iata, airport in airports.items() if airport["tz"]}
