"""``milepost adjust``: give or take some of a unit by hand, once, with a reason."""

import click

from chalicelib.commands.place import Place, place_options
from chalicelib.operations.by_hand import adjusted
from chalicelib.usecases.set_by_hand import Correction


@click.command(context_settings={"ignore_unknown_options": True})  # an amount may be below 0
@click.argument("member")
@click.argument("unit")
@click.argument("amount", type=int)
@click.option("--reason", required=True, help="Why; it stands in the member's statement.")
@click.option(
    "--reference", required=True, help="Your own name for it: booked once, however often it is run."
)
@place_options
def adjust(  # noqa: PLR0913 - one parameter an option
    member: str,
    unit: str,
    amount: int,
    reason: str,
    reference: str,
    place: Place,
) -> None:
    """Give MEMBER (id, card, e-mail or phone) AMOUNT of UNIT, or take it where AMOUNT is below 0.

    What is given lapses as if earned today, and counts towards no tier.
    """
    correction = Correction(unit=unit, amount=amount, reason=reason, reference=reference)
    answer = place.tell(
        lambda engine: adjusted(engine, member, correction),
        "adjust",
        judges=True,
        member=member,
        unit=unit,
        amount=str(amount),
        reason=reason,
        reference=reference,
    )
    again = "That was booked before. " if answer["repeated"] else ""
    click.echo(
        f"{again}Member {answer['member']}: {answer['amount']:+,} {answer['unit']}, posting "
        f"{answer['number']}; {answer['balance']:,} to spend then."
    )
