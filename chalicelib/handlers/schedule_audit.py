"""Every night: settle what was left open, and report."""

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib import bootstrap
from chalicelib.domain.lift import as_json
from chalicelib.domain.report import JourneyReport
from chalicelib.observability import Line, failures_logged, logger
from chalicelib.usecases.audit import audit

blueprint = Blueprint(__name__)


@blueprint.schedule("cron(0 3 * * ? *)")
def schedule_audit(event: CloudWatchEvent) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    with failures_logged("schedule_audit"):
        engine = bootstrap.engine()
        result = audit(engine)
        for report in result.reports.values():
            logger.info(Line.JOURNEY_REPORT, extra=_summary(report))
        engine.metrics.flush()
        return {"claims_given_up": result.claims_given_up}


def _summary(report: JourneyReport) -> dict[str, object]:
    return {
        "journey": report.journey,
        "sent": dict(report.sent),
        "skipped": dict(report.skipped),
        "goals": {name: as_json(lift) for name, lift in report.lifts.items()},
        "sample_ratio_p": report.sample_ratio_p,
        "sample_ratio_anytime_p": report.sample_ratio_anytime_p,
    }
