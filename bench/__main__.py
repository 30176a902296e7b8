"""The bench's command line: ``python -m bench`` measures, ``profile`` shows where the CPU goes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import click

from bench.calls_section import calls_section
from bench.chain import BEGIN, Chain
from bench.chain_section import BATCHES, SINGLE, chain_section
from bench.cold_start_section import cold_start_section
from bench.engine import environment, load_functions
from bench.figures import Section
from bench.growth_section import growth_section
from bench.intake_section import intake_section
from bench.places import places
from bench.postings_section import postings_section
from bench.profile import by_function, by_package, folded, profile
from bench.profile_section import profile_section, share_rows
from bench.programme import make_programme
from bench.publish import PublishError, publish
from bench.rendering_section import rendering_section
from bench.report import print_rows, write_report
from bench.stub_process import Stub, running_stub
from bench.throughput_section import throughput_section
from chalicelib.adapters.clock import SystemClock

OUT = Path("out/bench")
FUNCTIONS_SHOWN = 70


@dataclass(frozen=True, slots=True)
class Bench:
    """What the sections share: the engine on the stub, and where files go."""

    chain: Chain
    stub: Stub
    programme: Path
    out: Path


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything a run does."""

    members: int
    rounds: int
    places: int
    starts: int
    mails: int
    runs: int
    grown: tuple[int, ...]
    lag_minutes: int


QUICK = Size(
    members=60, rounds=2, places=1, starts=1, mails=100, runs=1, grown=(50, 100), lag_minutes=0
)
NORMAL = Size(
    members=250,
    rounds=7,
    places=2,
    starts=5,
    mails=1_000,
    runs=3,
    grown=(1_000, 10_000, 100_000),
    lag_minutes=3,
)
FULL = replace(NORMAL, grown=(*NORMAL.grown, 1_000_000))

SECTIONS: Mapping[str, Callable[[Bench, Size], Section]] = {
    "chain": lambda bench, size: chain_section(bench.chain, size.members, size.rounds),
    "profile": lambda bench, size: profile_section(bench.chain, size.members),
    "calls": lambda bench, size: calls_section(bench.stub, size.rounds),
    "rendering": lambda bench, size: rendering_section(
        bench.chain, bench.stub, size.members, size.rounds
    ),
    "intake": lambda bench, size: intake_section(bench.chain, bench.stub, size.mails, size.runs),
    "throughput": lambda bench, size: throughput_section(
        bench.chain, bench.stub, size.mails, size.runs
    ),
    "postings": lambda bench, size: postings_section(
        bench.programme, size.members, size.mails, size.runs
    ),
    "cold_start": lambda bench, size: cold_start_section(
        bench.chain, bench.stub, bench.programme, places(bench.out)[-size.places :], size.starts
    ),
    "growth": lambda _, size: growth_section(size.grown, size.lag_minutes),
}


@click.group(invoke_without_command=True)
@click.option("--quick", is_flag=True, help="Under a minute: fewer members and rounds.")
@click.option("--full", is_flag=True, help="A million members, too: some hours.")
@click.option("--only", multiple=True, type=click.Choice([*SECTIONS]), help="Parts to run.")
@click.option("--members", type=click.IntRange(min=10), help="Members of every measurement.")
@click.option("--rounds", type=click.IntRange(min=1), help="Rounds of every measurement.")
@click.option("--out", type=click.Path(path_type=Path), default=OUT, show_default=True)
@click.pass_context
def main(  # noqa: PLR0913 - one a flag
    context: click.Context,
    *,
    quick: bool,
    full: bool,
    only: tuple[str, ...],
    members: int | None,
    rounds: int | None,
    out: Path,
) -> None:
    """Measure the engine, and write OUT/report.json."""
    context.obj = out
    if context.invoked_subcommand:
        return
    if quick and full:
        raise click.UsageError("A run is quick or full; leave one of the two out")
    size = QUICK if quick else FULL if full else NORMAL
    size = _resized(size, members, rounds)
    sections = []
    with new_bench(out) as bench:
        for name in only or SECTIONS:
            sections.append(SECTIONS[name](bench, size))
            print_rows(sections[-1].title, sections[-1].rows)
    write_report(out / "report.json", sections, quick=quick, made_at=SystemClock().now())


def _resized(size: Size, members: int | None, rounds: int | None) -> Size:
    """Return the size with what was asked for in its place."""
    if members:
        size = replace(size, members=members, mails=members, grown=(members,))
    if rounds:
        size = replace(size, rounds=rounds, starts=rounds, runs=rounds)
    return size


@main.command("profile")
@click.option("--members", default=500, show_default=True)
@click.option("--single", is_flag=True, help="A webhook an event, in place of batches.")
@click.pass_obj
def profile_command(out: Path, members: int, *, single: bool) -> None:
    """Show where the CPU of the chain goes, and write OUT/chain.folded for flame graphs."""
    with new_bench(out) as bench:
        stacks = profile(bench.chain, members, SINGLE if single else BATCHES).stacks
    print_rows("CPU of the chain by package", share_rows(by_package(stacks)))
    functions = dict(islice(by_function(stacks).items(), FUNCTIONS_SHOWN))
    print_rows("The same by function", share_rows(functions))
    (out / "chain.folded").write_text("\n".join(folded(stacks)) + "\n", encoding="utf-8")


@main.command("publish")
@click.pass_obj
def publish_command(out: Path) -> None:
    """Put the figures of OUT/report.json into docs/performance.md."""
    try:
        filled = publish(out / "report.json")
    except (OSError, PublishError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Filled {', '.join(filled)}")


@contextmanager
def new_bench(out: Path) -> Iterator[Bench]:
    with running_stub() as stub:
        programme = make_programme(out)
        chain = Chain(load_functions(environment(stub, programme), BEGIN), stub)
        yield Bench(chain, stub, programme, out)


if __name__ == "__main__":
    main()
