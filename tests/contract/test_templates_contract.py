"""Templates are kept under their digests, as they were, and never overwritten by another."""

import json

import pytest
from functional.worlds import FOLDER, load_templates, shipped_programme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import TEXT

from chalicelib.adapters.template_items import (
    MAX_ITEM_BYTES,
    TemplateTooLargeError,
    template_item,
    template_of,
)
from chalicelib.usecases.current_templates import CurrentTemplates, keep_templates
from chalicelib.usecases.template_ports import SentTemplate

HELLO = {"name": "hello", "language": "en", "parts": {"subject": ["Hello, ", ["plain", "Ж"]]}}

leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT
trees = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner))


def current():
    return CurrentTemplates(shipped_programme(FOLDER), load_templates(FOLDER))


def as_json(template):
    return json.dumps(template.content, sort_keys=True)


def test_nothing_is_found_under_a_digest_that_was_never_kept(stores):
    assert stores.templates.find("aaaaaaaa") is None


def test_what_was_kept_is_found_as_it_was(stores):
    hello = SentTemplate(digest="aB3_-9xZ", content=HELLO)
    stores.templates.keep(hello)
    assert stores.templates.find(hello.digest) == hello
    assert stores.templates.find("aB3_-9xz") is None


def test_keeping_what_is_kept_changes_nothing(stores):
    hello = SentTemplate(digest="aB3_-9xZ", content=HELLO)
    stores.templates.keep(hello)
    stores.templates.keep(hello)
    assert stores.templates.find(hello.digest) == hello


def test_every_mail_of_the_shipped_programme_is_kept_once(stores):
    templates = current()
    every = list(templates.every())
    assert keep_templates(stores.templates, templates) == len(every)
    assert keep_templates(stores.templates, templates) == 0
    for each in every:
        found = stores.templates.find(each.digest)
        assert as_json(found) == as_json(each)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(TEXT, trees, max_size=4))
def test_whatever_a_template_says_survives_its_item(content):
    told = {**content, "name": "hello", "language": "en"}
    kept = SentTemplate(digest="aB3_-9xZ", content=told)
    assert template_of(template_item(kept)) == kept


def test_the_shipped_mails_take_a_twentieth_of_what_an_item_holds():
    for template in current().every():
        assert len(template_item(template)["content"]) < MAX_ITEM_BYTES / 20


def test_a_mail_that_no_item_holds_is_refused_by_name():
    noise = "".join(chr(0x4E00 + (number * 7919) % 20_000) for number in range(200_000))
    huge = SentTemplate(digest="aB3_-9xZ", content={**HELLO, "noise": noise})
    with pytest.raises(TemplateTooLargeError, match="mail hello in en takes"):
        template_item(huge)
