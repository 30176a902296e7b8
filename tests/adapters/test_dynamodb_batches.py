"""Batches of reads and writes: each question has its own answer, whatever DynamoDB leaves out."""

import pytest
from botocore.exceptions import ClientError

from chalicelib.adapters.dynamodb_batches import (
    ROUNDS,
    Batches,
    Insert,
    StatementError,
    Update,
)
from chalicelib.usecases.ports import UnavailableError


def item(name, **attributes):
    return {"PK": {"S": name}, "SK": {"S": "X"}, **attributes}


def key(name):
    return {"PK": name, "SK": "X"}


class Scripted:
    """A client that answers as scripted, operation by operation, and keeps what it was asked."""

    def __init__(self, **answers):
        self.answers = {name: list(given) for name, given in answers.items()}
        self.asked = []

    def __getattr__(self, operation):
        def call(**request):
            self.asked.append((operation, request))
            answer = self.answers[operation].pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    @property
    def operations(self):
        return [operation for operation, _ in self.asked]


def error(code, status=400):
    told = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(told, "Any")


def test_each_statement_has_its_own_answer():
    answers = [
        {},
        {"Error": {"Code": "DuplicateItem"}},
        {"Error": {"Code": "ConditionalCheckFailed"}},
        {"Error": {"Code": "ThrottlingError", "Message": "slow down"}},
        {"Error": {"Code": "InternalServerError"}},
        {"Error": {"Code": "ValidationError", "Message": "what is this"}},
    ]
    client = Scripted(batch_execute_statement=[{"Responses": answers}])
    writes = [Insert(item(str(n))) for n in range(6)]
    told = Batches(client, "t").write_all(writes)
    assert told[:3] == [True, False, False]
    assert [type(each) for each in told[3:]] == [
        UnavailableError,
        UnavailableError,
        StatementError,
    ]
    assert "what is this" in str(told[5])


def test_a_statement_says_the_whole_item_and_takes_away_what_is_gone():
    client = Scripted(batch_execute_statement=[{"Responses": [{}, {}]}])
    changed = item("a", version={"N": "4"}, type={"S": "PROFILE"})
    Batches(client, "t").write_all([Update(changed, 3, ("left_at",)), Insert(item("b"))])
    update, insert = client.asked[0][1]["Statements"]
    assert update["Statement"] == (
        'UPDATE "t" SET "version" = ? SET "type" = ? REMOVE "left_at" '
        'WHERE "PK" = ? AND "SK" = ? AND "version" = ?'
    )
    assert [*update["Parameters"]] == [
        {"N": "4"}, {"S": "PROFILE"}, {"S": "a"}, {"S": "X"}, {"N": "3"},
    ]  # fmt: skip
    assert insert["Statement"] == "INSERT INTO \"t\" VALUE {'PK': ?, 'SK': ?}"


def test_one_write_is_the_plain_call_and_a_lost_condition_is_no_error():
    client = Scripted(put_item=[{}, error("ConditionalCheckFailedException")])
    batches = Batches(client, "t")
    assert batches.write_all([Insert(item("a"))]) == [True]
    assert batches.write_all([Update(item("a"), 1, ())]) == [False]


def test_two_writes_of_one_item_go_out_one_after_the_other():
    client = Scripted(batch_execute_statement=[{"Responses": [{}, {}]}, {"Responses": [{}]}])
    writes = [Insert(item("a")), Insert(item("b")), Update(item("a"), 1, ())]
    assert Batches(client, "t").write_all(writes) == [True] * 3
    assert [len(request["Statements"]) for _, request in client.asked] == [2, 1]


def test_no_call_has_more_statements_than_dynamodb_takes():
    client = Scripted(batch_execute_statement=[{"Responses": [{}] * n} for n in (25, 25, 3)])
    assert Batches(client, "t").write_all([Insert(item(str(n))) for n in range(53)]) == [True] * 53


def test_a_batch_that_fails_as_a_whole_is_unavailable():
    client = Scripted(batch_execute_statement=[error("InternalServerError", 500)])
    with pytest.raises(UnavailableError):
        Batches(client, "t").write_all([Insert(item("a")), Insert(item("b"))])


def test_items_that_were_left_unread_are_asked_for_again():
    left = {"t": {"Keys": [{"PK": {"S": "b"}, "SK": {"S": "X"}}]}}
    client = Scripted(
        batch_get_item=[
            {"Responses": {"t": [item("a")]}, "UnprocessedKeys": left},
            {"Responses": {"t": [item("b")]}},
        ]
    )
    found = Batches(client, "t").get_all([[key("a"), key("missing")], [key("b"), key("a")]])
    assert found == [[item("a")], [item("b"), item("a")]]


def test_items_that_were_left_unwritten_are_written_again():
    left = {"t": [{"PutRequest": {"Item": item("b")}}]}
    client = Scripted(batch_write_item=[{"UnprocessedItems": left}, {}])
    Batches(client, "t").put_all([item("a"), item("b")])
    assert client.asked[1][1]["RequestItems"] == left


def test_items_that_stay_unwritten_are_unavailable():
    left = {"t": [{"PutRequest": {"Item": item("b")}}]}
    client = Scripted(batch_write_item=[{"UnprocessedItems": left}] * ROUNDS)
    with pytest.raises(UnavailableError, match="unwritten"):
        Batches(client, "t").put_all([item("a"), item("b")])


def test_of_two_items_put_under_one_key_the_later_stays():
    client = Scripted(put_item=[{}])
    Batches(client, "t").put_all([item("a", n={"N": "1"}), item("a", n={"N": "2"})])
    assert client.asked[0][1]["Item"]["n"] == {"N": "2"}
