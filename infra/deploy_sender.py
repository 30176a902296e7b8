"""What is still to be done for the sender's domain, and what stands in the way of sending.

From what SES says of the identity and of the account: the DNS records that only the domain's
owner can set, and warnings in words that say what to do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.stage import Stage

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_DKIM_ZONE = "dkim.amazonses.com"
_DMARC = "v=DMARC1; p=none; rua=mailto:dmarc@{domain}"
_GUIDE = "docs/how-to/deploy.md"


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """One record to set. ``state`` is SES's word on it, or ours; "" when nobody knows."""

    name: str
    type: str
    value: str
    state: str = ""


def dns_records(
    stage: Stage, region: str, identity: Mapping[str, Any], api_domain: str
) -> list[DnsRecord]:
    """Return every record of the stage; ``api_domain`` is what a custom domain points to."""
    return [
        *_dkim(stage.sender_domain, identity.get("DkimAttributes", {})),
        *_mail_from(region, identity.get("MailFromAttributes", {})),
        _dmarc(stage.sender_domain),
        *_api(stage, api_domain),
    ]


def _dkim(domain: str, told: Mapping[str, Any]) -> Iterator[DnsRecord]:
    zone = told.get("SigningHostedZone") or _DKIM_ZONE
    for token in told.get("Tokens", ()):
        state = str(told.get("Status", "")).lower()
        yield DnsRecord(f"{token}._domainkey.{domain}", "CNAME", f"{token}.{zone}", state)


def _mail_from(region: str, told: Mapping[str, Any]) -> Iterator[DnsRecord]:
    if domain := told.get("MailFromDomain"):
        state = str(told.get("MailFromDomainStatus", "")).lower()
        yield DnsRecord(domain, "MX", f"10 feedback-smtp.{region}.amazonses.com", state)
        yield DnsRecord(domain, "TXT", "v=spf1 include:amazonses.com ~all", state)


def _dmarc(domain: str) -> DnsRecord:
    return DnsRecord(f"_dmarc.{domain}", "TXT", _DMARC.format(domain=domain), "advised")


def _api(stage: Stage, target: str) -> Iterator[DnsRecord]:
    if stage.custom_domain and target:
        yield DnsRecord(stage.custom_domain.name, "CNAME", target)


def warnings(
    stage: Stage, identity: Mapping[str, Any], account: Mapping[str, Any]
) -> Iterator[str]:
    """Yield what keeps mails from going out, or from going out as fast as the stage says."""
    if not identity.get("VerifiedForSendingStatus"):
        yield (
            f"SES has not verified {stage.sender_domain} yet: no mail goes out. Set the records "
            "above; SES looks for them for 72 hours."
        )
    yield from _account_warnings(account)
    rate = account.get("SendQuota", {}).get("MaxSendRate", 0)
    if rate < (stage.sends_per_second or 0):
        yield (
            f"The stage wants up to {stage.sends_per_second} mails a second, and SES allows "
            f"{rate:g}: so many go out. Ask for more: {_GUIDE}#leave-the-sandbox"
        )


def _account_warnings(account: Mapping[str, Any]) -> Iterator[str]:
    if not account.get("ProductionAccessEnabled"):
        yield (
            "The account is in the SES sandbox: mails reach verified addresses only. "
            f"Ask for production access: {_GUIDE}#leave-the-sandbox"
        )
    standing = account.get("EnforcementStatus")
    if not account.get("SendingEnabled", True) or standing == "SHUTDOWN":
        yield "SES has paused the account's sending. Look at the SES console's reputation page."
    elif standing == "PROBATION":
        yield "SES is reviewing the account for bounces or complaints. Answer in the SES console."


def read_identity(ses: "SESV2Client", domain: str) -> Mapping[str, Any]:
    """Return what SES says of the domain; nothing when it does not know it."""
    try:
        return ses.get_email_identity(EmailIdentity=domain)
    except ses.exceptions.NotFoundException:
        return {}
