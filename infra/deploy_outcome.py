"""What a deployment leaves to say: where things are, which DNS records are missing, what warns."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from infra.deploy_cloud import Cloud
from infra.deploy_sender import DnsRecord, dns_records, read_identity, warnings
from infra.stage import Stage

_SHOWN_ELSEWHERE = ("DkimRecords", "CustomDomainTarget")


def tell_outcome(
    cloud: Cloud, stage: Stage, outputs: Mapping[str, str], say: Callable[[str], None]
) -> None:
    """Say what the stack gives, and what is left to its owner."""
    for name, value in sorted(outputs.items()):
        if name not in _SHOWN_ELSEWHERE:
            say(f"  {name:<24} {value}")
    identity = read_identity(cloud.mail, stage.sender_domain)
    target = outputs.get("CustomDomainTarget", "")
    say("DNS records to set, where they are not yet:")
    for line in _table(dns_records(stage, cloud.region, identity, target)):
        say(f"  {line}")
    for warning in warnings(stage, identity, cloud.mail.get_account()):
        say(f"Warning    {warning}")


def _table(records: Iterable[DnsRecord]) -> Iterator[str]:
    """One record over two lines: its name and its value are long, and are to be copied."""
    for record in records:
        state = f"  ({record.state})" if record.state else ""
        yield f"{record.type:<6} {record.name}{state}"
        yield f"       {record.value}"
