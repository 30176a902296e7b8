"""What leaves for SES."""
# ruff: noqa: RUF001 - Russian is written in Cyrillic letters

import re
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import format_datetime, parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mail.address import ascii_address
from chalicelib.mail.errors import AddressError, HeaderError
from chalicelib.mail.mime import MAX_NAME_CHARS, build_mime
from chalicelib.mail.quoting import Literal
from chalicelib.mail.templates import CONTROL, RenderedMail

MAIL = RenderedMail("Subject", "Preheader", "<p>HTML</p>", "Text\n")
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=120)
HEADERS = {
    "Content-Type",
    "MIME-Version",
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Archived-At",
    "Feedback-ID",
    "Auto-Submitted",
}


def parsed(rendered, envelope):
    return message_from_bytes(build_mime(rendered, envelope))


def decoded(header):
    return str(make_header(decode_header(header)))


def bodies(message):
    return [
        part.get_payload(decode=True).decode().replace("\r\n", "\n")
        for part in message.get_payload()
    ]


def test_the_headers_are_what_mail_providers_ask_of_bulk_senders(envelope):
    message = parsed(MAIL, envelope())
    assert message["From"] == '"Vesper Miles" <hello@vesper.example.com>'
    assert message["To"] == '"Anna Sokolova" <anna@example.org>'
    assert message["Date"] == "Thu, 05 Mar 2026 12:00:00 +0000"
    assert message["Message-ID"] == "<a1b2c3@vesper.example.com>"
    assert message["List-Unsubscribe"] == "<https://miles.vesper.example.com/u/token>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Archived-At"] == "<https://miles.vesper.example.com/w/token>"
    assert message["Feedback-ID"] == "welcome:airline-bonus:milepost"
    assert message["Auto-Submitted"] == "auto-generated"
    assert set(message.keys()) == HEADERS


def test_text_comes_before_html_and_both_survive_the_journey(envelope):
    mail = RenderedMail("s", "p", "<p>Привет, x=1</p>\n", "Привет, мили\nещё строка\n")
    message = parsed(mail, envelope())
    assert message.get_content_type() == "multipart/alternative"
    kinds = [
        (part.get_content_type(), part.get_content_charset()) for part in message.get_payload()
    ]
    assert kinds == [("text/plain", "utf-8"), ("text/html", "utf-8")]
    assert bodies(message) == [mail.text, mail.html]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Hello from under the evening star ✦", "quoted-printable"), ("Здравствуйте", "base64")],
)
def test_a_body_takes_the_shorter_seven_bit_encoding(envelope, text, encoding):
    message = parsed(RenderedMail("s", "p", text, text), envelope())
    assert [part["Content-Transfer-Encoding"] for part in message.get_payload()] == [encoding] * 2


def test_the_same_mail_gives_the_same_bytes(envelope):
    assert build_mime(MAIL, envelope()) == build_mime(MAIL, envelope())


def test_a_real_mail_is_seven_bit_with_no_line_too_long(shipped, values, envelope):
    raw = build_mime(shipped.render("collect", "ru", values()), envelope(recipient_name="Анна"))
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert raw.count(b"\n") == raw.count(b"\r\n")


def test_a_long_url_stays_on_one_line_and_is_not_encoded(envelope):
    url = f"https://example.com/u/{'a' * 800}"
    assert (
        f"List-Unsubscribe: <{url}>\r\n" in build_mime(MAIL, envelope(unsubscribe_url=url)).decode()
    )


@given(name=ANY_TEXT, subject=ANY_TEXT, text=ANY_TEXT)
def test_no_name_and_no_text_breaks_a_message_or_adds_a_header(envelope, name, subject, text):
    subject = " ".join(subject.split())
    rendered = RenderedMail(subject, "", f"<p>{text}</p>".encode("utf-8", "replace").decode(), "x")
    try:
        raw = build_mime(rendered, envelope(recipient_name=name, sender_name=name))
    except HeaderError:
        assert any(ord(character) < 0xA0 for character in subject)
        return
    assert raw.isascii()
    message = message_from_bytes(raw)
    assert set(message.keys()) == HEADERS
    assert parseaddr(message["To"])[1] == "anna@example.org"
    assert parseaddr(message["From"])[1] == "hello@vesper.example.com"
    assert not message.defects
    assert (
        decoded(message["Subject"]).split() == subject.encode("utf-8", "replace").decode().split()
    )


