"""The shipped mails, and a member to write to."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib.domain.standing import kinds_of, standing_facts
from chalicelib.mail.check import DeclaredNames
from chalicelib.mail.mime import Envelope
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail.templates import MailTemplates

SHIPPED = Path(__file__).parents[2] / "templates" / "airline-bonus"
SITE = "https://miles.vesper.example.com"
ATTRIBUTES = "channel locale first_name last_name name_on_card card home_airport tier"
GOALS = "account_registered home_airport_given cobrand_card_issued app_installed"
LINKS = (
    "account questionnaire profile app_ios app_android wallet cards partners telegram youtube vk"
)
IMAGES = "hero_app hero_collect hero_questionnaire hero_reminder hero_welcome"
CHOICES = {
    "mails": True,
    "obstacle": "",
    "problem": "",
    "saved": "choices",
    "no_spacing": False,
    "other_spacing": 0,
    **{f"topic.{name}": name != "app" for name in ("account", "miles", "app")},
    **{f"spacing.{days}": days == 7 for days in (7, 30)},
    **{f"locale.{tag}": tag == "en" for tag in ("ru", "en")},
}
PROGRAMME = {
    "name": "Vesper Miles",
    "support_email": "help@vesper.example.com",
    "postal_address": "14 Evening Star Quay, London",
}

SMALL_PROGRAMME = {
    "theme.yaml": "colours:\n  ink: '#23204a'\n",
    "shared/frame.mjml": """\
<mjml lang="{{ language }}">
  <mj-head><mj-title>{{ subject }}</mj-title></mj-head>
  <mj-body>
    <mj-include path="body.mjml" />
    <mj-include path="footer.mjml" />
  </mj-body>
</mjml>
""",
    "shared/footer.mjml": """\
<mj-section>
  <mj-column>
    <mj-text color="{{ theme.colours.ink }}">{{ programme.name }}</mj-text>
    <mj-text><a href="{{ links.unsubscribe }}">{{ _("Unsubscribe") }}</a></mj-text>
    <mj-text><a href="{{ links.web_copy }}">{{ _("View in browser") }}</a></mj-text>
  </mj-column>
</mj-section>
""",
    "shared/frame.txt": """\
{% include "body.txt" %}

{{ _("Unsubscribe") }}: {{ links.unsubscribe }}
{{ _("View in browser") }}: {{ links.web_copy }}
""",
    "shared/page-head.html": "<title>{{ programme.name }}</title>\n",
    "mails/hello/mail.yaml": """\
subject: Hello from us
preheader: >-
  {% if gift %}
  {{ _("A gift for you") }}
  {% endif %}
""",
    "mails/hello/body.mjml": """\
<mj-section>
  <mj-column>
    <mj-text>{% trans name=first_name %}Hello, {{ name }}{% endtrans %}&nbsp;</mj-text>
    <mj-raw>{% if not goals.app_installed %}</mj-raw>
    <mj-text>
      {% trans url=links.app_ios %}Get <a href="{{ url }}">the app</a>{% endtrans %}
    </mj-text>
    <mj-raw>{% endif %}</mj-raw>
  </mj-column>
</mj-section>
""",
    "mails/hello/body.txt": """\
{% trans name=first_name %}Hello, {{ name }}{% endtrans %}

{% trans count=balances.redeemable %}{{ count }} mile{% pluralize %}{{ count }} miles{% endtrans %}

{% if card %}
{{ card }}
{% endif %}
""",
    "pages/bye.html": """\
<!doctype html>
<html lang="{{ language }}">
{% include "page-head.html" %}
<h1>{{ _("Unsubscribe") }}</h1>
</html>
""",
    "locales/ru/LC_MESSAGES/messages.po": """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Unsubscribe"
msgstr "Отписаться"

msgid "View in browser"
msgstr "Открыть в браузере"

msgid "Hello from us"
msgstr "Привет от нас"

msgid "A gift for you"
msgstr "Вам подарок"

msgid "Hello, %(name)s"
msgstr "Здравствуйте, %(name)s"

msgid "Get <a href=\\"%(url)s\\">the app</a>"
msgstr "Установите <a href=\\"%(url)s\\">приложение</a>"

msgid "%(count)s mile"
msgid_plural "%(count)s miles"
msgstr[0] "%(count)s миля"
msgstr[1] "%(count)s мили"
msgstr[2] "%(count)s миль"
""",
}

Values = dict[str, object]
TIERS = ("basic", "silver", "gold", "platinum")
STANDING = kinds_of(("redeemable", "qualifying"), ("qualifying", "segments"))
STANDING_NUMBERS = {
    "tier_through": 740_346,
    "grace_until": 740_406,
    "at_risk": 1,
    "next_tier": 1,
    "reach_qualifying": 24_120,
    "reach_segments": 19,
    "keep_qualifying": 3_480,
    "keep_segments": 4,
    "expiring_redeemable": 2_215,
    "expires_redeemable": 740_071,
}


def values_of(**changes: object) -> Values:
    values: Values = {
        "channel": "offline",
        "locale": "en",
        "first_name": "Anna",
        "last_name": "Sokolova",
        "name_on_card": "ANNA SOKOLOVA",
        "card": "3051 7720 4416",
        "home_airport": "",
        "tier": "basic",
        "gift": 500,
        "goals": dict.fromkeys(GOALS.split(), False),
        "balances": {"redeemable": 24215, "qualifying": 0},
        "standing": standing_facts(STANDING, TIERS, STANDING_NUMBERS),
        "links": {
            **{name: f"{SITE}/{name}" for name in LINKS.split()},
            "unsubscribe": f"{SITE}/u/token",
            "web_copy": f"{SITE}/w/token",
            "preferences": f"{SITE}/p/token",
        },
        "images": {name: f"{SITE}/i/{name}.png" for name in IMAGES.split()},
        "programme": PROGRAMME,
        "choices": CHOICES,
    }
    return values | changes


@pytest.fixture(scope="session")
def values() -> Callable[..., Values]:
    return values_of


@pytest.fixture(scope="session")
def shipped() -> MailTemplates:
    return MailTemplates.load(SHIPPED)


@pytest.fixture(scope="session")
def shipped_source() -> SourceMails:
    return SourceMails.load(SHIPPED)


@pytest.fixture
def programme(tmp_path: Path) -> Path:
    """A whole programme of one mail and one page, for a test to break."""
    for name, text in SMALL_PROGRAMME.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def declared() -> DeclaredNames:
    return DeclaredNames(
        attributes=frozenset(ATTRIBUTES.split()),
        goals=frozenset(GOALS.split()),
        balances=frozenset({"redeemable", "qualifying"}),
        links=frozenset(LINKS.split()),
        programme=frozenset(PROGRAMME),
        images=frozenset(IMAGES.split()),
        standing=frozenset(STANDING),
    )


def envelope_of(**changes: object) -> Envelope:
    fields: Mapping[str, object] = {
        "sender_name": "Vesper Miles",
        "sender_address": "hello@vesper.example.com",
        "recipient_name": "Anna Sokolova",
        "recipient_address": "anna@example.org",
        "unsubscribe_url": f"{SITE}/u/token",
        "web_copy_url": f"{SITE}/w/token",
        "message_key": "a1b2c3",
        "message_domain": "vesper.example.com",
        "feedback_id": ("welcome", "airline-bonus", "milepost"),
        "date": datetime(2026, 3, 5, 12, tzinfo=UTC),
    }
    return Envelope(**(dict(fields) | changes))


@pytest.fixture(scope="session")
def envelope() -> Callable[..., Envelope]:
    return envelope_of
