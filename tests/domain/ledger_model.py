"""The ledger once more, as plain as can be: every single mile is an item of a list.

A purse is what one member has of one unit. Slow, without postings, and obviously right; nothing
of it is shared with the domain, so that both have to be wrong in the same way to agree.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta


def months_later(day, months):
    """Count the months one by one, then step back to a day that there is."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    for number in range(day.day, 0, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    raise AssertionError


def end_of(day, part):
    while getattr(day + timedelta(days=1), part) == getattr(day, part):
        day += timedelta(days=1)
    return day


@dataclass
class Purse:
    """``rule`` is the name of the kind of expiry; a mile is its last day, or None."""

    rule: str = "never"
    months: int = 0
    fixed: date | None = None
    floor: int = 0
    most_lots: int = 60
    miles: list = field(default_factory=list)
    debt: int = 0
    owed: int = 0
    holds: dict = field(default_factory=dict)
    lapsed: list = field(default_factory=list)
    active_on: date | None = None

    def last_day(self, earned_on):
        later = months_later(earned_on, self.months)
        ends = {"month_end": end_of(later, "month"), "year_end": end_of(later, "year")}
        return {"fixed_day": self.fixed, "rolling": later, **ends}.get(self.rule)

    @property
    def available(self):
        return len(self.miles) - self.debt

    @property
    def held(self):
        return sum(len(miles) for _, miles in self.holds.values())

    def lots(self):
        lots = {day: self.miles.count(day) for day in self.miles}
        return {**lots, None: -self.debt} if self.debt else lots

    def sort(self):
        self.miles.sort(key=lambda day: (day is None, day or date.min))

    def give(self, miles):
        """The first to lapse pay what is owed; a debt is paid by those that last longest."""
        miles = sorted(miles, key=lambda day: (day is None, day or date.min))
        paid = min(self.owed, len(miles))
        self.owed -= paid
        for mile in sorted(miles[paid:], key=lambda day: day or date.max, reverse=True):
            if self.debt:
                self.debt -= 1
            else:
                self.miles.append(mile)
        self.bound()

    def bound(self):
        self.sort()
        while len(set(self.miles)) > self.most_lots:
            first = self.miles[0]
            second = next(day for day in self.miles if day != first)
            self.miles = [second if day == first else day for day in self.miles]

    def take(self, amount, on=None):
        """Return the miles that were taken, or None when there are not enough.

        What is below 0 comes back, if ever, as miles of that day.
        """
        if amount > self.available - self.floor:
            return None
        self.sort()
        taken, self.miles = self.miles[:amount], self.miles[amount:]
        self.debt += amount - len(taken)
        return taken + [on and self.last_day(on)] * (amount - len(taken))

    def take_back(self, amount, own, since):
        for _ in range(amount):
            if own in self.miles:
                self.miles.remove(own)
                amount -= 1
        for lapse in self.lapsed_of(own, since)[:amount]:
            self.lapsed.remove(lapse)
            amount -= 1
        there = min(amount, max(0, self.available - self.floor))
        self.take(there)
        self.owed += amount - there

    def lapsed_of(self, own, since):
        """Return what lapsed since, but for miles that were to lapse before this very lot."""
        known = sorted(self.lapsed, key=lambda lapse: (lapse[0], lapse[1] or date.min))
        return [
            (on, day)
            for on, day in known
            if on >= since and (day is None or (own is not None and day >= own))
        ]

    def lapse(self, on):
        """All that has no day left lapses; return whether there was any."""
        gone = [day for day in self.miles if day and day < on]
        if self.rule == "inactivity" and self.active_on and self.ends() < on:
            gone = list(self.miles)
        for day in gone:
            self.miles.remove(day)
        self.lapsed += [(on, day) for day in gone]
        return len(gone)

    def ends(self):
        return months_later(self.active_on, self.months)

    def is_active(self, day):
        self.active_on = max(day, self.active_on or day)

    def is_idle(self, on):
        return self.rule == "inactivity" and (not self.active_on or self.ends() < on)

    def absorb(self, other):
        """Both have been one all along: what is due is paid by what there is, down to the floor.

        A debt is paid by the miles without a last day first, as ever.
        """
        same = min(self.debt, other.miles.count(None))
        due = self.debt + self.owed + other.debt + other.owed - same
        self.miles += other.miles
        self.sort()
        self.miles = self.miles[: len(self.miles) - same]
        paid = min(due, len(self.miles))
        self.miles = self.miles[paid:]
        self.debt = min(due - paid, -self.floor)
        self.owed = due - paid - self.debt
        self.lapsed += other.lapsed
        self.bound()
        if other.active_on:
            self.is_active(other.active_on)
