"""What a member is called changes the words of a mail, never its parts: escaping, as a property.

Two renderings are compared by a parser of HTML: one with values that mean harm or chance upon it,
one with plain words. Elements, attributes and comments are the same, and so is where links lead.
"""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail.conftest import CHOICES, SHIPPED

from chalicelib.handlers.event_schema import JoinedData
from chalicelib.mail.errors import HeaderError
from chalicelib.mail.template import MAX_BODY_BYTES

MAILS = sorted(path.name for path in (SHIPPED / "mails").iterdir() if path.is_dir())
PAGES = sorted(path.stem for path in (SHIPPED / "pages").glob("*.html"))
TOLD = ("first_name", "last_name", "name_on_card", "card", "home_airport", "tier")
"""What partners tell in words of their own."""
HOSTILE = [
    "<script>alert(1)</script>",
    "</title></style></head><body onload=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "--><![endif]--><svg/onload=alert(1)>",
    "<![CDATA[x]]>",
    "{{ 7 * 7 }}{% if 1 %}",
    "%(name)s %s {0} ${x} `x`",
    "&lt;b&gt; &amp; &#60;i&#62; &",
    "\u202e\u2066evil\u2069 \u0000 \u2028",
    "<mj-text>x</mj-text>",
    "javascript:alert(1)",
]
words = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=()), min_size=1)
languages = st.sampled_from(["en", "ru"])


class Structure(HTMLParser):
    """Everything but the text: elements with their attributes, comments, declarations."""

    def __init__(self, html):
        super().__init__()
        self.parts = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.parts.append(("<", tag, tuple(attrs)))

    def handle_endtag(self, tag):
        self.parts.append((">", tag))

    def handle_comment(self, data):
        self.parts.append(("comment", data))

    def handle_decl(self, decl):
        self.parts.append(("declaration", decl))

    def unknown_decl(self, data):
        self.parts.append(("unknown", data))

    def handle_pi(self, data):
        self.parts.append(("instruction", data))


def elements(html):
    """The same without what the attributes say."""
    return [
        (kind, tag, *(tuple(name for name, _ in attrs) for attrs in rest))
        for kind, tag, *rest in Structure(html).parts
    ]


@pytest.mark.parametrize("mail", MAILS)
@given(told=st.fixed_dictionaries(dict.fromkeys(TOLD, words)), language=languages)
def test_no_value_of_a_member_changes_what_a_mail_is_made_of(shipped, values, mail, told, language):
    try:
        html = shipped.render(mail, language, values(**told)).html
    except HeaderError:  # one whose subject has a name in it
        return
    plain = shipped.render(mail, language, values(**dict.fromkeys(TOLD, "Anna"))).html
    assert Structure(html).parts == Structure(plain).parts


@pytest.mark.parametrize("page", PAGES)
@given(word=words, language=languages)
def test_nor_does_any_value_change_what_a_page_is_made_of(shipped, values, page, word, language):
    def shown(text):
        known = values()
        given_values = {
            "programme": dict.fromkeys(known["programme"], text),
            "links": dict.fromkeys(known["links"], f"https://example.com/{text}"),
            "choices": CHOICES,
        }
        return shipped.render_page(page, language, given_values)

    assert elements(shown(word)) == elements(shown("Anna"))


@pytest.mark.parametrize("mail", MAILS)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_longest_values_that_partners_can_tell_fit_into_every_mail(
    shipped, values, mail, language
):
    """Each is escaped to five times its length; the bounds are those of the intake."""
    told = dict.fromkeys(("first_name", "last_name", "name_on_card", "tier"), "&" * 200)
    data = {"member": {"email": "a@b.example"}, "channel": "offline", **told}
    JoinedData.model_validate(data)
    for name in told:
        with pytest.raises(ValueError, match="at most 200"):
            JoinedData.model_validate({**data, name: "&" * 201})
    most = {"redeemable": 10**12, "qualifying": -(10**12)}
    rendered = shipped.render(mail, language, values(**told, card="9" * 64, balances=most))
    assert len(rendered.html.encode()) <= MAX_BODY_BYTES
