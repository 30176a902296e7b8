"""One change of the clean programme for each rule, which this rule refuses and no other.

A change is a file, what to replace in it and by what; the line is that of the change, or one
that is said here, or any (0) where the whole part is at fault.
"""
# ruff: noqa: RUF001 - Russian letters that look Latin

from dataclasses import dataclass

from mail_lint.clean import FILES

from chalicelib.domain.lint_rules import LintRule as Rule

BODY = "mails/hello/body.mjml"
TEXT = "mails/hello/body.txt"
MAIL = "mails/hello/mail.yaml"
FRAME = "shared/frame.mjml"
FRAME_TEXT = "shared/frame.txt"
FOOTER = "shared/footer.mjml"
PROGRAMME = "programme.yaml"
SAMPLES = "samples.yaml"
PO = "locales/ru/LC_MESSAGES/messages.po"

COLUMN = "  </mj-column>\n"
IMAGE = '<mj-image src="https://images.example.com/star.png" alt="" width="60px" />'
STYLE = "a { color: #5138a8; }"
HEADING = '<h1 style="font-family:Georgia, serif;">'

BODY_TEXT = FILES[TEXT]
HEAVY = "\x89PNG\r\n\x1a\n" + "x" * 110_000
ACCOUNT = next(line for line in BODY_TEXT.splitlines() if "personal account" in line)


@dataclass(frozen=True)
class Broken:
    rule: Rule
    file: str
    old: str
    new: str
    line: int | None = None

    def __str__(self):
        return f"{self.rule.value}: {self.new[:40]}"


def text_block(html):
    return f"    <mj-text>{html}</mj-text>\n{COLUMN}"


def css(declarations):
    """A style of no element, so that it has no effect but on this rule."""
    return f"{STYLE} .nowhere {{ {declarations} }}"


INCLUDED = '    <mj-include path="footer.mjml" />\n'

