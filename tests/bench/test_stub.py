"""The stub answers as AWS does, over HTTP and to plain clients: what the adapters rely on."""

import pytest
from botocore.exceptions import ClientError

TABLE = "table"
KEY = {"PK": {"S": "MEMBER#a"}, "SK": {"S": "PROFILE"}}
NEW = "attribute_not_exists(PK)"


def item(member="a", **more):
    key = {"PK": {"S": f"MEMBER#{member}"}, "SK": {"S": "PROFILE"}}
    return key | {"version": {"N": "1"}} | more


def due(member, at):
    return item(member, GSI1PK={"S": "DUE#00"}, GSI1SK={"S": at})


def version(number, **more):
    return {
        "TableName": TABLE,
        "ConditionExpression": "#version = :version",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":version": {"N": number}},
        **more,
    }


def refusal(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response


@pytest.fixture
def dynamodb(stub, client):
    return client("dynamodb")


def test_a_stored_item_is_read_back_as_it_was(dynamodb):
    dynamodb.put_item(TableName=TABLE, Item=item())
    answer = dynamodb.get_item(TableName=TABLE, Key=KEY, ConsistentRead=True)
    assert answer["Item"] == item()


def test_an_item_that_is_not_there_is_no_item(dynamodb):
    assert "Item" not in dynamodb.get_item(TableName=TABLE, Key=KEY)


def test_a_write_under_a_lost_condition_changes_nothing_and_tells_what_is_stored(dynamodb):
    dynamodb.put_item(TableName=TABLE, Item=item())
    told = refusal(
        dynamodb.put_item,
        Item=item(version={"N": "9"}),
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
        **version("2"),
    )
    assert told["Error"]["Code"] == "ConditionalCheckFailedException"
    assert told["Item"] == item()
    assert dynamodb.get_item(TableName=TABLE, Key=KEY)["Item"] == item()


def test_a_write_under_a_condition_that_holds_is_made(dynamodb):
    dynamodb.put_item(TableName=TABLE, Item=item())
    dynamodb.put_item(Item=item(version={"N": "2"}), **version("1"))
    assert dynamodb.get_item(TableName=TABLE, Key=KEY)["Item"]["version"] == {"N": "2"}


def test_each_statement_of_a_batch_fails_for_itself(dynamodb):
    dynamodb.put_item(TableName=TABLE, Item=item("a"))
    insert = f"""INSERT INTO "{TABLE}" VALUE {{'PK': ?, 'SK': ?, 'version': ?}}"""
    update = f'UPDATE "{TABLE}" SET "version" = ? WHERE "PK" = ? AND "SK" = ? AND "version" = ?'  # noqa: S608 - its own table
    keys = {name: [{"S": f"MEMBER#{name}"}, {"S": "PROFILE"}] for name in "ab"}
    one, two = {"N": "1"}, {"N": "2"}
    answer = dynamodb.batch_execute_statement(
        Statements=[
            {"Statement": insert, "Parameters": [*keys["a"], one]},
            {"Statement": insert, "Parameters": [*keys["b"], one]},
            {"Statement": update, "Parameters": [two, *keys["a"], two]},
            {"Statement": update, "Parameters": [two, *keys["b"], one]},
        ]
    )
    codes = [each.get("Error", {}).get("Code") for each in answer["Responses"]]
    assert codes == ["DuplicateItem", None, "ConditionalCheckFailed", None]


def test_many_items_are_written_and_read_by_one_call_each(dynamodb):
    puts = [{"PutRequest": {"Item": item(name)}} for name in "abc"]
    dynamodb.batch_write_item(RequestItems={TABLE: puts})
    keys = [{name: item(m)[name] for name in ("PK", "SK")} for m in "abx"]
    answer = dynamodb.batch_get_item(RequestItems={TABLE: {"Keys": keys, "ConsistentRead": True}})
    found = sorted(each["PK"]["S"] for each in answer["Responses"][TABLE])
    assert found == ["MEMBER#a", "MEMBER#b"]
    assert not answer["UnprocessedKeys"]


def test_a_cancelled_transaction_changes_nothing_and_says_which_part_failed(dynamodb):
    dynamodb.put_item(TableName=TABLE, Item=item())
    add = {
        "TableName": TABLE,
        "Key": KEY,
        "UpdateExpression": "SET version = version + :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    keep = {"TableName": TABLE, "Item": item(), "ConditionExpression": NEW}
    acts = [{"Put": keep}, {"Update": add}]
    told = refusal(dynamodb.transact_write_items, TransactItems=acts)
    assert told["Error"]["Code"] == "TransactionCanceledException"
    assert [each["Code"] for each in told["CancellationReasons"]] == [
        "ConditionalCheckFailed",
        "None",
    ]
    assert dynamodb.get_item(TableName=TABLE, Key=KEY)["Item"] == item()


def test_the_due_index_gives_what_is_due_in_order_and_in_pages(dynamodb):
    for member, at in (("a", "3"), ("b", "1"), ("c", "2"), ("d", "9")):
        dynamodb.put_item(TableName=TABLE, Item=due(member, at))
    request = {
        "TableName": TABLE,
        "IndexName": "GSI1",
        "KeyConditionExpression": "GSI1PK = :shard AND GSI1SK < :end",
        "ExpressionAttributeValues": {":shard": {"S": "DUE#00"}, ":end": {"S": "5"}},
        "Limit": 2,
    }
    first = dynamodb.query(**request)
    rest = dynamodb.query(**request, ExclusiveStartKey=first["LastEvaluatedKey"])
    found = [each["GSI1SK"]["S"] for page in (first, rest) for each in page["Items"]]
    assert found == ["1", "2", "3"]
    assert "LastEvaluatedKey" not in rest


def test_what_was_remembered_comes_back_as_often_as_it_is_asked_for(stub, dynamodb):
    dynamodb.put_item(TableName=TABLE, Item=due("a", "1"))
    stub.save()
    for _ in range(2):
        dynamodb.put_item(TableName=TABLE, Item=item("b"))
        stub.load()
        assert stub.counts()["items"] == 1


def test_messages_are_taken_in_their_order_and_once(stub, client):
    entries = [{"Id": str(number), "MessageBody": f"body {number}"} for number in range(3)]
    answer = client("sqs").send_message_batch(QueueUrl="http://any/123/events", Entries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["0", "1", "2"]
    assert stub.take_messages("events", 2) == ["body 0", "body 1"]
    assert stub.take_messages("events", 10) == ["body 2"]
    assert stub.take_messages("events", 10) == []


def mail(data=b"Subject: x\r\n\r\nx"):
    return {
        "FromEmailAddress": "a@example.com",
        "Destination": {"ToAddresses": ["b@example.com"]},
        "Content": {"Raw": {"Data": data}},
    }


def test_each_mail_has_an_id_of_its_own(stub, client):
    ses = client("sesv2")
    ids = {ses.send_email(**mail())["MessageId"] for _ in range(3)}
    assert len(ids) == stub.counts()["mails"] == 3


def test_a_mail_without_content_is_refused(stub, client):
    told = refusal(client("sesv2").send_email, **mail(b""))
    assert told["Error"]["Code"] == "BadRequestException"
    assert stub.counts()["mails"] == 0


def test_a_parameter_is_read_and_a_missing_one_is_told(stub, client):
    stub.set_parameters({"/milepost/bench/identity-key": "secret"})
    ssm = client("ssm")
    found = ssm.get_parameter(Name="/milepost/bench/identity-key", WithDecryption=True)
    assert found["Parameter"]["Value"] == "secret"
    told = refusal(ssm.get_parameter, Name="/milepost/bench/none")
    assert told["Error"]["Code"] == "ParameterNotFound"


def test_an_operation_that_the_stub_does_not_have_is_refused_by_name(stub, client):
    told = refusal(client("sqs").list_queues)
    assert "sqs.ListQueues" in told["Error"]["Message"]


def test_the_calls_are_kept_with_what_was_asked_and_answered_until_they_are_taken(stub, client):
    dynamodb = client("dynamodb")
    dynamodb.get_item(TableName=TABLE, Key=KEY)
    refusal(dynamodb.put_item, Item=item(), **version("1"))
    calls = stub.take_calls()
    assert [(call.operation, call.status) for call in calls] == [
        ("dynamodb.GetItem", 200),
        ("dynamodb.PutItem", 400),
    ]
    assert '"MEMBER#a"' in calls[0].body
    assert stub.take_calls() == []
