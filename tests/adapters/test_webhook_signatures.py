from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from chalicelib.adapters.webhooks import (
    PartnerWebhooks,
    WebhookSecretError,
    check_secret,
    verify,
)
from chalicelib.usecases.signatures import (
    MalformedSignatureError,
    NotAuthenticError,
    SignatureError,
    UnknownPartnerError,
)

SECRET = "whsec_" + b64encode(b"s" * 32).decode()
OTHER = "whsec_" + b64encode(b"o" * 24).decode()
BODY = '{"events": ["é"]}'.encode()

NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")
hostile_values = (
    st.text(max_size=80)
    | st.from_regex(r"[0-9]{10}")
    | st.from_regex(r"v1,[A-Za-z0-9+/]{0,44}={0,3}( v1a?,.*)?")
    | st.sampled_from(["v1", "v1,", ",", "v1,a", "v1,=", "v1,AAA", "v2,AAAA v1", "1e9", "٣" * 10])
)


def signed(
    body: bytes = BODY, secret: str = SECRET, late: timedelta = timedelta(0), id_: str = "msg_1"
) -> dict:
    at = datetime.now(UTC) + late
    signature = Webhook(secret).sign(id_, at, body.decode())
    timestamp = str(int(at.timestamp()))
    return dict(zip(NAMES, (id_, timestamp, signature), strict=True))


def test_a_webhook_that_its_partner_signed_is_taken():
    assert verify(signed(), BODY, [SECRET]) == "msg_1"


def test_headers_are_found_however_they_are_written():
    headers = {name.title(): value for name, value in signed().items()}
    assert verify(headers, BODY, [SECRET]) == "msg_1"


def test_while_secrets_are_exchanged_both_are_good():
    for secret in (SECRET, OTHER):
        assert verify(signed(secret=secret), BODY, [OTHER, SECRET]) == "msg_1"


def test_one_right_signature_of_several_is_enough():
    headers = signed()
    wrong = "v1," + b64encode(b"x" * 32).decode()
    headers["webhook-signature"] = f"{wrong} v1a,AAAA {headers['webhook-signature']}"
    assert verify(headers, BODY, [SECRET]) == "msg_1"


@pytest.mark.parametrize("late", [timedelta(minutes=-6), timedelta(minutes=6)])
def test_a_webhook_far_from_now_is_not_authentic(late):
    with pytest.raises(NotAuthenticError, match="Message timestamp too"):
        verify(signed(late=late), BODY, [SECRET])


def test_a_changed_body_is_not_authentic():
    with pytest.raises(NotAuthenticError, match="No matching signature"):
        verify(signed(), BODY + b" ", [SECRET])


def test_the_secret_of_another_partner_is_not_authentic():
    with pytest.raises(NotAuthenticError):
        verify(signed(secret=OTHER), BODY, [SECRET])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "value", ["", " ", "a.b", "12345678901", "1e9", "v1", "v1,AAA", "v1,AAAA\n", "v1,AAAA  v1,A"]
)
def test_a_header_that_is_not_what_it_should_be_is_malformed_or_wrong(name, value):
    with pytest.raises(SignatureError):
        verify(signed() | {name: value}, BODY, [SECRET])


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_header_is_named(name):
    headers = {key: value for key, value in signed().items() if key != name}
    with pytest.raises(MalformedSignatureError, match=name):
        verify(headers, BODY, [SECRET])


def test_a_header_without_end_is_malformed():
    with pytest.raises(MalformedSignatureError, match="webhook-signature"):
        verify(signed() | {"webhook-signature": "v1,AAAA" + " v1,AAAA" * 1000}, BODY, [SECRET])


@pytest.mark.parametrize("id_", ["msg.1", "msg 1", "m" * 65, "msg_1\n", "é"])
def test_an_id_out_of_grammar_is_malformed_even_when_it_is_signed(id_):
    with pytest.raises(MalformedSignatureError, match="webhook-id"):
        verify(signed(id_=id_), BODY, [SECRET])


def test_what_the_body_says_is_not_looked_at():
    assert verify(signed(b"no JSON"), b"no JSON", [SECRET]) == "msg_1"


def test_a_body_that_is_no_text_is_malformed():
    with pytest.raises(MalformedSignatureError, match="UTF-8"):
        verify(signed(), b"\xff\xfe", [SECRET])


@given(
    headers=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), hostile_values),
    body=st.binary(max_size=100),
)
def test_nothing_hostile_makes_it_raise_anything_else(headers, body):
    with pytest.raises(SignatureError):
        verify(headers, body, [SECRET])


@given(name=st.sampled_from(NAMES), value=hostile_values, body=st.sampled_from([BODY, b"\xff"]))
def test_one_hostile_header_among_right_ones_makes_it_raise_nothing_else(name, value, body):
    with pytest.raises(SignatureError):
        verify(signed() | {name: value}, body, [OTHER, SECRET])


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_!",
        "whsec_" + b64encode(b"x" * 23).decode(),
        "whsec_" + b64encode(b"x" * 65).decode(),
        b64encode(b"x" * 32).decode(),
    ],
)
def test_a_secret_that_is_none_is_our_own_mistake(secret):
    with pytest.raises(WebhookSecretError, match="whsec_"):
        check_secret(secret)


def test_a_secret_may_come_without_padding():
    check_secret("whsec_" + b64encode(b"x" * 32).decode().rstrip("="))


def test_each_partner_has_secrets_of_its_own():
    webhooks = PartnerWebhooks({"shop": [SECRET], "app": [OTHER]})
    assert webhooks.verify("shop", signed(), BODY) == "msg_1"
    with pytest.raises(NotAuthenticError):
        webhooks.verify("app", signed(), BODY)


@pytest.mark.parametrize("partner", ["stranger", "", "closed"])
def test_a_partner_without_a_secret_is_unknown(partner):
    with pytest.raises(UnknownPartnerError, match="No signing secret"):
        PartnerWebhooks({"shop": [SECRET], "closed": []}).verify(partner, signed(), BODY)


def test_a_wrong_secret_is_found_before_the_first_webhook():
    with pytest.raises(WebhookSecretError):
        PartnerWebhooks({"shop": [SECRET, "whsec_short"]})
