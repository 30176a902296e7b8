"""Checks of the account: who asks, from where, by which clock, and what SES allows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from chalicelib.operations.findings import Finding, Stage, fault, ok, warning
from chalicelib.operations.status import HEALTHY, QUOTA_SHARE

SKEW_WARNING_SECONDS = 30
SKEW_FAULT_SECONDS = 240
"""AWS refuses what was signed five minutes ago, and so does the intake."""


def credentials(stage: Stage) -> Iterator[Finding]:
    told = stage.clients.sts.get_caller_identity()
    region = stage.clients.sts.meta.region_name
    yield ok("credentials", f"account {told['Account']}, region {region}, as {told['Arn']}")


def clock(stage: Stage) -> Iterator[Finding]:
    """Compare this machine's clock with the time that AWS put on its answer."""
    told = stage.clients.sts.get_caller_identity()
    headers = told["ResponseMetadata"]["HTTPHeaders"]
    date = next((value for name, value in headers.items() if name.lower() == "date"), None)
    if date is None:
        yield warning("clock", "AWS's answer has no time", "Compare the clock by hand: date -u")
        return
    skew = abs((stage.clock.now() - _time(date)).total_seconds())
    what = f"this machine's clock and AWS's are {skew:.0f} s apart"
    cure = "Let the machine set its clock by NTP"
    if skew > SKEW_FAULT_SECONDS:
        yield fault("clock", what, cure)
    elif skew > SKEW_WARNING_SECONDS:
        yield warning("clock", what, cure)
    else:
        yield ok("clock", what)


def _time(date: str) -> datetime:
    return parsedate_to_datetime(date).astimezone(UTC)


def mail_account(stage: Stage) -> Iterator[Finding]:
    account = stage.mail_account
    standing = account["EnforcementStatus"]
    if not account["SendingEnabled"]:
        cure = "Find out why, then: aws sesv2 put-account-sending-attributes --sending-enabled"
        yield fault("mail account", "SES has paused the account's sending", cure)
    if standing != HEALTHY:
        cure = "Read SES's mail to the account's owner, and answer it in the Support Center"
        yield fault("mail account", f"SES has put the account on {standing}", cure)
    elif account["SendingEnabled"]:
        yield ok("mail account", f"SES finds it {standing}, and sending is on")


def sandbox(stage: Stage) -> Iterator[Finding]:
    if stage.mail_account["ProductionAccessEnabled"]:
        yield ok("sandbox", "the account may mail anybody")
        return
    yield warning(
        "sandbox",
        "the account is in SES's sandbox: mails go to verified addresses alone",
        "Ask for production access: docs/how-to/deploy.md says how",
    )


def quota(stage: Stage) -> Iterator[Finding]:
    """See what SES takes, whether that is what the stage wants, and how far the day's end is."""
    told = stage.mail_account["SendQuota"]
    rate, wanted = told["MaxSendRate"], stage.settings.sends_per_second
    sent, most = told["SentLast24Hours"], told["Max24HourSend"]
    if wanted > rate:
        yield warning(
            "quota",
            f"the stage wants up to {wanted} mails a second, SES takes {rate:g}: so many go out",
            "Ask for a higher rate in Service Quotas, under SES",
        )
    elif sent > QUOTA_SHARE * most > 0:
        what = f"{sent:,.0f} of the day's {most:,.0f} mails are used up"
        yield warning("quota", what, "Ask for a higher quota in Service Quotas, under SES")
    else:
        room = "no limit" if most < 0 else f"{sent:,.0f} of {most:,.0f} used"
        ours = min(wanted, rate) if wanted else rate
        yield ok("quota", f"{ours:g} a second of SES's {rate:g}; in 24 hours {room}")


def pricing_plan(stage: Stage) -> Iterator[Finding]:
    """Tell the plan: newer accounts are on one that costs more for a mail."""
    plan = stage.mail_account.get("PricingAttributes", {}).get("CurrentPlan")
    if plan in (None, "NONE"):
        yield ok("pricing plan", "à la carte: SES's lowest price for a mail")
        return
    yield warning(
        "pricing plan",
        f"the account is on SES's plan {plan}, whose mails cost more than à la carte",
        "Keep it if you use what it has, else: aws sesv2 put-account-pricing-attributes "
        "--plan NONE",
    )


CHECKS = (credentials, clock, mail_account, sandbox, quota, pricing_plan)
