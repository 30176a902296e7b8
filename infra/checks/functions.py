"""Rules over the functions: what each runs on, is told, and writes."""

from collections.abc import Iterator
from dataclasses import MISSING, fields

from chalicelib.settings import PARAMETERS, PREFIX, Settings
from infra.checks.built import FUNCTION, Built, Problem, Rule, named_resource
from infra.functions import FUNCTIONS

CODE = "./deployment.zip"
LONGEST_TIMEOUT_SECONDS = 900


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


SETTINGS = frozenset(_variable(field.name) for field in fields(Settings))
SECRETS = frozenset(map(_variable, PARAMETERS))
REQUIRED = frozenset(
    {_variable(field.name) for field in fields(Settings) if field.default is MISSING}
    | {_variable("parameters"), "POWERTOOLS_SERVICE_NAME"}
)


def functions_run_where_they_were_built_for(built: Built) -> Iterator[Problem]:
    wanted = {
        "Architectures": [built.architecture],
        "Runtime": built.python,
        "CodeUri": CODE,
    }
    for logical_id, properties in built.of_type(FUNCTION):
        for name, value in wanted.items():
            if properties.get(name) != value:
                yield Problem(
                    f"{logical_id}.{name}",
                    f"it is {properties.get(name)!r}, and the package is made for {value!r}",
                    "Package it with the Python and for the processor that it will run on",
                )


def functions_are_traced(built: Built) -> Iterator[Problem]:
    """Where things begin every run, behind that what X-Ray follows already."""
    wanted = {each.logical_id: each.tracing for each in FUNCTIONS}
    for logical_id, properties in built.of_type(FUNCTION):
        if properties.get("Tracing") != wanted.get(logical_id):
            yield Problem(
                f"{logical_id}.Tracing",
                f"it is {properties.get('Tracing')}, and was to be {wanted.get(logical_id)}",
                "Look at infra/functions.py",
            )


def functions_are_bounded(built: Built) -> Iterator[Problem]:
    for logical_id, properties in built.of_type(FUNCTION):
        seconds = properties.get("Timeout", 0)
        if not 0 < seconds <= LONGEST_TIMEOUT_SECONDS:
            yield Problem(
                f"{logical_id}.Timeout",
                f"{seconds} seconds is no timeout that Lambda has",
                f"Choose up to {LONGEST_TIMEOUT_SECONDS} in infra/functions.py",
            )


def functions_are_told_all_settings(built: Built) -> Iterator[Problem]:
    for logical_id, properties in built.of_type(FUNCTION):
        told = properties.get("Environment", {}).get("Variables", {})
        for name in sorted(REQUIRED - {name for name, value in told.items() if value}):
            yield Problem(
                f"{logical_id}.Environment",
                f"{name} is not set",
                "Set it in infra/fragments/functions.py",
            )
        for name in sorted(name for name in told if name.startswith(PREFIX)):
            if name not in SETTINGS:
                yield Problem(
                    f"{logical_id}.Environment",
                    f"{name} is read by nobody",
                    "Name a field of chalicelib/settings.py",
                )


def secrets_are_not_in_the_template(built: Built) -> Iterator[Problem]:
    for logical_id, properties in built.of_type(FUNCTION):
        told = properties.get("Environment", {}).get("Variables", {})
        for name in sorted(SECRETS.intersection(told)):
            yield Problem(
                f"{logical_id}.Environment",
                f"{name} stands in the template",
                "Leave it to Parameter Store",
            )


def logs_are_kept_for_a_time(built: Built) -> Iterator[Problem]:
    """A function without a log group of ours gets one from Lambda that is kept for ever."""
    groups = dict(built.of_type("AWS::Logs::LogGroup"))
    for logical_id, group in groups.items():
        if not group.get("RetentionInDays"):
            yield Problem(
                f"{logical_id}.RetentionInDays",
                "its lines are kept, and billed, for ever",
                "Give it the stage's log_retention_days",
            )
    for logical_id, properties in built.of_type(FUNCTION):
        if named_resource(properties.get("LoggingConfig", {}).get("LogGroup")) not in groups:
            yield Problem(
                f"{logical_id}.LoggingConfig",
                "it does not write to a log group of this template",
                "Name its log group there",
            )


RULES: tuple[Rule, ...] = (
    functions_run_where_they_were_built_for,
    functions_are_traced,
    functions_are_bounded,
    functions_are_told_all_settings,
    secrets_are_not_in_the_template,
    logs_are_kept_for_a_time,
)
