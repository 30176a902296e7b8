"""Partners come in, change their secrets with two live ones at most, and go."""

import json
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from operations.stages import OTHER_SECRET, SECRET, STAGE, THIRD_SECRET

from chalicelib.adapters.webhooks import check_secret, new_secret
from chalicelib.operations.aws_faults import OperationError
from chalicelib.operations.partner_secrets import (
    MOST_LIVE,
    PartnerSecrets,
    added,
    retired,
    rotated,
)

NAME = f"/milepost/{STAGE}/partner-secrets"


@pytest.fixture
def secrets(ground):
    """The stage's partners: crm, with one secret."""
    return PartnerSecrets(ground.clients.ssm, STAGE)


def stored(ground):
    told = ground.clients.ssm.get_parameter(Name=NAME, WithDecryption=True)["Parameter"]
    return json.loads(told["Value"])


def test_a_new_partner_gets_a_secret_of_32_bytes_and_the_others_keep_theirs(ground, secrets):
    secret = secrets.add("shop")
    check_secret(secret)
    assert len(secret) == len("whsec_") + 44
    assert stored(ground) == {"crm": [SECRET], "shop": [secret]}


def test_no_two_secrets_are_the_same():
    assert len({new_secret() for _ in range(100)}) == 100


def test_a_rotation_puts_the_new_secret_first_and_keeps_the_former(ground, secrets):
    secret = secrets.rotate("crm")
    assert stored(ground) == {"crm": [secret, SECRET]}


def test_a_second_rotation_waits_until_the_older_secret_is_retired(ground, secrets):
    newest = secrets.rotate("crm")
    with pytest.raises(OperationError, match="retire"):
        secrets.rotate("crm")
    secrets.retire("crm")
    assert stored(ground) == {"crm": [newest]}
    secrets.rotate("crm")


def test_the_only_secret_is_retired_on_purpose_alone(ground, secrets):
    with pytest.raises(OperationError, match="--last"):
        secrets.retire("crm")
    assert stored(ground) == {"crm": [SECRET]}
    assert secrets.retire("crm", last=True) == {}
    assert stored(ground) == {}


def test_last_takes_the_older_secret_only_when_there_are_two():
    assert retired({"crm": [SECRET, OTHER_SECRET]}, "crm", last=True) == {"crm": [SECRET]}


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a#b", "-a", "ä", "a" * 65, "a\n"])
def test_a_name_that_can_not_stand_in_a_path_is_refused(name):
    with pytest.raises(OperationError, match="can't be a partner's name"):
        added({}, name, SECRET)


@pytest.mark.parametrize("name", ["gift", "merge", "operator"])
def test_a_name_that_the_engine_books_under_itself_is_refused(name):
    with pytest.raises(OperationError, match=f"{name} can't be a partner's name: the engine books"):
        added({}, name, SECRET)


@pytest.mark.parametrize("act", [rotated, lambda known, name, _: retired(known, name)])
def test_who_is_no_partner_is_told_who_is(act):
    with pytest.raises(OperationError, match="Partners are: crm, shop"):
        act({"shop": [SECRET], "crm": [SECRET]}, "krm", SECRET)


def test_a_partner_is_not_let_in_twice():
    with pytest.raises(OperationError, match="a partner already"):
        added({"crm": [SECRET]}, "crm", OTHER_SECRET)


acts = st.lists(
    st.tuples(st.sampled_from(["add", "rotate", "retire", "last"]), st.sampled_from("ab"))
)


@given(acts)
def test_whatever_is_done_in_whatever_order_a_partner_has_one_or_two_secrets_of_its_own(acts):
    partners, fresh = {}, map(str, count())
    for act, name in acts:
        before = partners
        try:
            match act:
                case "add":
                    partners = added(partners, name, next(fresh))
                case "rotate":
                    partners = rotated(partners, name, next(fresh))
                case _:
                    partners = retired(partners, name, last=act == "last")
        except OperationError:
            assert partners is before
        assert all(1 <= len(each) <= MOST_LIVE for each in partners.values())
        live = [secret for each in partners.values() for secret in each]
        assert len(live) == len(set(live))
        for other in before.keys() - {name}:
            assert partners[other] == before[other]


def test_a_change_that_comes_between_reading_and_writing_is_not_overwritten(ground, secrets):
    """Somebody else's partner comes in while ours is being let in."""

    def meanwhile(_):
        theirs = json.dumps({"crm": [SECRET], "theirs": [THIRD_SECRET]})
        ground.put("partner-secrets", theirs)

    ground.answers.give("ssm", "DescribeParameters", meanwhile)
    with pytest.raises(OperationError, match="Try again"):
        secrets.add("ours")
    assert set(stored(ground)) == {"crm", "theirs"}


def test_a_write_at_the_very_same_moment_is_noticed_and_both_versions_are_named(ground, secrets):
    raced = []

    def meanwhile(_):
        if not raced:
            raced.append(True)
            ground.put("partner-secrets", json.dumps({"theirs": [THIRD_SECRET]}))

    ground.answers.give("ssm", "PutParameter", meanwhile)
    with pytest.raises(OperationError, match="Compare version 2 with 3"):
        secrets.add("ours")


def test_the_key_that_encrypts_the_parameter_stays(ground, secrets):
    ground.clients.ssm.delete_parameter(Name=NAME)
    ground.clients.ssm.put_parameter(
        Name=NAME, Value="{}", Type="SecureString", KeyId="alias/our-own"
    )
    secrets.add("shop")
    filters = [{"Key": "Name", "Values": [NAME]}]
    [described] = ground.clients.ssm.describe_parameters(ParameterFilters=filters)["Parameters"]
    assert described["KeyId"] == "alias/our-own"


@pytest.mark.parametrize("value", ["{", "[]", '"whsec_x"', '{"crm": "whsec_x"}', '{"crm": null}'])
def test_a_parameter_that_is_none_is_told_without_its_content(ground, secrets, value):
    ground.put("partner-secrets", value)
    with pytest.raises(OperationError, match="Put it right by hand") as caught:
        secrets.all()
    assert "whsec_x" not in str(caught.value)


def test_a_stage_without_the_parameter_is_told_to_deploy(ground, secrets):
    ground.clients.ssm.delete_parameter(Name=NAME)
    with pytest.raises(OperationError, match="make deploy STAGE=test"):
        secrets.all()
