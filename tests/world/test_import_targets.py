"""Where members may be sent, and what comes back."""

import pytest
from importing import SECRET, Server, world_file

from chalicelib.world.import_targets import HttpTarget, UnreachableError, base_url, running_world


def test_an_engine_at_a_url_gets_the_headers_and_the_bytes():
    with Server([(202, {}, b'{"accepted": 1}')]) as server:
        target = HttpTarget(f"{server.url}/prod/", timeout_seconds=5)
        assert target.post("/v1/x", {"webhook-id": "a"}, b"{}") == (202, b'{"accepted": 1}')
    [(path, headers, body)] = server.got
    assert (path, headers["webhook-id"], body) == ("/prod/v1/x", "a", b"{}")


@pytest.mark.parametrize("status", [302, 401, 422, 503])
def test_an_answer_that_is_no_success_is_an_answer_and_no_redirect_is_followed(status):
    with Server([(status, {"Location": "/elsewhere"}, b"why")]) as server:
        assert HttpTarget(server.url, 5).post("/v1/x", {}, b"{}") == (status, b"why")
    assert len(server.got) == 1


def test_no_answer_is_a_fault_that_may_pass():
    with Server([]) as server:
        url = server.url
    with pytest.raises(UnreachableError, match="does not answer"):
        HttpTarget(url, 5).post("/v1/x", {}, b"{}")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a",
        "file:///etc/passwd",
        "example.com",
        "https://",
        "http://example.com",
        "https://a?b",
    ],
)
def test_members_are_not_sent_to_what_is_no_safe_base_url(url):
    with pytest.raises(ValueError, match="https"):
        base_url(url)


def test_the_running_world_is_found_by_its_file(tmp_path):
    with Server([]) as server:
        found = running_world(world_file(tmp_path, url=server.url))
    assert (found.partner, found.secret) == ("demo", SECRET)
    assert server.url in found.name


@pytest.mark.parametrize(
    "changes", [{}, {"pid": 2**22 + 5}, {"pid": "1"}, {"pid": 0}, {"pid": 2**80}, {"url": "?"}]
)
def test_a_world_that_is_gone_is_none(tmp_path, changes):
    assert running_world(world_file(tmp_path, **changes)) is None
    assert running_world(tmp_path / "nothing.json") is None


def test_a_process_that_is_gone_is_no_world_whoever_has_its_port_now(tmp_path):
    with Server([]) as server:
        assert running_world(world_file(tmp_path, url=server.url, pid=2**22 + 5)) is None
