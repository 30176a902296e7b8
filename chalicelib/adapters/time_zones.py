"""Time zones of airports, from the open data set airportsdata, or as a compiled programme has them.

Reading them takes a while, so they are read when first asked, once a process.
"""

import json
from collections import defaultdict
from functools import cache
from pathlib import Path

FILE = "airports.json"


class AirportTimeZones:
    """The port ``TimeZones``. ``folder`` is the programme's; only a compiled one has the file."""

    def __init__(self, folder: Path | None = None) -> None:
        file = folder / FILE if folder else None
        self._file = file if file and file.exists() else None

    def of_airport(self, iata: str) -> str | None:
        return _zones(self._file).get(iata)


def airports_by_zone() -> dict[str, str]:
    """Return what a compiled programme keeps: the codes of a zone's airports, in one text."""
    codes = defaultdict(list)
    for iata, zone in sorted(_zones().items()):
        codes[zone].append(iata)
    return {zone: " ".join(codes[zone]) for zone in sorted(codes)}


@cache
def _zones(file: Path | None = None) -> dict[str, str]:
    if file:
        by_zone: dict[str, str] = json.loads(file.read_bytes())
        return {iata: zone for zone, codes in by_zone.items() for iata in codes.split()}
    import airportsdata  # noqa: PLC0415 - a megabyte that only compiling takes

    airports = airportsdata.load("IATA")
    return {iata: airport["tz"] for iata, airport in airports.items() if airport["tz"]}
