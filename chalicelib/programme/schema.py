"""What may stand in programme.yaml: one class a section, one description a field.

Strict: no unknown keys, no conversions but those of ``field_types``. docs/reference/programme.md is
generated from these classes. A rule about one field is here; what takes more than one field, or
the mails, is in ``declarations`` and ``lint``.
"""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from chalicelib.programme.benefit_sections import BenefitSection
from chalicelib.programme.brake_sections import (
    BreakerSection,
    FrequencySection,
    QuietHoursSection,
)
from chalicelib.programme.earning_sections import EarningSection
from chalicelib.programme.entry_sections import EntersSection, ExitsSection
from chalicelib.programme.field_types import (
    Condition,
    Duration,
    Event,
    Label,
    Language,
    Link,
    Name,
    Share,
    Spacing,
    Text,
    TimeZone,
)
from chalicelib.programme.mail_sections import LinkEntry, SenderSection, UtmEntry, UtmSection
from chalicelib.programme.section import Section
from chalicelib.programme.tier_sections import TierRulesSection
from chalicelib.programme.unit_sections import UnitEntry


class GoalSection(Section):
    """What members are to do, and how it is measured."""

    on: Event = Field(description="The event that proves that the member did it.")
    within: Duration = Field(
        default=timedelta(days=30),
        description="How long after entering a journey it counts in the lift report.",
        examples=["30 days"],
    )
    prior: Literal[1, 10] = Field(
        default=10,
        description="The strength of the report's evidence value: 1 when fewer than about 30 "
        "conversions are expected, else 10.",
        examples=[1],
    )


class GiftSection(Section):
    """What a mail promises; it is paid once, when the goal is reached after the mail."""

    goal: Name = Field(description="The goal that earns the gift.", examples=["account_registered"])
    unit: Name = Field(description="What is given: a declared unit.", examples=["redeemable"])
    amount: int = Field(ge=1, le=1_000_000, description="How much is given.", examples=[500])


class StepSection(Section):
    """One mail of a journey; a member takes the steps in their order."""

    name: Name = Field(description="Unique in the journey.", examples=["reminder"])
    mail: Name = Field(
        description="The folder below `mails/` that holds the mail.", examples=["reminder"]
    )
    wait: Duration = Field(
        default=timedelta(0),
        description="How long after the step before was sent or skipped; nothing for at once.",
    )
    wait_for: Condition | None = Field(
        default=None,
        description="What the step waits for, as long as it takes.",
        examples=["goals.account_registered"],
    )
    when: Condition | None = Field(
        default=None,
        description="Who gets the mail. Looked at on arrival (once `wait_for` has come true, if "
        "there is one) and again at sending; whoever it does not hold for skips the step at "
        "once, without its wait.",
    )
    goal: Name | None = Field(
        default=None,
        description="What the mail asks for; whoever has done it skips the step.",
        examples=["account_registered"],
    )
    gift: GiftSection | None = Field(
        default=None,
        description="What the mail promises.",
        examples=["{goal: app_installed, unit: redeemable, amount: 100}"],
    )
    topic: Name | None = Field(
        default=None,
        description="What the mail is about, for members to decline: one of `topics`. The "
        "journey's, unless the step has its own; a mail without a topic goes to everybody.",
        examples=["miles"],
    )
    on_unknown: Literal["drop", "retry_once"] = Field(
        default="drop",
        description="What to do when nobody can say, after a day, whether the mail went out. "
        "`drop`: never send it again. `retry_once`: send it once more, so that some get it twice; "
        "for mails that must not be missing.",
        examples=["retry_once"],
    )


class JourneySection(Section):
    """A chain of mails, tried on some members and compared with those who are left alone."""

    version: int = Field(
        ge=1, le=9999, description="Goes up with every change of the journey.", examples=[1]
    )
    enters: EntersSection = Field(
        description="Who enters, and when.", examples=["{on: member.joined}"]
    )
    holdout: Share = Field(
        description="The share of members who enter and get nothing, to compare with."
    )
    salt: Label = Field(
        description="Draws who is held out; a new salt draws anew, so change it only for a new "
        "experiment.",
        examples=["welcome-2027"],
    )
    goals: list[Name] = Field(
        min_length=1,
        max_length=20,
        description="What the lift report measures.",
        examples=["[account_registered, app_installed]"],
    )
    topic: Name | None = Field(
        default=None,
        description="What its mails are about, where a step does not say otherwise: one of "
        "`topics`.",
        examples=["account"],
    )
    exit_when: Condition | None = Field(
        default=None,
        description="Ends the journey at once, whatever is left of it.",
        examples=["goals.app_installed"],
    )
    exits: ExitsSection | None = Field(
        default=None,
        description="What ends the journey when it happens.",
        examples=["{on: [tier.reached]}"],
    )
    breaker: BreakerSection | None = Field(
        default=None,
        description="When the journey pauses itself. It does so in any case: what is not said has "
        "the default below.",
        examples=["{complaints: 0.05%, bounces: 2%}"],
    )
    steps: list[StepSection] = Field(
        min_length=1,
        max_length=30,
        description="The mails, in their order.",
        examples=["[{name: welcome, mail: welcome}]"],
    )


