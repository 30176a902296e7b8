"""What programme.yaml says of every mail: who it comes from, and where its links lead.

A link or a switch stands for a whole section where the rest of it is as usual.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from chalicelib.programme.field_types import (
    Address,
    Label,
    Language,
    Link,
    Notation,
    ShortText,
    Switch,
    read_by,
)
from chalicelib.programme.notations import parse_link, parse_switch
from chalicelib.programme.section import Section


class SenderSection(Section):
    """Who the mails come from."""

    name: ShortText = Field(description="What the inbox shows as the sender.", examples=["Vesper"])
    names: dict[Language, ShortText] = Field(
        default={},
        max_length=20,
        description="The same in mails of other languages, by language; in those that are not "
        "here it is `name`.",
        examples=["{ru: Веспер}"],
    )
    address: Address = Field(
        description="The address mails are sent from; its domain is verified with the mail service."
    )


class LinkSection(Section):
    """A link of the mails; one without `utm` can be written as its address alone."""

    url: Link = Field(description="Where it leads.")
    utm: Switch = Field(
        default=True,
        description="Whether it tells the site where its visitor comes from; `false` for sites "
        "that are not yours, and for links that are signed.",
        examples=["false"],
    )


class UtmSection(Section):
    """What links in mails tell the site that they lead to, by UTM parameters.

    `utm_source`, `utm_medium`, and of the mail: `utm_campaign`, its journey; `utm_content`, its
    step; `utm_term`, the arm. A parameter that the link has of its own stays as it is.
    """

    source: Label | None = Field(
        default=None, description="In place of the programme's name.", examples=["vesper"]
    )
    medium: Label = Field(default="email", description="In place of `email`.", examples=["crm"])


def _link_section(raw: object) -> object:
    if isinstance(raw, Mapping):
        return raw
    return LinkSection.model_construct(url=parse_link(raw), utm=True)


def _utm_section(raw: object) -> object:
    if isinstance(raw, Mapping):
        return raw
    return UtmSection() if parse_switch(raw) else None


LinkEntry = Annotated[LinkSection, read_by(_link_section), Notation("link or section", "", "")]
UtmEntry = Annotated[UtmSection | None, read_by(_utm_section)]
