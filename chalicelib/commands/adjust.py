"""``milepost adjust``: give or take some of a unit by hand, once, with a reason."""

from pathlib import Path
from typing import Any

import click

from chalicelib.commands.stage_options import (
    deployed_programme_option,
    operation,
    stage_engine,
    stage_option,
    url_option,
)
from chalicelib.commands.world_client import tell_world
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
@stage_option
@deployed_programme_option
@url_option
def adjust(  # noqa: PLR0913 - one parameter an option
    member: str,
    unit: str,
    amount: int,
    reason: str,
    reference: str,
    stage: str | None,
    programme: Path | None,
    url: str | None,
) -> None:
    """Give MEMBER (id, card, e-mail or phone) AMOUNT of UNIT, or take it where AMOUNT is below 0.

    What is given lapses as if earned today, and counts towards no tier.
    """
    correction = Correction(unit=unit, amount=amount, reason=reason, reference=reference)
    answer = (
        _of_stage(stage, programme, member, correction)
        if stage
        else tell_world(
            "adjust",
            url,
            member=member,
            unit=unit,
            amount=str(amount),
            reason=reason,
            reference=reference,
        )
    )
    again = "That was booked before. " if answer["repeated"] else ""
    click.echo(
        f"{again}Member {answer['member']}: {answer['amount']:+,} {answer['unit']}, posting "
        f"{answer['number']}; {answer['balance']:,} to spend then."
    )


def _of_stage(
    stage: str, programme: Path | None, member: str, correction: Correction
) -> dict[str, Any]:
    with operation():
        answer = adjusted(stage_engine(stage, programme), member, correction)
    if answer is None:
        raise click.ClickException("No member has this id, card, e-mail or phone.")
    return answer
