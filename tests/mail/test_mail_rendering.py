"""What a member reads."""
# ruff: noqa: RUF001 - Russian is written in Cyrillic letters

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.errors import HeaderError, MailError, RenderError, TooLargeError
from chalicelib.mail.locale_formats import formats_of
from chalicelib.mail.templates import MailTemplates

MAILS = (
    *("app", "collect", "miles_expiring", "questionnaire", "reminder"),
    *("tier_at_risk", "tier_reached", "welcome"),
)
SHARED = {"tier_reached": "collect", "tier_at_risk": "reminder", "miles_expiring": "welcome"}
"""Mails with another one's picture."""
PAGES = (
    *("copy_gone", "invalid_link", "preferences", "preferences_saved"),
    *("unsubscribe", "unsubscribed"),
)
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft"

every_mail = pytest.mark.parametrize("mail", MAILS)
every_page = pytest.mark.parametrize("page", PAGES)
every_language = pytest.mark.parametrize("language", ["en", "ru"])


def test_the_programme_has_the_mails_of_the_welcome_chain_and_of_news(shipped):
    assert shipped.names == MAILS


@every_mail
@every_language
def test_every_mail_has_the_member_and_both_balances_in_its_head(shipped, values, mail, language):
    rendered = shipped.render(mail, language, values())
    redeemable = {"en": "24,215", "ru": f"24{NO_BREAK_SPACE}215"}[language]
    for body in (rendered.html, rendered.text):
        for shown in ("3051 7720 4416", "ANNA SOKOLOVA", redeemable):
            assert shown in body
    label = {"en": "Qualifying miles: 0", "ru": "Статусные мили: 0"}[language]
    assert label in rendered.text


@every_mail
@every_language
def test_every_mail_links_to_unsubscribing_and_its_web_copy(shipped, values, mail, language):
    rendered = shipped.render(mail, language, values())
    for url in (
        "https://miles.vesper.example.com/u/token",
        "https://miles.vesper.example.com/w/token",
    ):
        assert f'href="{url}"' in rendered.html
        assert re.search(rf"{re.escape(url)}$", rendered.text, re.MULTILINE)


@every_mail
@every_language
def test_every_mail_says_in_which_language_it_is(shipped, values, mail, language):
    html = shipped.render(mail, language, values()).html
    assert f'<html lang="{language}"' in html
    assert 'lang="und"' not in html


@every_mail
def test_the_russian_mail_is_russian_throughout(shipped, values, mail):
    english, russian = (shipped.render(mail, language, values()) for language in ("en", "ru"))
    assert re.search("[а-яё]", russian.subject)
    assert re.search("[а-яё]", russian.preheader)
    said_in_both = set(english.text.splitlines()) & set(russian.text.splitlines())
    assert not [
        line
        for line in said_in_both
        if re.search("[a-z]", line.partition("http")[0])
        and not line.startswith(("Vesper Miles", "App Store", "Google Play", "Telegram", "YouTube"))
    ]


@every_mail
@every_language
def test_a_mail_holds_nothing_a_mail_program_would_block_or_clip(shipped, values, mail, language):
    html = shipped.render(mail, language, values(first_name=LONG_NAME)).html
    assert len(html.encode()) < 102_400
    assert re.findall(r'<img src="([^"]*)"', html) == [
        values()["images"][f"hero_{SHARED.get(mail, mail)}"]
    ]
    assert "<script" not in html
    assert "url(" not in html
    assert '<meta name="color-scheme" content="light dark"' in html
    assert "prefers-color-scheme: dark" in html


@every_mail
def test_no_table_of_a_mail_is_read_aloud_as_data(shipped, values, mail):
    html = shipped.render(mail, "en", values()).html
    tables = re.findall(
        r"<table[^>]*>", re.sub(r"<!--\[if.*?<!\[endif\]-->", "", html, flags=re.DOTALL)
    )
    assert tables
    assert not [table for table in tables if 'role="presentation"' not in table]


