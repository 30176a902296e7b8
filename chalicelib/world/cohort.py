"""Invented members for the local world: the names are made up, the addresses lead nowhere."""

from random import Random
from typing import Any

_RUSSIAN_FIRST = ("Анна", "Ирина", "Мария", "Ольга", "Елена", "Дарья", "Вера", "Юлия")
_RUSSIAN_LAST = ("Соколова", "Волкова", "Орлова", "Белова", "Громова", "Лебедева", "Зимина")
_LATIN = {
    "Анна": "ANNA", "Ирина": "IRINA", "Мария": "MARIYA", "Ольга": "OLGA", "Елена": "ELENA",
    "Дарья": "DARYA", "Вера": "VERA", "Юлия": "YULIYA", "Соколова": "SOKOLOVA",
    "Волкова": "VOLKOVA", "Орлова": "ORLOVA", "Белова": "BELOVA", "Громова": "GROMOVA",
    "Лебедева": "LEBEDEVA", "Зимина": "ZIMINA",
}  # fmt: skip
_ENGLISH_FIRST = ("Grace", "Henry", "Alice", "Oscar", "Nora", "Felix", "Ruth", "Arthur")
_ENGLISH_LAST = ("Hartley", "Whitfield", "Marlowe", "Ashdown", "Penrose", "Calloway", "Thorne")
RUSSIAN_SHARE = 0.7


def joined_data(number: int, channel: str, chance: Random) -> dict[str, Any]:
    """Return the data of ``member.joined`` for the cohort's member of this number."""
    card = f"{7_000_000_000 + number * 37:010d}"
    return {
        "member": {"card": card, "email": f"member{number}@example.com"},
        "channel": channel,
        **_person(chance),
        "tier": "basic",
        "balances": {"redeemable": chance.choice((0, 0, 0, 500, 1_850, 24_215)), "qualifying": 0},
    }


def _person(chance: Random) -> dict[str, str]:
    if chance.random() < RUSSIAN_SHARE:
        first, last = chance.choice(_RUSSIAN_FIRST), chance.choice(_RUSSIAN_LAST)
        on_card = f"{_LATIN[first]} {_LATIN[last]}"
        return {"locale": "ru", "first_name": first, "last_name": last, "name_on_card": on_card}
    first, last = chance.choice(_ENGLISH_FIRST), chance.choice(_ENGLISH_LAST)
    on_card = f"{first} {last}".upper()
    return {"locale": "en", "first_name": first, "last_name": last, "name_on_card": on_card}
