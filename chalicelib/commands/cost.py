"""``milepost cost``: what AWS would bill for a programme and so many members, line by line."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from chalicelib.bootstrap import ROOT
from chalicelib.compile_programme import write_compiled
from chalicelib.cost.bill import Bill, Part, bill
from chalicelib.cost.cohorts import Cohort
from chalicelib.cost.importing import import_usd
from chalicelib.cost.prices import Plan, Prices, load_prices
from chalicelib.cost.reference import Design, Reference, load_reference
from chalicelib.cost.sample import Sample, SamplePlan, run_sample
from chalicelib.cost.shape import Shape, shape_of
from chalicelib.cost_table import bill_table, comparison_table, wide_enough
from chalicelib.mail.errors import MailError
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.source import FILE

TEMPLATES = ROOT / "templates"


@click.command()
@click.option(
    "--members",
    default=1_000_000,
    show_default=True,
    type=click.IntRange(1_000, 100_000_000),
    help="How many members join in a month.",
)
@click.option(
    "--programme",
    default="airline-bonus",
    show_default=True,
    metavar="NAME",
    help="A programme in templates/, or any programme's folder.",
)
@click.option(
    "--cohort",
    default=Cohort.REFERENCE.value,
    show_default=True,
    type=click.Choice([each.value for each in Cohort]),
    help="Everybody gets every mail, as in the designs compared with; or as the case has it.",
)
@click.option(
    "--plan",
    default=Plan.NONE.value,
    show_default=True,
    type=click.Choice([each.value for each in Plan]),
    help="The account's SES plan.",
)
@click.option(
    "--sample",
    default=300,
    show_default=True,
    type=click.IntRange(20, 1_000_000),
    help="How many members are run through the local world.",
)
@click.option("--deliveries", is_flag=True, help="For a stage with SES's delivery events on.")
@click.option("--seed", default=2027, show_default=True, help="Same seed, same sample.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def cost(  # noqa: PLR0913 - one parameter an option
    members: int,
    programme: str,
    cohort: str,
    plan: str,
    sample: int,
    deliveries: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Say what AWS would bill for a month: run a sample through metered functions, and scale it.

    The functions and adapters are the engine's own; DynamoDB, SQS and SES answer from memory and
    count what they would bill.
    """
    prices, reference = load_prices(), load_reference()
    with _compiled(_folder(programme)) as folder:
        wanted = SamplePlan(
            folder=folder,
            members=members,
            sample=min(sample, members),
            cohort=Cohort(cohort),
            seed=seed,
            deliveries=deliveries,
        )
        sampled = run_sample(wanted)
        shape = shape_of(sampled, prices, import_usd(wanted, prices))
        compared = _compared(reference, sampled, prices)
    made = bill(sampled, prices, Plan(plan))
    if as_json:
        told = _as_json(wanted, prices, made, shape)
        click.echo(json.dumps({**told, "compared": list(map(_design, compared))}, indent=1))
        return
    _print(sampled, made, shape, prices, Plan(plan))
    if compared:
        _print_comparison(reference, compared)


@contextmanager
def _compiled(folder: Path) -> Iterator[Path]:
    """Compile the programme as for Lambda: mails take less time there than from their sources."""
    with TemporaryDirectory() as there:
        compiled = Path(there) / folder.resolve().name
        try:
            write_compiled(folder, compiled)
        except (ProgrammeError, MailError) as error:
            raise click.ClickException(str(error)) from error
        yield compiled


def _folder(programme: str) -> Path:
    for folder in (TEMPLATES / programme, Path(programme)):
        if (folder / FILE).is_file():
            return folder
    raise click.BadParameter(
        f"there is no programme {programme}: neither templates/{programme} nor that folder has "
        f"a {FILE}",
        param_hint="--programme",
    )


def _print(sample: Sample, made: Bill, shape: Shape, prices: Prices, plan: Plan) -> None:
    console = wide_enough(Console(highlight=False))
    ses = "SES without a plan" if plan is Plan.NONE else f"SES plan {plan}"
    what = f"{sample.plan.folder.name}, {sample.plan.cohort} cohort, {prices.region}, {ses}"
    how_many = f"{made.members:,} members join in a month and get {made.mails:,.0f} mails"
    console.print(Text(f"{what}:\n{how_many}"))
    console.print(bill_table(made))
    console.print(Text(shape.told(), style="dim"))


def _compared(reference: Reference, sample: Sample, prices: Prices) -> list[tuple[Design, float]]:
    """Compare like with like: the designs hear of deliveries, and no plan is bought."""
    if sample.plan.cohort is not Cohort.REFERENCE:
        return []
    other = run_sample(replace(sample.plan, deliveries=not sample.plan.deliveries))
    titles = {False: "Milepost, metered", True: "Milepost, metered, with delivery events as theirs"}
    bills = {titles[each.plan.deliveries]: bill(each, prices) for each in (sample, other)}
    return reference.with_ours(bills)


def _print_comparison(reference: Reference, compared: Iterable[tuple[Design, float]]) -> None:
    console = wide_enough(Console(highlight=False))
    mails = reference.members * reference.mails_per_member
    console.print(comparison_table(compared, mails))
    console.print(Text(f"Their basis: {reference.basis}.", style="dim"))


def _as_json(plan: SamplePlan, prices: Prices, made: Bill, shape: Shape) -> dict[str, Any]:
    return {
        "programme": plan.folder.name,
        "cohort": plan.cohort,
        "region": prices.region,
        "members": made.members,
        "sample": plan.sample,
        "deliveries": plan.deliveries,
        "mails": made.mails,
        "usd": {
            **{part.value: made.usd(part) for part in Part},
            "per_member": made.usd(Part.CHAIN) / made.members,
            "per_mail": made.usd(Part.CHAIN) / made.mails,
            "ses_alone": made.mail_usd,
        },
        "times_ses_alone": made.times_ses,
        "times_ses_alone_with_standing": made.times_ses_with_standing,
        "rows": [
            {
                "part": row.part,
                "line": row.line,
                "amount": row.amount,
                "usd": row.usd,
                "measured": row.measured,
                "price": row.price.model_dump(),
            }
            for row in made.rows
        ],
        "shape": shape.as_json(),
    }


def _design(compared: tuple[Design, float]) -> dict[str, Any]:
    design, times = compared
    return {"design": design.title, "usd": design.usd, "times_ses_alone": times}