@every_mail
@every_language
def test_a_member_of_whom_nothing_is_known_gets_a_whole_mail(shipped, values, mail, language):
    unknown = dict.fromkeys(("first_name", "last_name", "name_on_card", "card"), "")
    rendered = shipped.render(mail, language, values(**unknown, gift=0))
    assert {"en": "on its way", "ru": "в пути"}[language] in rendered.text.replace(
        NO_BREAK_SPACE, " "
    )
    assert "None" not in rendered.text
    assert not re.search(r"^[,:]|\s,|\n{3}", rendered.text)


@pytest.mark.parametrize("locale", ["ru", "ru_RU", "ru-RU", "ru-BY"])
def test_a_variant_of_a_language_is_served_by_the_language(shipped, values, locale):
    assert shipped.render("app", locale, values()).subject == "Карта, которая всегда под\u00a0рукой"


@pytest.mark.parametrize("locale", ["en", "en_GB", "de", "", "!"])
def test_an_unknown_language_is_served_in_the_source_language(shipped, values, locale):
    rendered = shipped.render("app", locale, values())
    assert rendered.subject == "Your card fits in your phone"
    assert '<html lang="en"' in rendered.html


@pytest.mark.parametrize(
    ("gift", "russian"),
    [
        (1, "1 миля"),
        (2, "2 мили"),
        (5, "5 миль"),
        (11, "11 миль"),
        (21, "21 миля"),
        (500, "500 миль"),
        (1001, "1 001 миля"),
    ],
)
def test_russian_has_three_plural_forms(shipped, values, gift, russian):
    subject = shipped.render("reminder", "ru", values(gift=gift)).subject
    assert subject.replace(NO_BREAK_SPACE, " ").startswith(f"{russian} за активацию")


@pytest.mark.parametrize(
    ("gift", "english"), [(1, "1 mile for"), (2, "2 miles for"), (1500, "1,500 miles for")]
)
def test_english_has_two_plural_forms(shipped, values, gift, english):
    assert shipped.render("reminder", "en", values(gift=gift)).subject.startswith(english)


def test_a_reminder_without_a_gift_promises_none(shipped, values):
    rendered = shipped.render("reminder", "en", values(gift=0))
    assert rendered.subject == "Your account is still waiting for you"
    assert "gift" not in rendered.text
    assert "+0" not in rendered.html


@pytest.mark.parametrize("holds_card", [True, False])
@every_language
def test_only_members_without_a_co_branded_card_are_offered_one(
    shipped, values, language, holds_card
):
    goals = values()["goals"] | {"cobrand_card_issued": holds_card}
    rendered = shipped.render("collect", language, values(goals=goals))
    assert ("/cards" in rendered.html) is not holds_card
    assert ("/cards" in rendered.text) is not holds_card


def test_the_app_mail_has_one_button_for_each_platform(shipped, values):
    html = shipped.render("app", "en", values()).html
    assert html.count("Install for iPhone") == html.count("Install for Android") == 1


def test_numbers_and_dates_are_written_as_the_language_writes_them():
    english, russian = formats_of("en"), formats_of("ru")
    assert english.number(24215) == "24,215"
    assert russian.number(24215) == "24\N{NO-BREAK SPACE}215"
    assert russian.number(-5) == "-5"
    assert english.long_date(date(2026, 3, 5)) == "March 5, 2026"
    assert russian.long_date(date(2026, 3, 5)) == "5 марта 2026\N{NARROW NO-BREAK SPACE}г."


def test_a_name_that_looks_like_a_template_stays_as_it_is(shipped, values):
    name = "{{7*7}}{% if 1 %}"
    rendered = shipped.render("welcome", "en", values(first_name=name, name_on_card=name))
    assert f"Welcome aboard, {name}" in rendered.text
    assert f"Welcome aboard, {name}" in rendered.html
    assert "49" not in rendered.text


def test_a_name_that_looks_like_markup_is_escaped_in_html_alone(shipped, values):
    name = "<script>alert(1)</script>"
    rendered = shipped.render("welcome", "en", values(first_name=name, name_on_card=name))
    assert "<script" not in rendered.html
    assert "Welcome aboard, &lt;script&gt;alert(1)&lt;/script&gt;" in rendered.html
    assert f"Welcome aboard, {name}" in rendered.text


