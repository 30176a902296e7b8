"""What others read in our MIME: two parsers that share no code, over any text in any script.

One is Python's own with the policy of modern mail; the other is written in Rust, and set to
refuse whatever it would have to repair.
"""

from email import message_from_bytes
from email.policy import default

import pytest
from fast_mail_parser import parse_email
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.mime import MAX_NAME_CHARS, build_mime
from chalicelib.mail.templates import CONTROL, RenderedMail

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=120)
ONE_LINE = ANY_TEXT.map(lambda text: " ".join(CONTROL.sub(" ", text).split()))
SCRIPTS = {
    "russian": "Здравствуйте, Анна: 24 215 миль ждут вас до конца месяца, не пропустите их",
    "kazakh": "Құрметті Әйгерім, сізге ұшақ билеті үшін мильдер берілді: өңірлер мен қалалар",
    "arabic": "مرحبا يا آنا، لديك أميال مجانية في انتظارك حتى نهاية هذا الشهر فلا تفوتها",
    "hebrew": "שלום אנה, המיילים שלך מחכים לך עד סוף החודש",
    "chinese": "您好,安娜:您的里程将于本月底到期,请尽快登录您的个人账户查看并使用这些里程",
    "japanese": "アンナ様、マイルの有効期限は今月末です。お早めにご確認ください。",
    "hindi": "नमस्ते अन्ना, आपके मील इस महीने के अंत तक आपका इंतज़ार कर रहे हैं",
    "thai": "สวัสดีแอนนา ไมล์ของคุณรออยู่จนถึงสิ้นเดือนนี้",
    "emoji": "🛫 500 miles 🎁 for 👩🏽‍✈️ and 🏴󠁧󠁢󠁥󠁮󠁧󠁿 and 👨‍👩‍👧‍👦, ❤️‍🔥" * 2,
    "combining": "Zürich Ame\u0301lie n\u0303 o\u0308" * 4,
    "looks encoded": "=?utf-8?q?no?= =?x",
    "quotes and commas": 'Vesper "Miles", Ltd. <news@example.org>; (a) \\ b',
    "long": "a word and another " * 40,
}


def by_python(raw):
    """Subject, text, HTML, and the address lines."""
    message = message_from_bytes(raw, policy=default)
    assert not message.defects
    bodies = [part.get_content() for part in message.iter_parts()]
    return message["Subject"], *bodies


def by_rust(raw):
    message = parse_email(raw, strict=True)
    assert message.warnings == []
    [text], [html] = message.text_plain, message.text_html
    return message.subject, text, html


def unix(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(subject=ONE_LINE, name=ANY_TEXT, text=ANY_TEXT, html=ANY_TEXT)
def test_both_read_what_was_written(envelope, subject, name, text, html):
    mail = RenderedMail(subject, "", html, text)
    raw = build_mime(mail, envelope(recipient_name=name, sender_name=name))
    for read in (by_python, by_rust):
        their_subject, *bodies = read(raw)
        assert their_subject == subject
        assert [unix(body).rstrip("\n") for body in bodies] == [
            unix(body).rstrip("\n") for body in (text, html)
        ]


@given(name=ANY_TEXT)
def test_both_read_the_same_sender_and_recipient(envelope, name):
    raw = build_mime(
        RenderedMail("s", "", "h", "t"), envelope(recipient_name=name, sender_name=name)
    )
    told = parse_email(raw, strict=True)
    shown = " ".join(CONTROL.sub(" ", name).split())[:MAX_NAME_CHARS].strip()
    sender, [recipient] = told.from_, told.to
    assert (sender.address, recipient.address) == ("hello@vesper.example.com", "anna@example.org")
    assert (sender.display_name or "", recipient.display_name or "") == (shown, shown)
    message = message_from_bytes(raw, policy=default)
    assert [each.addr_spec for each in message["From"].addresses] == [sender.address]
    assert [each.addr_spec for each in message["To"].addresses] == [recipient.address]


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_a_subject_and_a_sender_are_read_in_any_script(envelope, text):
    name = text[:MAX_NAME_CHARS].strip()
    raw = build_mime(RenderedMail(text.strip(), "", "h", "t"), envelope(sender_name=name))
    assert by_python(raw)[0] == by_rust(raw)[0] == text.strip()
    assert parse_email(raw, strict=True).from_.display_name == name
    for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n"):
        assert len(line) <= (76 if b"=?" in line else 998)


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_each_encoded_word_is_whole_characters(envelope, text):
    """RFC 2047 forbids a character to be in two words: some readers decode each alone."""
    raw = build_mime(RenderedMail(text.strip(), "", "h", "t"), envelope(sender_name=text))
    words = [word for word in raw.split(b"\r\n\r\n")[0].split() if word.startswith(b"=?utf-8?b?")]
    for word in words:
        message = b"Subject: " + word + b"\r\n\r\n"
        assert (
            "\N{REPLACEMENT CHARACTER}"
            not in message_from_bytes(message, policy=default)["Subject"]
        )
