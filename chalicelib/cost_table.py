"""Tables of a bill for a terminal: every line, sums, and the designs that it is compared with."""

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chalicelib.cost.bill import Bill, Part, Row
from chalicelib.cost.reference import Design

NARROWEST = 80
_TITLES = {
    Part.CHAIN: "what members and mails cause",
    Part.STANDING: "what stands, each month",
}
_HEADINGS = ("line", "amount", "USD", "USD/1,000\nmembers", "USD/1,000\nmails", "x SES\nalone")


def bill_table(bill: Bill) -> Table:
    """Return the bill; amounts that vary with the machine are marked with a tilde."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in _HEADINGS:
        table.add_column(heading, justify="left" if heading == "line" else "right", no_wrap=True)
    for part in Part:
        rows = [row for row in bill.rows if row.part is part]
        table.add_row(Text(_TITLES[part], style="bold"))
        for row in rows:
            table.add_row(*_cells(bill, row))
        table.add_row("  sum", "", *_sums(bill, bill.usd(part)), end_section=True)
    table.add_row("all", "", *_sums(bill, sum(row.usd for row in bill.rows)))
    return table


def comparison_table(compared: Iterable[tuple[Design, float]], mails: int) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(f"the same work, {mails:,} mails", no_wrap=True)
    table.add_column("USD", justify="right", no_wrap=True)
    table.add_column("x SES alone", justify="right", no_wrap=True)
    for design, times in compared:
        table.add_row(design.title, f"{design.usd:,.0f}", f"{times:.3f}")
    return table


def wide_enough(console: Console) -> Console:
    console.width = max(console.width, NARROWEST)
    return console


def _cells(bill: Bill, row: Row) -> tuple[str, ...]:
    mark = "~" if row.measured else ""
    name = f"  {row.price.service} {row.price.title}"
    return (name, f"{mark}{_amount(row.amount)}", *_sums(bill, row.usd))


def _sums(bill: Bill, usd: float) -> tuple[str, ...]:
    return (
        f"{usd:,.2f}",
        f"{1000 * usd / bill.members:.4f}",
        f"{1000 * usd / bill.mails:.5f}",
        f"{usd / bill.mail_usd:.4f}",
    )


def _amount(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 1000 or amount == int(amount) else f"{amount:.2f}"  # noqa: PLR2004 - from there on nobody reads cents