def test_a_name_with_a_percent_sign_does_not_disturb_the_translation(shipped, values):
    assert (
        "%(name)s 100%" in shipped.render("welcome", "ru", values(first_name="%(name)s 100%")).text
    )


def test_values_in_links_cannot_leave_the_attribute(shipped, values):
    links = values()["links"] | {"account": 'https://a.example/?x="><script>'}
    assert "<script" not in shipped.render("welcome", "en", values(links=links)).html


def test_a_subject_is_one_line_whatever_the_member_is_called(programme, values):
    (programme / "mails/hello/mail.yaml").write_text(
        "subject: 'Hello {{ first_name }}'\npreheader: x\n"
    )
    changed = MailTemplates.load(programme)
    assert changed.render("hello", "en", values(first_name="<b>")).subject == "Hello <b>"
    for name in ("a\r\nBcc: x@example.org", "a\nb", "a\x00", "a\x85b", "a\u2028b"):
        with pytest.raises(HeaderError, match="mail 'hello', subject: control character"):
            changed.render("hello", "en", values(first_name=name))


def test_a_missing_value_names_the_mail_the_part_and_the_value(shipped, values):
    without = {name: value for name, value in values().items() if name != "card"}
    with pytest.raises(RenderError, match="mail 'welcome', html: 'card' is undefined"):
        shipped.render("welcome", "en", without)


def test_an_unknown_mail_is_answered_with_the_known_ones(shipped, values):
    with pytest.raises(RenderError, match="no mail 'welcom'; have app, collect"):
        shipped.render("welcom", "en", values())
    with pytest.raises(RenderError, match=r"no page 'x'; have .*invalid_link"):
        shipped.render_page("x", "en", {})


def test_a_mail_gmail_would_clip_is_not_made(shipped, values):
    with pytest.raises(TooLargeError, match=r"mail 'welcome', html: .* over 102400; shorten it"):
        shipped.render("welcome", "en", values(name_on_card="x" * 102_400))


@every_mail
@given(name=st.text(st.characters(exclude_categories=()), max_size=100))
def test_no_name_breaks_a_mail(shipped, values, mail, name):
    rendered = shipped.render(mail, "ru", values(first_name=name, name_on_card=name, card=name))
    assert "\n" not in rendered.subject
    rendered.html.encode()
    rendered.text.encode()


@given(
    gift=st.integers(0, 10**12),
    redeemable=st.integers(-(10**12), 10**12),
    language=st.sampled_from(["en", "ru"]),
)
def test_no_amount_breaks_a_mail(shipped, values, gift, redeemable, language):
    balances = {"redeemable": redeemable, "qualifying": 0}
    for mail in ("reminder", "collect"):
        shipped.render(mail, language, values(gift=gift, balances=balances))


@every_page
@every_language
def test_every_page_is_whole_in_every_language(shipped, values, page, language):
    given_values = {name: values()[name] for name in ("programme", "links", "choices")}
    html = shipped.render_page(page, language, given_values)
    assert f'<html lang="{language}">' in html
    assert html.rstrip().endswith("</html>")
    assert "<h1>" in html
    assert "<title>" in html
    for outside in ("<script", "<img", "url(", "<link"):
        assert outside not in html


def test_the_unsubscribe_page_posts_to_its_own_address(shipped, values):
    html = shipped.render_page(
        "unsubscribe", "en", {name: values()[name] for name in ("programme", "links")}
    )
    assert '<form method="post">' in html
    assert '<input type="hidden" name="List-Unsubscribe" value="One-Click">' in html
    assert '<button type="submit">Unsubscribe</button>' in html
    assert '<meta name="referrer" content="no-referrer">' in html


def test_every_fault_is_a_mail_error():
    for error in (HeaderError, RenderError, TooLargeError):
        assert issubclass(error, MailError)
