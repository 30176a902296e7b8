"""What a demonstration leaves behind: the gallery, the mails, the report."""

import json
import shutil
from pathlib import Path

from chalicelib.domain.enrolment import Enrolment
from chalicelib.operations.own_images import images_by_url
from chalicelib.usecases.explain import explain
from chalicelib.world.demo import DemoResult
from chalicelib.world.gallery import GalleryData, gallery_html
from chalicelib.world.lift_picture import lift_svg
from chalicelib.world.timeline import MemberStory


def write_demo_files(result: DemoResult, out: Path) -> None:
    """Write everything into ``out``; what an earlier run left there goes."""
    mailbox = out / "mailbox"
    shutil.rmtree(mailbox, ignore_errors=True)
    mailbox.mkdir(parents=True)
    for received in result.world.substrate.mailer.mails:
        name = f"{received.number:06d}-{received.mail.tags['step']}.eml"
        (mailbox / name).write_bytes(received.mail.mime)
    (out / "report.json").write_text(json.dumps(result.as_json(), indent=2) + "\n")
    title = f"{result.world.engine.programme.name}: {result.report.journey}"
    (out / "lift.svg").write_text(lift_svg(result.report.lifts, title=title))
    (out / "index.html").write_text(gallery_html(_gallery(result)))


def _gallery(result: DemoResult) -> GalleryData:
    engine = result.world.engine
    return GalleryData(
        programme=engine.programme,
        seed=result.plan.seed,
        days=result.plan.days,
        now=result.world.now(),
        report=result.report,
        mails=result.world.substrate.mailer.mails,
        member=_story(result),
        images=images_by_url(engine.programme, engine.mails, engine.base_url),
    )


def _story(result: DemoResult) -> MemberStory:
    """Tell of the member to whom the most happened."""
    engine = result.world.engine
    richest = max(result.enrolments, key=_richness)
    member = engine.members.load(richest.member_id)
    stories = explain(engine, richest.member_id)
    if member is None or stories is None:
        raise LookupError("an enrolment without its member")
    grants = [grant for grant in result.grants if grant.member_id == member.member_id]
    return MemberStory(member=member, stories=stories, grants=grants)


def _richness(enrolment: Enrolment) -> tuple[int, int, str]:
    heard = sum(len(record.feedback) for record in enrolment.steps.values())
    return (len(enrolment.mailed_at()) + 2 * len(enrolment.goals), heard, enrolment.member_id)
