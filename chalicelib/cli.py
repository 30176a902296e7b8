"""The ``milepost`` command: each subcommand in a module of its own, loaded when it is used."""

from importlib import import_module

import click

COMMANDS = {
    "demo": "chalicelib.demo_command:demo",
    "serve": "chalicelib.serve_command:serve",
    "import": "chalicelib.import_command:import_members",
    "export": "chalicelib.export_command:export",
    "erase": "chalicelib.erase_command:erase",
    "merge": "chalicelib.merge_command:merge",
    "unmerge": "chalicelib.merge_command:unmerge",
    "duplicates": "chalicelib.merge_command:duplicates",
    "explain": "chalicelib.explain_command:explain",
    "statement": "chalicelib.statement_command:statement",
    "set-tier": "chalicelib.set_tier_command:set_tier",
    "adjust": "chalicelib.adjust_command:adjust",
    "report": "chalicelib.report_command:report",
    "lift": "chalicelib.lift_command:lift",
    "cost": "chalicelib.cost_command:cost",
    "tail": "chalicelib.tail_command:tail",
    "status": "chalicelib.status_command:status",
    "pause": "chalicelib.pause_command:pause",
    "resume": "chalicelib.pause_command:resume",
    "dlq": "chalicelib.dlq_command:dlq",
    "trace": "chalicelib.trace_command:trace",
    "doctor": "chalicelib.doctor_command:doctor",
    "partners": "chalicelib.partners_command:partners",
    "calibrate": "chalicelib.calibrate_command:calibrate",
    "lint": "chalicelib.lint_command:lint",
    "preview": "chalicelib.preview_command:preview",
    "translate": "chalicelib.translate_command:translate",
    "new-mail": "chalicelib.new_mail_command:new_mail",
    "rehearse-tiers": "chalicelib.rehearse_tiers_command:rehearse_tiers",
    "rehearse-years": "chalicelib.rehearse_years_command:rehearse_years",
    "simulate": "chalicelib.simulate_command:simulate",
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
