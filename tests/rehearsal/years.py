"""A small made-up airline: a file of members, and short plans for them."""

import csv
from datetime import date
from pathlib import Path

from chalicelib.rehearsal.newcomers import read_roll
from chalicelib.rehearsal.plan import YearsPlan
from chalicelib.world.import_map import read_map

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "templates" / "airline-bonus"
HEADER = ["Card", "Class", "Worth", "Joined", "Left"]
MAP = """\
member:
  card: row.Card
  channel: "'offline'"
  tier: tables.tiers[row.Class]
  balances:
    redeemable: row.Worth | int
  joined_at:
    date: row.Joined
  left_at:
    date: row.Left
tables:
  tiers: {Star: basic, Nova: silver, Aurora: gold}
checks:
  Worth: {type: integer, min: 0}
"""
CLASSES = ["Star", "Nova", "Aurora"]


def plan(first="2026-01-01", last="2027-03-31", **changes):
    days = {"first": date.fromisoformat(first), "last": date.fromisoformat(last)}
    return YearsPlan(**{"folder": FOLDER, "seed": 1, **days, **changes})


def row(number, worth=8_000, left="", joined="2016-02-29"):
    return [str(7_000_000 + number), CLASSES[number % 3], str(worth), joined, left]


def write_members(folder, rows):
    """Write a map and a file; return both."""
    file, mapping = folder / "members.csv", folder / "members.map.yaml"
    mapping.write_text(MAP, encoding="utf-8")
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([HEADER, *rows])
    return file, mapping


def roll_of(folder, rows):
    file, mapping = write_members(folder, rows)
    return read_roll(file, read_map(mapping))