@given(
    subject=ANY_TEXT.map(lambda text: " ".join(CONTROL.sub(" ", text).split())),
    name=ANY_TEXT,
    text=ANY_TEXT,
    html=st.lists(ANY_TEXT | ANY_TEXT.map(Literal), max_size=8),
)
def test_what_goes_in_comes_out_of_any_mail_program(envelope, subject, name, text, html):
    mail = RenderedMail(subject, "", "".join(html), text, tuple(html))
    raw = build_mime(mail, envelope(recipient_name=name, sender_name=name))
    assert_fit_to_travel(raw)
    message = message_from_bytes(raw, policy=default)
    assert not message.defects
    assert message["Subject"] == carried(subject)
    assert message["To"].addresses[0].addr_spec == "anna@example.org"
    one_line = " ".join(CONTROL.sub(" ", name).split())[:MAX_NAME_CHARS].strip()
    assert name_in(message_from_bytes(raw)["To"]) == carried(one_line)
    parts = [part.get_payload(decode=True).decode() for part in message.iter_parts()]
    assert parts == [on_the_wire([text]), on_the_wire(html)]


def assert_fit_to_travel(raw):
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    head, *bodies = raw.split(b"\r\n\r\n")
    for line in b"\r\n".join(bodies).split(b"\r\n"):
        assert len(line) <= 76
        assert not line.endswith((b" ", b"\t"))
    for line in head.split(b"\r\n"):
        assert len(line) <= 76 or b"=?utf-8?b?" not in line


def name_in(header):
    """The name before the address; the newer parser puts spaces between the words of a name."""
    quoted, _ = parseaddr(str(header))
    return decoded(quoted) if "=?" in quoted else quoted


def carried(text):
    return text.encode("utf-8", "replace").decode()


def on_the_wire(pieces):
    """Whichever way a line ends, it travels with CR and LF; a piece ends no line by halves."""
    return "".join(re.sub("\r\n?|\n", "\r\n", carried(piece)) for piece in pieces)


