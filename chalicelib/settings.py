"""What a deployment sets: the environment as one typed model, read once.

Plain dataclasses: every function reads this when it starts cold. Secrets are not read here, but
when they are asked for; where they stand is a setting.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

PREFIX = "MILEPOST_"
PARAMETERS = ("partner_secrets", "token_keys", "identity_key", "base_url")
"""What stands in Parameter Store on AWS, each under its name with dashes; elsewhere it is set."""


class SettingsError(ValueError):
    """The environment can't be used; the message names every variable that is wrong."""


def _setting(meaning: str, *, default: object = None, within: range | None = None) -> Any:  # noqa: ANN401 - as dataclasses.field
    """Describe a variable; one without a default is required. ``within`` bounds a number."""
    about = {"meaning": meaning, "within": within}
    return field(metadata=about) if default is None else field(default=default, metadata=about)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Environment variables, each prefixed ``MILEPOST_``."""

    programme: str = _setting("the programme's folder", default="templates/airline-bonus")
    programme_digest: str = _setting(
        "what tells the programme from every other: operators' commands judge nobody by another "
        "one; empty: not known",
        default="",
    )
    table: str = _setting("the DynamoDB table", default="milepost")
    events_queue_url: str = _setting("URL of the events queue")
    events_dead_letters_url: str = _setting("URL of its dead-letter queue")
    sends_queue_url: str = _setting("URL of the sends queue")
    sends_dead_letters_url: str = _setting("URL of its dead-letter queue")
    feedback_queue_url: str = _setting("URL of the queue of what the mail service tells")
    feedback_dead_letters_url: str = _setting("URL of its dead-letter queue")
    configuration_set: str = _setting("the SES configuration set that reports feedback")
    due_shards: int = _setting("shards of the due index", default=16, within=range(1, 100))
    sends_per_second: int = _setting(
        "the most mails a second, where that is to be less than the account's quota; 0: as "
        "many as SES takes",
        default=0,
        within=range(1_000_000),
    )
    parameters: str = _setting(
        "path in Parameter Store below which `partner-secrets`, `token-keys`, `identity-key` and "
        "`base-url` are; the next four are only for where there is none",
        default="",
    )
    partner_secrets: str = _setting(
        'the live signing secrets of each partner as JSON, {"partner": ["whsec_…", …]}', default=""
    )
    token_keys: str = _setting(
        'keys of the links in mails as JSON, {"key id": "secret"}; the first one signs', default=""
    )
    identity_key: str = _setting("secret that member ids and alias keys are made with", default="")
    base_url: str = _setting("where the member's pages are, without a slash at the end", default="")

    def __post_init__(self) -> None:
        if faults := [*_numbers_out_of_bounds(self), *_without_a_source(self)]:
            raise SettingsError("; ".join(faults))


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the model, or raise ``SettingsError``."""
    named = {each.name: environment.get(PREFIX + each.name.upper()) for each in fields(Settings)}
    required = [each.name for each in fields(Settings) if not _has_default(each)]
    missing = [f"{PREFIX}{name.upper()} is not set" for name in required if not named[name]]
    if missing:
        raise SettingsError("; ".join(missing))
    given: dict[str, Any] = {name: value for name, value in named.items() if value}
    for each in fields(Settings):
        if each.type is int and each.name in given:
            given[each.name] = _number(each.name, given[each.name])
    return Settings(**given)


def _has_default(each: Any) -> bool:  # noqa: ANN401 - a Field of any type
    return isinstance(each.default, str | int)


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise SettingsError(f"{PREFIX}{name.upper()} is {text!r}, not a whole number") from None


def _numbers_out_of_bounds(settings: Settings) -> list[str]:
    return [
        f"{PREFIX}{each.name.upper()} is {getattr(settings, each.name)}, "
        f"not {within[0]} to {within[-1]}"
        for each in fields(settings)
        if (within := each.metadata["within"]) and getattr(settings, each.name) not in within
    ]


def _without_a_source(settings: Settings) -> list[str]:
    return [
        f"neither {PREFIX}{name.upper()} nor {PREFIX}PARAMETERS is set"
        for name in PARAMETERS
        if not settings.parameters and not getattr(settings, name)
    ]
