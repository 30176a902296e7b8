"""The figures behind a bill that people keep budgets for: units a step, feedback, log, storage."""

from dataclasses import asdict, dataclass

from chalicelib.cost.bill import audit_seconds, idle_usd
from chalicelib.cost.deployment import API, EVENTS, SENDS
from chalicelib.cost.ground import GIGABYTE
from chalicelib.cost.prices import Line, Prices
from chalicelib.cost.sample import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What one mail, one step and one member come to."""

    write_units_a_step: float
    write_units_a_member: float
    intake_write_units_a_member: float
    feedback_a_mail: float
    log_bytes_a_mail: float
    stored_bytes_a_member: float
    calls_a_mail: float
    import_usd: float
    idle_usd: float
    audit_seconds: float
    messages_a_batch: dict[str, int]

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def told(self) -> str:
        """Return the figures as a few lines for people."""
        batches = ", ".join(
            f"{name.removeprefix('queue_')} {size}" for name, size in self.messages_a_batch.items()
        )
        return "\n".join(
            (
                (
                    f"Write units: {self.write_units_a_step:.2f} a step, "
                    f"{self.write_units_a_member:.2f} a member; "
                    f"calls of the senders: {self.calls_a_mail:.2f} a mail"
                ),
                (
                    f"Feedback: {self.feedback_a_mail:.3f} a mail; "
                    f"log: {self.log_bytes_a_mail:.0f} bytes a mail; "
                    f"stored: {self.stored_bytes_a_member:,.0f} bytes a member"
                ),
                f"Messages a batch: {batches}",
                (
                    f"A night's audit: ~{self.audit_seconds:,.0f} seconds; "
                    f"ticks and polls of an idle month: ~${self.idle_usd:.2f}"
                ),
                f"Importing the members once, in batches: ~${self.import_usd:,.2f}",
                "~ varies with the machine: its processor time is in it",
            )
        )


def shape_of(sample: Sample, prices: Prices, import_usd: float) -> Shape:
    members, mails, amounts = sample.plan.sample, sample.mails, sample.chain.amounts
    logged = sum(n for (_, line), n in amounts.items() if line is Line.LOGS)
    calls = sum(n for (function, _), n in sample.chain.calls.items() if function == SENDS)
    return Shape(
        write_units_a_step=amounts[SENDS, Line.WRITES] / mails,
        write_units_a_member=sample.write_units / members,
        intake_write_units_a_member=(amounts[API, Line.WRITES] + amounts[EVENTS, Line.WRITES])
        / members,
        feedback_a_mail=sample.feedback / mails,
        log_bytes_a_mail=logged * GIGABYTE / mails,
        stored_bytes_a_member=sample.stored_gb * GIGABYTE / members,
        calls_a_mail=calls / mails,
        import_usd=import_usd,
        idle_usd=idle_usd(sample, prices),
        audit_seconds=audit_seconds(sample),
        messages_a_batch=dict(sample.batches),
    )
