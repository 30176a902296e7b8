import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import step_keys

from chalicelib.adapters.tokens import HmacTokens, TokenError
from chalicelib.domain.feedback import StepKey
from chalicelib.usecases.ports import TokenPurpose

OLD, NEW = b"o" * 32, b"n" * 32
TOKENS = HmacTokens({"k1": OLD})
KEY = StepKey(member_id="a" * 26, journey="welcome", entry=1, step="reminder")
purposes = st.sampled_from(TokenPurpose)
ALPHABET = "abcXYZ019_.~-"


@given(purposes, step_keys)
def test_a_token_speaks_for_whom_it_was_issued(purpose, key):
    token = TOKENS.issue(purpose, key)
    assert re.fullmatch(r"[A-Za-z0-9_.~-]+", token)
    assert TOKENS.read(purpose, token) == key


@given(step_keys)
def test_a_token_of_one_purpose_fails_for_every_other(key):
    for issued in TokenPurpose:
        for asked in TokenPurpose:
            found = TOKENS.read(asked, TOKENS.issue(issued, key))
            assert found == (key if asked is issued else None)


@given(purposes, st.text() | st.text(ALPHABET) | st.from_regex(r"k1\.[a-z~0-9]+\.[A-Za-z0-9_-]+"))
def test_whatever_comes_that_was_not_issued_speaks_for_nobody(purpose, token):
    assert TOKENS.read(purpose, token) is None


@given(st.data(), step_keys)
def test_a_token_with_one_character_changed_speaks_for_nobody(data, key):
    token = TOKENS.issue(TokenPurpose.UNSUBSCRIBE, key)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(ALPHABET).filter(lambda c: c != token[place]))
    forged = token[:place] + other + token[place + 1 :]
    assert TOKENS.read(TokenPurpose.UNSUBSCRIBE, forged) is None


@pytest.mark.parametrize("more", ["\n", " ", "=", ".", "~x", "\0", "é"])
def test_a_token_with_something_behind_it_speaks_for_nobody(more):
    token = TOKENS.issue(TokenPurpose.UNSUBSCRIBE, KEY)
    assert TOKENS.read(TokenPurpose.UNSUBSCRIBE, token + more) is None
    assert TOKENS.read(TokenPurpose.UNSUBSCRIBE, more + token) is None


def test_names_can_not_be_moved_from_one_part_to_the_next():
    token = TOKENS.issue(TokenPurpose.UNSUBSCRIBE, replace(KEY, journey="welcome-1"))
    assert TOKENS.read(TokenPurpose.UNSUBSCRIBE, token.replace("welcome-1", "welcome")) is None


def test_a_retired_secret_goes_on_verifying_old_links():
    old_link = TOKENS.issue(TokenPurpose.UNSUBSCRIBE, KEY)
    both = HmacTokens({"k2": NEW, "k1": OLD})
    assert both.read(TokenPurpose.UNSUBSCRIBE, old_link) == KEY
    new_link = both.issue(TokenPurpose.UNSUBSCRIBE, KEY)
    assert HmacTokens({"k2": NEW}).read(TokenPurpose.UNSUBSCRIBE, new_link) == KEY
    assert HmacTokens({"k2": NEW}).read(TokenPurpose.UNSUBSCRIBE, old_link) is None


def test_the_same_key_id_with_another_secret_verifies_nothing():
    token = TOKENS.issue(TokenPurpose.UNSUBSCRIBE, KEY)
    assert HmacTokens({"k1": NEW}).read(TokenPurpose.UNSUBSCRIBE, token) is None


@pytest.mark.parametrize("step", ["", "a.b", "a~b", "über", "a b", "x" * 600])
def test_a_name_that_can_not_stand_in_a_link_is_refused(step):
    with pytest.raises(TokenError, match="link"):
        TOKENS.issue(TokenPurpose.UNSUBSCRIBE, replace(KEY, step=step))


@pytest.mark.parametrize("secrets", [{}, {"k1": b"short"}, {"": NEW}, {"a.b": NEW}])
def test_secrets_that_can_not_sign_are_refused(secrets):
    with pytest.raises(TokenError):
        HmacTokens(secrets)
