"""What a deployment sets: the environment as one typed model, read once."""

import os
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, Json


class Settings(BaseModel):
    """Environment variables, each prefixed ``MILEPOST_``."""

    model_config = ConfigDict(frozen=True)

    programme: str = Field(default="templates/airline-bonus", description="the programme's folder")
    table: str = Field(default="milepost", description="the DynamoDB table")
    events_queue_url: str = Field(description="URL of the events queue")
    events_dead_letters_url: str = Field(description="URL of its dead-letter queue")
    sends_queue_url: str = Field(description="URL of the sends queue")
    configuration_set: str = Field(description="the SES configuration set that reports feedback")
    base_url: str = Field(description="where the member's pages are, without a slash at the end")
    partner_secrets: Json[dict[str, list[str]]] = Field(
        description='the live signing secrets of each partner, {"partner": ["whsec_…", …]}'
    )
    token_keys: Json[dict[str, str]] = Field(
        description='keys of the links in mails, {"key id": "secret"}; the first one signs'
    )
    identity_key: str = Field(description="secret that member ids and alias keys are made with")
    due_shards: int = Field(default=16, ge=1, le=99, description="shards of the due index")
    sends_per_second: int = Field(default=14, ge=1, description="the account's SES rate")


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the model; a pydantic ``ValidationError`` names every variable that is wrong."""
    named = {
        name: environment[f"MILEPOST_{name.upper()}"]
        for name in Settings.model_fields
        if f"MILEPOST_{name.upper()}" in environment
    }
    return Settings.model_validate(named)
