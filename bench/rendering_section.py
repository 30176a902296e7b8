"""What it takes to make one mail: its values, links, texts and MIME, for members of all kinds.

The ratio is to the standard library writing the same texts as MIME, which renders nothing.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial

from bench.chain import Chain
from bench.figures import MS, Row, Section, spread
from bench.programme import STEPS_MAILED
from bench.stub_process import Stub
from chalicelib import bootstrap
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.member import Member
from chalicelib.usecases.compose_mail import compose_mail
from chalicelib.usecases.ports import OutgoingMail

WARM_UP_ROUNDS = 1
LEAST_CALLS = 200
"""A round is long against the clock's grain and the collector's pauses."""

Compose = Callable[[], OutgoingMail]


def rendering_section(chain: Chain, stub: Stub, members: int, rounds: int) -> Section:
    """Compose mails and let the standard library write them, in turns."""
    stub.clear()
    chain.tell("member.joined", chain.new_people(members), members)
    composers = list(_composers(bootstrap.engine().members.every()))
    mimes = [compose().mime for compose in composers]
    writers = [partial(_written, *_texts(mime)) for mime in mimes]
    pairs = [(_cpu_s(composers), _cpu_s(writers)) for _ in range(WARM_UP_ROUNDS + rounds)]
    measured = pairs[WARM_UP_ROUNDS:]
    ours = spread(ours_s * MS for ours_s, _ in measured)
    ratio = spread(ours_s / library_s for ours_s, library_s in measured)
    size_bytes = sum(map(len, mimes)) / len(mimes)
    rows = [
        Row("ms CPU a mail", str(ours), f"{size_bytes / 1024:.1f} KB of MIME each"),
        Row("ratio to the standard library", str(ratio), "writing the same texts, rendering none"),
    ]
    content = {
        "cpu_ms_a_mail": ours.as_json(),
        "ratio_to_email_package": ratio.as_json(),
        "mime_bytes": round(size_bytes),
    }
    return Section("rendering", "Making one mail", rows, content)


def _composers(members: Iterable[Member]) -> Iterable[Compose]:
    engine = bootstrap.engine()
    [journey] = engine.programme.journeys.values()
    steps = {step.name: step for step in journey.steps}
    for number, member in enumerate(members):
        for name in STEPS_MAILED:
            key = StepKey(member_id=member.member_id, journey=journey.name, entry=1, step=name)
            attempt = f"attempt-{number}-{name}"
            yield partial(compose_mail, engine, member, steps[name], key, attempt)


def _texts(mime: bytes) -> tuple[str, str, str]:
    mail = message_from_bytes(mime, policy=policy.default)
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    if plain is None or html is None:
        raise ValueError("The mail has no text or no HTML")
    return str(mail["Subject"]), plain.get_content(), html.get_content()


def _written(subject: str, text: str, html: str) -> bytes:
    mail = EmailMessage(policy=policy.SMTP)
    mail["Subject"] = subject
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    return mail.as_bytes()


def _cpu_s(acts: Sequence[Callable[[], object]]) -> float:
    """Return the CPU seconds of one act, over as many as make a round."""
    times = -(-LEAST_CALLS // len(acts))
    begun = time.process_time()
    for _ in range(times):
        for act in acts:
            act()
    return (time.process_time() - begun) / (times * len(acts))
