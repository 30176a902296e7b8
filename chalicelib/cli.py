"""The ``milepost`` command: each subcommand in a module of its own, loaded when it is used."""

from importlib import import_module

import click

COMMANDS = {
    "demo": "chalicelib.commands.demo:demo",
    "serve": "chalicelib.commands.serve:serve",
    "import": "chalicelib.commands.import_members:import_members",
    "export": "chalicelib.commands.export:export",
    "erase": "chalicelib.commands.erase:erase",
    "merge": "chalicelib.commands.merge:merge",
    "unmerge": "chalicelib.commands.merge:unmerge",
    "duplicates": "chalicelib.commands.merge:duplicates",
    "explain": "chalicelib.commands.explain:explain",
    "statement": "chalicelib.commands.statement:statement",
    "set-tier": "chalicelib.commands.set_tier:set_tier",
    "claim": "chalicelib.commands.claim:claim",
    "adjust": "chalicelib.commands.adjust:adjust",
    "report": "chalicelib.commands.report:report",
    "lift": "chalicelib.commands.lift:lift",
    "cost": "chalicelib.commands.cost:cost",
    "tail": "chalicelib.commands.tail:tail",
    "status": "chalicelib.commands.status:status",
    "pause": "chalicelib.commands.pause:pause",
    "resume": "chalicelib.commands.pause:resume",
    "dlq": "chalicelib.commands.dlq:dlq",
    "trace": "chalicelib.commands.trace:trace",
    "doctor": "chalicelib.commands.doctor:doctor",
    "partners": "chalicelib.commands.partners:partners",
    "calibrate": "chalicelib.commands.calibrate:calibrate",
    "lint": "chalicelib.commands.lint:lint",
    "preview": "chalicelib.commands.preview:preview",
    "translate": "chalicelib.commands.translate:translate",
    "new-mail": "chalicelib.commands.new_mail:new_mail",
    "rehearse-tiers": "chalicelib.commands.rehearse_tiers:rehearse_tiers",
    "rejudge": "chalicelib.commands.rejudge:rejudge",
    "rehearse-years": "chalicelib.commands.rehearse_years:rehearse_years",
    "simulate": "chalicelib.commands.simulate:simulate",
}


class LazyGroup(click.Group):
    """Imports a command when it is asked for: ``milepost lift`` needs no simulated AWS."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="milepost")
def main() -> None:
    """Get the members of a loyalty programme to use it, and prove that it did."""
