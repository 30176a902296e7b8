"""What it takes to make one mail: its values, links, texts and MIME, for members of all kinds.

The ratio is to the standard library writing the same texts as MIME, which renders nothing.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from itertools import islice, product
from statistics import mean

from bench.chain import Chain
from bench.figures import MS, Row, Section, spread
from bench.stub_process import Stub
from chalicelib import bootstrap
from chalicelib.domain.arms import Arm
from chalicelib.domain.feedback import StepKey
from chalicelib.domain.member import Member
from chalicelib.usecases.compose_mail import Mailing, compose_mail
from chalicelib.usecases.ports import OutgoingMail

WARM_UP_ROUNDS = 1
LEAST_CALLS = 100
"""A round is long against the clock's grain and the collector's pauses."""
MOST_MEMBERS, MOST_WRITTEN = 50, 5
"""How many members each mail is made for, and for how many of them the library writes it."""
KB = 1024

Compose = Callable[[], OutgoingMail]


def rendering_section(chain: Chain, stub: Stub, members: int, rounds: int) -> Section:
    """Compose each mail in each language, and let the standard library write them, in turns."""
    stub.clear()
    chain.tell("member.joined", chain.new_people(members), members)
    composers = _composers(list(islice(bootstrap.engine().members.every(), MOST_MEMBERS)))
    mimes = {kind: [make().mime for make in made] for kind, made in composers.items()}
    writers = {kind: _writers(made[:MOST_WRITTEN]) for kind, made in mimes.items()}
    measured = [
        (
            {kind: _cpu_s(made) for kind, made in composers.items()},
            mean(map(_cpu_s, writers.values())),
        )
        for _ in range(WARM_UP_ROUNDS + rounds)
    ][WARM_UP_ROUNDS:]
    kinds = {kind: spread(ours[kind] * MS for ours, _ in measured) for kind in composers}
    ours = spread(mean(ours.values()) * MS for ours, _ in measured)
    ratio = spread(mean(ours.values()) / library_s for ours, library_s in measured)
    sizes_kb = {kind: mean(map(len, made)) / KB for kind, made in mimes.items()}
    rows = [
        Row("ms CPU a mail", str(ours), f"budget 1; {mean(sizes_kb.values()):.1f} KB of MIME each"),
        *(Row(f"  {kind}", str(kinds[kind]), f"{sizes_kb[kind]:.1f} KB") for kind in kinds),
        Row("ratio to the standard library", str(ratio), "writing the same texts, rendering none"),
    ]
    content = {
        "cpu_ms_a_mail": ours.as_json(),
        "cpu_ms_by_mail": {kind: each.as_json() for kind, each in kinds.items()},
        "ratio_to_email_package": ratio.as_json(),
        "mime_bytes": round(KB * mean(sizes_kb.values())),
    }
    return Section("rendering", "Making one mail", rows, content)


def _writers(mimes: Sequence[bytes]) -> list[Callable[[], object]]:
    return [partial(_written, *_texts(mime)) for mime in mimes]


def _composers(members: Sequence[Member]) -> dict[str, list[Compose]]:
    """Return how each mail is made in each language, for each member."""
    engine = bootstrap.engine()
    [journey] = engine.programme.journeys.values()
    made: dict[str, list[Compose]] = {}
    for step, locale in product(journey.steps, engine.programme.locales):
        for number, member in enumerate(members):
            reader = replace(member, attributes={**member.attributes, "locale": locale})
            mailing = Mailing(
                key=StepKey(
                    member_id=member.member_id, journey=journey.name, entry=1, step=step.name
                ),
                arm=Arm.TREATED,
                attempt=f"attempt-{number}-{step.name}",
            )
            make = partial(compose_mail, engine, reader, step, mailing)
            made.setdefault(f"{step.mail}, {locale}", []).append(make)
    return made


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