class ProgrammeSection(Section):
    """The whole file."""

    name: Label = Field(description="The programme's name, for the engine.")
    sender: SenderSection = Field(
        description="Who the mails come from.",
        examples=["{name: Vesper, address: news@mail.example.com}"],
    )
    locales: list[Language] = Field(
        min_length=1,
        max_length=20,
        description="The languages of the mails; the first is for members whose language is not "
        "known.",
        examples=["[ru, en]"],
    )
    time_zone: TimeZone = Field(
        description="For members whose own time zone is not known: a name of the IANA database."
    )
    consent: Literal["opt_in", "opt_out"] = Field(
        description="`opt_in`: only those get mails who asked for them. `opt_out`: all but those "
        "who declined.",
        examples=["opt_out"],
    )
    units: dict[Name, UnitEntry] = Field(
        min_length=1,
        max_length=10,
        description="What members collect, each with its meaning.",
        examples=["{redeemable: Miles to spend}"],
    )
    tiers: list[Name] = Field(
        min_length=1,
        max_length=20,
        description="The levels of membership, the lowest first; it is everybody's until another "
        "is reached, or told by a partner.",
        examples=["[basic, silver, gold]"],
    )
    tier_rules: list[TierRulesSection] = Field(
        default=[],
        max_length=20,
        description="What it takes to reach the tiers; without it, they are as partners tell.",
        examples=[
            "[{since: 2027-01-01, period: calendar year, reach: {silver: [{qualifying: 25000}]}}]"
        ],
    )
    benefits: dict[Name, BenefitSection] = Field(
        default={},
        max_length=50,
        description="What members get besides units, by name.",
        examples=["{lounge: {title: Lounge access, kind: immaterial, tier: gold}}"],
    )
    quiet_hours: QuietHoursSection | None = Field(
        default=None,
        description="When no mail goes out; without it, mails go out at any time.",
        examples=['{from: "21:00", until: "09:00"}'],
    )
    frequency: list[FrequencySection] = Field(
        default=[],
        max_length=5,
        description="Caps on the mails to one member.",
        examples=["[{mails: 2, per: 1d}]"],
    )
    topics: dict[Name, Text] = Field(
        default={},
        max_length=20,
        description="What the mails are about, by name, each with its title in English: members "
        "choose among them on their page of preferences.",
        examples=["{account: Your account}"],
    )
    spacing: list[Spacing] = Field(
        default=[],
        max_length=10,
        description="What members may choose as the least time between two mails.",
        examples=["[7 days, 30 days]"],
    )
    earning: dict[Name, EarningSection] = Field(
        default={},
        max_length=50,
        description="What transactions bring: rules, by name.",
        examples=["{fuel: {gives: redeemable, each: 1, per: 1.00 EUR, kinds: [fuel]}}"],
    )
    goals: dict[Name, GoalSection] = Field(
        min_length=1,
        max_length=50,
        description="What members are to do, by name.",
        examples=["{app_installed: {on: app.installed}}"],
    )
    links: dict[Name, LinkEntry] = Field(
        default={},
        max_length=100,
        description="What mails name as `links.…`.",
        examples=["{account: https://example.com/account}"],
    )
    utm: UtmEntry = Field(
        default=UtmSection(),
        description="What links tell the site that they lead to: without this section the defaults "
        "below, with `false` nothing.",
        examples=["{source: vesper}"],
    )
    images_url: Link | None = Field(
        default=None,
        description="Where a CDN has the files of `images/`; else the engine serves them.",
    )
    details: dict[Name, Text] = Field(
        default={},
        max_length=100,
        description="What mails name as `programme.…`.",
        examples=["{support_email: help@example.com}"],
    )
    journeys: dict[Name, JourneySection] = Field(
        min_length=1, max_length=20, description="The chains of mails, by name."
    )
