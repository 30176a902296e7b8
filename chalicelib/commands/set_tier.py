"""``milepost set-tier``: a tier by hand, as a floor with an end and a reason."""

from dataclasses import asdict
from typing import Any

import click

from chalicelib.commands.place import Place, place_options
from chalicelib.operations.by_hand import Hand, tier_set


@click.command("set-tier")
@click.argument("member")
@click.argument("tier", required=False)
@click.option("--until", metavar="DAY", help="The last day of it, like 2027-12-31.")
@click.option("--reason", help="Why; it is kept with the tier.")
@click.option("--off", is_flag=True, help="Take off the tier that was set by hand.")
@place_options
def set_tier(  # noqa: PLR0913 - one parameter an option
    member: str,
    tier: str | None,
    until: str | None,
    reason: str | None,
    off: bool,
    place: Place,
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
    answer = place.tell(
        lambda engine: tier_set(engine, hand), "set-tier", judges=True, **asdict(hand)
    )
    click.echo(_words(answer))


def _words(answer: dict[str, Any]) -> str:
    held = f", held through {answer['held_through']}" if answer["held_through"] else ""
    floor = answer["floor"]
    hand = f"{floor['tier']} through {floor['through']}: {floor['reason']}" if floor else "nothing"
    return f"Member {answer['member']} has {answer['tier']}{held}. By hand: {hand}."
