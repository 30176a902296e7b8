"""Hostile and ordinary content for Milepost's own pages, and a strict reading of the result."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from html.parser import HTMLParser

from domain.builders import DAY, NOW, journey, member, programme

from chalicelib.domain.arms import Arm
from chalicelib.domain.feedback import FeedbackKind
from chalicelib.domain.gifts import Grant
from chalicelib.domain.lift import ArmCount, measure_lift
from chalicelib.domain.reasons import Reason
from chalicelib.domain.report import JourneyReport
from chalicelib.usecases.explain import JourneyStory, StepStory
from chalicelib.usecases.ports import OutgoingMail
from chalicelib.world.mailbox import ReceivedMail
from chalicelib.world.timeline import MemberStory

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;"
WELCOME = journey("welcome", "reminder", "collect")
PROGRAMME = programme(WELCOME)
MEMBER_ID = "m" * 26
HTML = """<!doctype html>
<html lang="{language}"><head><title>t</title>
<link href="https://fonts.example.com/a.css" rel="stylesheet"></head>
<body><div style="display: none; max-height:0">{preheader} \u200c\u00a0</div>
<p>{name}</p><a href="https://www.example.com/account?a=1&amp;b=2"><b>Open</b> account</a>
<a href="https://www.example.com/app"><img src="https://www.example.com/a.png" alt="The app"></a>
<a href="mailto:help@example.com">Write</a></body></html>"""


def mail(number=1, step="welcome", language="en", subject="Hello", **parts):
    """A mail of the mailbox, as the engine's own would be."""
    message = EmailMessage()
    message["From"] = "Vesper <news@mail.example.com>"
    message["To"] = "ann@example.com"
    message["Subject"] = subject
    message.set_content(parts.get("text", "The plain words."))
    html = HTML.format(
        language=language,
        name=parts.get("name", "Ann"),
        preheader=parts.get("preheader", "A first glance"),
    )
    message.add_alternative(html, subtype="html")
    tags = {"member": MEMBER_ID, "journey": "welcome", "entry": "1", "step": step, "attempt": "a"}
    outgoing = OutgoingMail(
        sender="news@mail.example.com",
        recipient="ann@example.com",
        mime=message.as_bytes(),
        tags=tags,
    )
    return ReceivedMail(number, NOW + number * DAY, f"id-{number}", outgoing)


def step(name, state="sent", at=NOW, reason=None, **feedback):
    return StepStory(step=name, mail=name, state=state, at=at, reason=reason, feedback=feedback)


def journey_story(*steps, **changes):
    facts = {"arm": "treated", "goals": {}, "ended": None, "entered_at": NOW, **changes}
    return JourneyStory(journey="welcome", steps=list(steps), **facts)


def story(*steps, person=None, grants=(), **changes):
    return MemberStory(
        member=person or member(), stories=[journey_story(*steps, **changes)], grants=grants
    )


def grant(amount=500, unit="redeemable", source="welcome.1.reminder", at=NOW):
    return Grant(member_id=MEMBER_ID, source=source, unit=unit, amount=amount, granted_at=at)


def lift(converted=12, assigned=272, control_converted=0, control_assigned=271):
    return measure_lift(
        ArmCount(converted, assigned), ArmCount(control_converted, control_assigned), 1
    )


def report(**changes):
    facts = {
        "assigned": {Arm.TREATED: 272, Arm.CONTROL: 271},
        "lifts": {"account_registered": lift(), "app_installed": lift(3, 272, 2, 271)},
        "sent": {"welcome": 200, "reminder": 50},
        "feedback": {"welcome": {FeedbackKind.OPENED_BY_PERSON: 80, FeedbackKind.HARD_BOUNCED: 1}},
        "skipped": {Reason.CONTROL_GROUP: 271, Reason.GOAL_REACHED: 9},
        **changes,
    }
    splits = {"segments": {}, "sample_ratio_p": 0.9, "sample_ratio_anytime_p": 1.0}
    return JourneyReport(journey="welcome", unknown={}, failed={}, **splits, **facts)


@dataclass
class Tag:
    """A start tag, with the text and the tags inside it."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Tag"] = field(default_factory=list)


INLINE = {"a", "b", "code", "span", "time", "tspan"}
VOID = {"base", "br", "hr", "img", "input", "link", "meta"}


class StrictPage(HTMLParser):
    """Reads a page and refuses what a browser would mend: every tag has its own end."""

    def __init__(self, html):
        super().__init__()
        self.root = Tag("", {})
        self.tags = []
        self._open = [self.root]
        self.feed(html)
        self.close()
        assert self._open == [self.root], f"left open: {[tag.name for tag in self._open]}"

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        made = Tag(tag, {name: value or "" for name, value in attrs})
        self.tags.append(made)
        self._open[-1].children.append(made)
        if tag not in VOID:
            self._open.append(made)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        assert self._open[-1].name == tag, f"</{tag}> closes <{self._open[-1].name}>"
        self._open.pop()
        if tag not in INLINE:
            self.handle_data(" ")

    def handle_data(self, data):
        readers = self._open[-1:] if self._open[-1].name == "style" else self._open
        for tag in readers:
            tag.text += data

    def named(self, name, **attributes):
        wanted = attributes.items()
        return [t for t in self.tags if t.name == name and wanted <= t.attributes.items()]

    @property
    def text(self):
        return " ".join(self.root.text.split())


def assert_sound(html):
    """The page is balanced, loads nothing, runs nothing, and keeps what came from outside inert."""
    page = StrictPage(html)
    assert not page.named("script")
    ids = [tag.attributes["id"] for tag in page.tags if "id" in tag.attributes]
    assert len(ids) == len(set(ids))
    for tag in page.tags:
        assert not [name for name in tag.attributes if name.startswith("on")], tag
        assert "src" not in tag.attributes, tag
        assert tag.attributes.get("href", "#").startswith(("#", "/", "data:image/")), tag
        assert tag.attributes.get("action", "/_world/").startswith("/_world/"), tag
        assert "url(" not in tag.attributes.get("style", ""), tag
    for style in page.named("style"):
        assert "url(" not in style.text
        assert "@import" not in style.text
    for frame in page.named("iframe"):
        assert frame.attributes["sandbox"] == ""
        assert frame.attributes["title"]
    policy = page.named("meta", **{"http-equiv": "Content-Security-Policy"})[0]
    assert policy.attributes["content"].startswith("default-src 'none'")
    return page