BROKEN = [
    # The programme.
    Broken(Rule.PROGRAMME, PROGRAMME, "consent: opt_out", "consent: opt-out"),
    Broken(
        Rule.UNMEASURED_GOAL,
        PROGRAMME,
        "\njourneys:",
        "  moved: {on: profile.completed, within: 30 days}\n\njourneys:",
    ),
    Broken(
        Rule.UNREACHED_STEP,
        PROGRAMME,
        "        goal: account_registered\n",
        "        goal: account_registered\n        when: tier == 'basic' and tier == 'silver'\n",
        line=0,
    ),
    Broken(Rule.MAIL_FOLDER, PROGRAMME, "mail: hello", "mail: helo", line=0),
    Broken(Rule.SAMPLE, SAMPLES, "tier: silver", "tier: silber"),
    # The templates.
    Broken(Rule.SYNTAX, BODY, "{{ name }}!", "{{ name }!"),
    Broken(Rule.SYNTAX, BODY, "</mj-column>", "", line=0),
    Broken(Rule.UNBALANCED_CONDITION, BODY, "<mj-raw>{% endif %}</mj-raw>", "", line=0),
    Broken(Rule.UNBALANCED_CONDITION, TEXT, "{% if not goals.account_registered %}", "", line=0),
    Broken(
        Rule.UNBALANCED_CONDITION,
        BODY,
        "    <mj-raw>{% endif %}</mj-raw>\n    <mj-image",
        "    <mj-text>{% endif %}</mj-text>\n    <mj-image",
    ),
    Broken(Rule.UNDEFINED_NAME, TEXT, "links.account", "links.acount"),
    Broken(Rule.UNDEFINED_NAME, BODY, "{% if first_name %}", "{% if frist_name %}"),
    Broken(
        Rule.NOT_RENDERED,
        TEXT,
        '{{ _("What you have") }}',
        '{{ _("What you have") }} {{ 1 / gift }}',
        line=0,
    ),
    Broken(Rule.MISSING_PAGE, "pages/copy_gone.html", "", "", line=1),
    # Translations.
    Broken(Rule.MISSING_TRANSLATION, PO, '"Создать личный кабинет"', '""', line=0),
    Broken(
        Rule.FUZZY_TRANSLATION, PO, 'msgid "What you have"', '#, fuzzy\nmsgid "What you have"', 0
    ),
    Broken(Rule.PLURAL_FORMS, PO, 'msgstr[2] "%(count)s миль"\n', "", line=0),
    Broken(Rule.PLACEHOLDER, PO, "Здравствуйте, %(name)s!", "Здравствуйте, друг!", line=0),
    Broken(Rule.MARKUP, PO, "приложение</a>", "приложение", line=0),
    Broken(
        Rule.UNUSED_TRANSLATION,
        PO,
        'msgid "What you have"',
        'msgid "What you had"\nmsgstr "Что было"\n\nmsgid "What you have"',
        line=0,
    ),
    # Links.
    Broken(
        Rule.NO_UNSUBSCRIBE,
        FRAME_TEXT,
        '{{ _("Unsubscribe") }}: {{ links.unsubscribe }}',
        '{% if links %}{{ _("Unsubscribe") }}: {{ links.unsubscribe }}{% endif %}',
        line=1,
    ),
    Broken(
        Rule.NO_WEB_COPY,
        FOOTER,
        '<a href="{{ links.web_copy }}">{{ _("View in browser") }}</a>',
        '{{ _("View in browser") }}',
        line=0,
    ),
    Broken(Rule.UNTRACKED_LINK, BODY, 'href="{{ links.account }}"', 'href="{{ programme.site }}"'),
    Broken(Rule.UNTRACKED_LINK, FRAME_TEXT, "{{ programme.name }}", "https://www.example.com/hi"),
    Broken(Rule.UNTRACKED_LINK, PO, "Что у вас есть", "Что есть: https://example.com/x", line=0),
    Broken(Rule.EMPTY_LINK, BODY, 'href="{{ links.account }}"', 'href="#"'),
    Broken(Rule.EMPTY_LINK, BODY, ' href="{{ links.account }}"', ""),
    Broken(Rule.INSECURE_LINK, FRAME_TEXT, "{{ programme.name }}", "http://www.example.com/hi"),
    Broken(Rule.UNKNOWN_SCHEME, BODY, COLUMN, text_block('<a name="x" href="ftp:x">files</a>'), 0),
    Broken(
        Rule.LINK_NOT_IN_TEXT,
        TEXT,
        'Create your account") }}: {{ links.account }}',
        'Create your account") }}',
        line=0,
    ),
    Broken(
        Rule.VAGUE_LINK_TEXT,
        FOOTER,
        '<a href="{{ links.web_copy }}">{{ _("View in browser") }}</a>',
        '{{ _("View in browser") }} <a href="{{ links.web_copy }}">here</a>',
    ),
    Broken(Rule.VAGUE_LINK_TEXT, PO, '"Создать личный кабинет"', '"Нажмите здесь!"', line=0),
    Broken(
        Rule.SILENT_LINK,
        FOOTER,
        '<a href="{{ links.web_copy }}">{{ _("View in browser") }}</a>',
        '{{ _("View in browser") }} <a href="{{ links.web_copy }}"></a>',
        line=0,
    ),
    Broken(Rule.SILENT_LINK, BODY, 'width="60px" />', 'width="60px" href="{{ links.app }}" />', 0),
    # Images.
    Broken(Rule.IMAGE_ALT, BODY, ' alt=""', ""),
    Broken(Rule.IMAGE_ALT, BODY, ' alt=""', ' alt="star.png"'),
    Broken(Rule.IMAGE_SIZE, BODY, ' width="60px"', ' height="9px"'),
    Broken(
        Rule.IMAGE_SIZE,
        BODY,
        COLUMN,
        text_block('<img src="https://images.example.com/s.png" alt="" width="9" />'),
        line=0,
    ),
    Broken(Rule.INSECURE_IMAGE, BODY, "https://images.example.com", "http://images.example.com"),
    Broken(Rule.INSECURE_IMAGE, BODY, "https://images.example.com/star.png", "star.png"),
    Broken(Rule.HEAVY_IMAGE, "images/star.png", "", HEAVY, line=1),
    Broken(
        Rule.IMAGE_ONLY,
        BODY,
        IMAGE,
        IMAGE.replace("/>", 'height="900px" />').replace("60", "560"),
        line=0,
    ),
    Broken(
        Rule.BACKGROUND_FALLBACK,
        BODY,
        '<mj-section css-class="page" background-color="#ffffff">',
        '<mj-section css-class="page" background-url="https://images.example.com/b.png">',
    ),
    Broken(Rule.BACKGROUND_FALLBACK, FRAME, STYLE, css("background: linear-gradient(red, blue);")),
    Broken(
        Rule.BACKGROUND_FALLBACK,
        FRAME,
        STYLE,
        css("background-image: url(https://x.example/b.png)"),
    ),
    # Subject and preheader.
    Broken(
        Rule.EMPTY_HEADLINE,
        MAIL,
        "Welcome aboard",
        "'{% if gift %}{{ _(\"Welcome aboard\") }}{% endif %}'",
    ),
    Broken(Rule.EMPTY_HEADLINE, PO, '"Добро пожаловать"', '" "', line=0),
    Broken(Rule.LONG_HEADLINE, PO, '"Добро пожаловать"', f'"{"Добро пожаловать " * 5}"', line=0),
    Broken(Rule.SHOUTING, PO, '"Добро пожаловать"', '"ДОБРО ПОЖАЛОВАТЬ"', line=0),
    Broken(Rule.EXCLAMATION_MARKS, PO, '"Добро пожаловать"', '"Добро! Пожаловать!"', line=0),
    Broken(Rule.FAKE_REPLY, PO, '"Добро пожаловать"', '"Re: Добро пожаловать"', line=0),
    Broken(Rule.SPAM_WORDS, PO, '"Добро пожаловать"', '"Вы выиграли"', line=0),
    Broken(Rule.TOO_MANY_EMOJI, PO, '"Добро пожаловать"', '"🎉 Добро пожаловать ✈️"', line=0),
    Broken(Rule.CONTROL_CHARACTER, PO, '"Добро пожаловать"', '"Добро\u200bпожаловать"', line=0),
    Broken(Rule.CONTROL_CHARACTER, PO, '"Добро пожаловать"', '"Добро\u0007пожаловать"', line=0),
    Broken(
        Rule.REPEATED_PREHEADER,
        PO,
        "Две минуты, и вы увидите, что накопили.",
        "Добро пожаловать!",
        line=0,
    ),
    # The text part.
    Broken(Rule.NO_TEXT, TEXT, BODY_TEXT, "\n", line=1),
    Broken(Rule.TEXT_INCOMPLETE, TEXT, ACCOUNT, "", line=0),
    Broken(Rule.MARKUP_IN_TEXT, FRAME_TEXT, "{{ programme.name }}", "<b>{{ programme.name }}</b>"),
    Broken(Rule.MARKUP_IN_TEXT, FRAME_TEXT, "{{ programme.name }}", "{{ programme.name }} &copy;"),
    # What mail programs make of the HTML.
    Broken(Rule.TOO_LARGE, FRAME, INCLUDED, INCLUDED * 45, line=0),
    Broken(Rule.STYLE_TOO_LARGE, FRAME, STYLE, STYLE + " .nowhere { color: #5138a8; }" * 600, 0),
    Broken(Rule.FONT_FALLBACK, BODY, "font-family:Georgia, serif;", "font-family:Georgia;"),
    Broken(Rule.FONT_FALLBACK, FRAME, 'font-family="Georgia, serif"', 'font-family="Georgia"'),
    # Reading with eyes and ears.
    Broken(Rule.CONTRAST, "theme.yaml", "#23204a", "#999999", line=0),
    Broken(Rule.CONTRAST, FRAME, "color: #c7b8ff !important", "color: #5138a8 !important", line=0),
    Broken(Rule.NO_LANGUAGE, FRAME, ' lang="{{ language }}"', "", line=0),
    Broken(Rule.NO_TITLE, FRAME, "<mj-title>{{ subject }}</mj-title>", "", line=0),
    Broken(
        Rule.HEADING_ORDER,
        BODY,
        '<h2>{{ _("What you have") }}</h2>',
        '<h3>{{ _("What you have") }}</h3>',
    ),
    Broken(
        Rule.TABLE_ROLE,
        FOOTER,
        "{{ programme.name }}",
        "<table><tr><td>{{ programme.name }}</td></tr></table>",
    ),
    # What is said.
    Broken(Rule.LEFTOVER, FOOTER, "{{ programme.name }}", "{{ programme.name }} TODO: motto"),
    Broken(Rule.LEFTOVER, PO, "Что у вас есть", "Что у вас есть, *|FNAME|*", line=0),
    Broken(
        Rule.HOLLOW_TEXT,
        TEXT,
        "{% if first_name %}{% trans name=first_name %}Hello, {{ name }}!{% endtrans %}{% else %}",
        "{% if not gift %}{% trans name=first_name %}Hello, {{ name }}!{% endtrans %}{% else %}",
        line=0,
    ),
]