@pytest.mark.parametrize("length", range(160))
def test_lines_of_every_length_are_folded_where_they_may_be(envelope, length):
    """The places where an encoder is off by one: at the end of a line, of a word, of a piece."""
    for character in "a=é✦ 😀.":
        pieces = [character * length, Literal(character * (length // 2)), "\n"]
        mail = RenderedMail(f"x{character * length}x", "", "".join(pieces), "", tuple(pieces))
        raw = build_mime(mail, envelope(recipient_name=character * min(length, 100)))
        assert_fit_to_travel(raw)
        message = message_from_bytes(raw)
        assert decoded(message["Subject"]) == mail.subject
        assert bodies(message) == ["", mail.html]


@given(
    name=st.text(
        st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=MAX_NAME_CHARS
    )
)
def test_a_name_in_any_script_arrives_as_it_was(envelope, name):
    header = parsed(MAIL, envelope(recipient_name=name))["To"]
    display = parseaddr(header)[0] if header.startswith('"') else header.rpartition(" <")[0]
    assert decoded(display) == name


@pytest.mark.parametrize(
    "name", ["A\r\nBcc: eve@example.org", "A\nBcc: eve@example.org", "A\x00B", "A\u2028B"]
)
def test_a_name_with_line_breaks_becomes_one_line(envelope, name):
    message = parsed(MAIL, envelope(recipient_name=name))
    assert message["Bcc"] is None
    assert message["To"].startswith('"A B')


def test_a_name_that_looks_like_an_address_stays_a_name(envelope):
    message = parsed(MAIL, envelope(recipient_name='"x" <eve@example.org>, '))
    assert parseaddr(message["To"]) == ('"x" <eve@example.org>,', "anna@example.org")


def test_a_member_without_a_name_is_addressed_without_one(envelope):
    assert parsed(MAIL, envelope(recipient_name=" \n"))["To"] == "anna@example.org"


def test_replies_go_where_the_programme_wants_them(envelope):
    assert (
        parsed(MAIL, envelope(reply_to="help@vesper.example.com"))["Reply-To"]
        == "help@vesper.example.com"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"unsubscribe_url": "http://example.com/u"},
        {"unsubscribe_url": "mailto:x@example.com"},
        {"unsubscribe_url": "https://"},
        {"unsubscribe_url": "https://[::1"},
        {"unsubscribe_url": "https://example.com/u>\r\nBcc: x@example.org"},
        {"unsubscribe_url": "https://example.com/a b"},
        {"unsubscribe_url": "https://example.com/<>"},
        {"unsubscribe_url": "https://example.com/мили"},
        {"unsubscribe_url": f"https://example.com/{'a' * 900}"},
        {"web_copy_url": "javascript:alert(1)"},
        {"web_copy_url": "http://localhost.example.com/"},
        {"message_key": "a@b"},
        {"message_key": ""},
        {"message_key": "a\r\nBcc: x"},
        {"feedback_id": ()},
        {"feedback_id": ("a", "b", "c", "d", "e")},
        {"feedback_id": ("a:b",)},
        {"feedback_id": ("a\nb",)},
        {"date": datetime(2026, 3, 5)},  # noqa: DTZ001 - a time without a zone is the point
    ],
)
def test_what_no_header_may_hold_is_refused(envelope, change):
    with pytest.raises(HeaderError):
        build_mime(MAIL, envelope(**change))


@pytest.mark.parametrize(
    "subject", ["a\r\nBcc: x@example.org", "a\nb", "a\x00b", "a\x85b", "a\u2029b"]
)
def test_a_subject_with_control_characters_is_refused(envelope, subject):
    with pytest.raises(HeaderError, match="Subject"):
        build_mime(RenderedMail(subject, "", "", ""), envelope())


@pytest.mark.parametrize(
    "url", ["http://localhost:8000/u/t", "http://127.0.0.1/u", "http://[::1]:80/u"]
)
def test_plain_http_is_for_the_developers_own_machine(envelope, url):
    assert parsed(MAIL, envelope(unsubscribe_url=url))["List-Unsubscribe"] == f"<{url}>"


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("anna@example.org", "anna@example.org"),
        ("Anna.O'Hara+miles@Example.ORG", "Anna.O'Hara+miles@example.org"),
        ("anna@почта.рф", "anna@xn--80a1acny.xn--p1ai"),
        ("anna@xn--80a1acny.xn--p1ai", "anna@xn--80a1acny.xn--p1ai"),
        ("anna@MÜNCHEN.de", "anna@xn--mnchen-3ya.de"),
    ],
)
def test_a_domain_is_written_in_punycode(address, written):
    assert ascii_address(address) == written


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "@example.org",
        "anna@",
        "anna@localhost",
        "анна@example.org",
        "a b@example.org",
        '"a b"@example.org',
        ".anna@example.org",
        "an..na@example.org",
        "anna@exa mple.org",
        "anna@-example.org",
        "anna@example..org",
        "anna@straße.de",
        "anna@example.org\r\nBcc: x@example.org",
        "anna@example.org\n",
        "anna@[127.0.0.1]",
        f"{'a' * 65}@example.org",
        f"anna@{'a' * 64}.org",
        f"anna@{'.'.join(['a' * 60] * 5)}.org",
    ],
)
def test_an_address_ses_cannot_send_to_is_refused(address):
    with pytest.raises(AddressError):
        ascii_address(address)


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_any_text_is_either_an_ascii_address_or_refused(text):
    for address in (text, f"anna@{text}", f"{text}@example.org"):
        try:
            written = ascii_address(address)
        except AddressError:
            continue
        assert written.isascii()
        assert written.isprintable()
        assert " " not in written


def test_the_date_is_given_not_taken(envelope):
    later = datetime(2030, 1, 1, tzinfo=UTC)
    assert parsed(MAIL, envelope(date=later))["Date"] == "Tue, 01 Jan 2030 00:00:00 +0000"


@given(
    st.datetimes(
        timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
    )
)
def test_a_date_is_written_as_the_standard_has_it(envelope, date):
    assert parsed(MAIL, envelope(date=date))["Date"] == format_datetime(date)


@pytest.mark.parametrize("size", [0, 1, 56, 57, 58, 113, 114, 115])
def test_a_subject_that_looks_encoded_is_encoded_and_a_long_one_too(envelope, size):
    for subject in (f"=?utf-8?b?{'x' * size}?=", "a b" * 400):
        raw = build_mime(RenderedMail(subject, "", "", ""), envelope())
        assert_fit_to_travel(raw)
        assert decoded(message_from_bytes(raw)["Subject"]) == subject
