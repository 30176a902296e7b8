"""What a link tells its site, and that nothing else in the link changes."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.arms import Arm
from chalicelib.domain.tracking import Tracking, tracked

UTM = {
    "utm_source": "airline-bonus",
    "utm_medium": "email",
    "utm_campaign": "welcome",
    "utm_content": "reminder",
    "utm_term": "treated",
}
QUERY = (
    "utm_source=airline-bonus&utm_medium=email&utm_campaign=welcome&utm_content=reminder"
    "&utm_term=treated"
)
# Whatever a person may paste, and a bit more: Cyrillic, percent signs, odd separators.
pieces = st.lists(
    st.sampled_from([*"aZ9-._~/:@!$'()*+,;=%&?", "%D0%9F", "utm_source=", "п", "漢", "é", "["]),
    max_size=12,
).map("".join)
urls = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["https://", "http://", "HTTPS://"]),
    st.sampled_from(["example.com", "почта.рф", "xn--80a1acny.xn--p1ai:8443", "a.b@c.org"]),
    pieces.map(lambda text: f"/{text}") | st.just(""),
    pieces.map(lambda text: f"?{text}") | st.just(""),
    pieces.map(lambda text: f"#{text}?#&=") | st.just(""),
)
parameters = st.dictionaries(st.sampled_from([*UTM, "a", "é&"]), st.text(max_size=8), max_size=6)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/app", f"https://example.com/app?{QUERY}"),
        ("https://example.com", f"https://example.com?{QUERY}"),
        ("https://example.com/?a=1", f"https://example.com/?a=1&{QUERY}"),
        ("https://example.com/?", f"https://example.com/?{QUERY}"),
        ("https://example.com/?a=1&", f"https://example.com/?a=1&{QUERY}"),
        ("https://example.com/#/way?a=1", f"https://example.com/?{QUERY}#/way?a=1"),
        ("https://почта.рф/мили%20?я", f"https://почта.рф/мили%20?я&{QUERY}"),
    ],
)
def test_the_parameters_come_behind_the_query_and_before_the_fragment(url, expected):
    assert tracked(url, UTM) == expected


def test_what_the_author_of_a_link_wrote_wins():
    url = "https://example.com/?utm_source=poster&utm%5Fmedium=print&utm_campaign"
    assert tracked(url, UTM) == f"{url}&utm_content=reminder&utm_term=treated"


@pytest.mark.parametrize(
    "url",
    ["mailto:help@example.com?subject=a", "tel:+70000000", "", "#top", "/m/mail/t", "ftp://a.b/?c"],
)
def test_only_web_links_tell_anything(url):
    assert tracked(url, UTM) == url


@given(url=urls, given_parameters=parameters)
def test_a_link_that_has_its_parameters_is_left_alone(url, given_parameters):
    once = tracked(url, given_parameters)
    assert tracked(once, given_parameters) == once


@given(url=urls, given_parameters=parameters)
def test_every_byte_of_a_link_stays_where_it_was(url, given_parameters):
    address, _, fragment = url.partition("#")
    result, _, result_fragment = tracked(url, given_parameters).partition("#")
    assert result.startswith(address)
    assert result_fragment == fragment
    added = result.removeprefix(address)
    assert added.isascii()
    assert not set(added) & set("#/ <>\"'\\")


@given(url=urls, given_parameters=parameters)
def test_a_site_reads_what_it_read_before_and_each_parameter_once(url, given_parameters):
    address = url.partition("#")[0]
    before = pairs_of(address)
    after = pairs_of(tracked(url, given_parameters).partition("#")[0])
    assert after[: len(before)] == before
    names = {name for name, _ in before}
    missing = {name: text for name, text in given_parameters.items() if name not in names}
    assert sorted(after[len(before) :]) == sorted(missing.items())


def pairs_of(address):
    return parse_qsl(address.partition("?")[2], keep_blank_values=True)


@given(url=urls)
def test_a_link_leads_to_the_same_host(url):
    assert hostname(tracked(url, UTM)) == hostname(url)


def hostname(url):
    return urlsplit(url.replace("[", "").replace("]", "")).hostname


@given(names=st.sets(st.sampled_from("abcdef")), untracked=st.frozensets(st.sampled_from("abcxyz")))
def test_a_programmes_links_tell_journey_step_and_arm_but_those_that_tell_nothing(names, untracked):
    urls = {name: f"https://example.com/{name}" for name in names}
    tracking = Tracking(source="airline-bonus", untracked=untracked)
    links = tracking.links(urls, "welcome", "reminder", Arm.TREATED)
    assert links == {
        name: url if name in untracked else f"{url}?{QUERY}" for name, url in urls.items()
    }
