"""``milepost set-tier``: a tier by hand, as a floor with an end and a reason."""

from dataclasses import asdict
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
from chalicelib.operations.by_hand import Hand, tier_set


@click.command("set-tier")
@click.argument("member")
@click.argument("tier", required=False)
@click.option("--until", metavar="DAY", help="The last day of it, like 2027-12-31.")
@click.option("--reason", help="Why; it is kept with the tier.")
@click.option("--off", is_flag=True, help="Take off the tier that was set by hand.")
@stage_option
@deployed_programme_option
@url_option
def set_tier(  # noqa: PLR0913 - one parameter an option
    member: str,
    tier: str | None,
    until: str | None,
    reason: str | None,
    off: bool,
    stage: str | None,
    programme: Path | None,
    url: str | None,
) -> None:
    """Let MEMBER (id, card, e-mail or phone) have TIER at least, through a day.

    What the member reaches counts beside it. After that day, or with --off, the tier is lost as any
    other: after its grace, one step at a time.
    """
    if off is bool(tier or until or reason):
        raise click.UsageError("Say TIER, --until and --reason; or --off alone.")
    if not off and not (tier and until and reason):
        raise click.UsageError("A tier by hand needs TIER, --until and --reason.")
    hand = Hand(member=member, tier=tier or "", until=until or "", reason=reason or "")
    click.echo(_words(_done(hand, stage, programme, url)))


def _done(hand: Hand, stage: str | None, programme: Path | None, url: str | None) -> dict[str, Any]:
    if not stage:
        return tell_world("set-tier", url, **asdict(hand))
    with operation():
        answer = tier_set(stage_engine(stage, programme), hand)
    if answer is None:
        raise click.ClickException("No member has this id, card, e-mail or phone.")
    return answer


def _words(answer: dict[str, Any]) -> str:
    held = f", held through {answer['held_through']}" if answer["held_through"] else ""
    floor = answer["floor"]
    hand = f"{floor['tier']} through {floor['through']}: {floor['reason']}" if floor else "nothing"
    return f"Member {answer['member']} has {answer['tier']}{held}. By hand: {hand}."
