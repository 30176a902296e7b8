"""The one table. Its keys and its index are those that the adapters define."""

from chalicelib.adapters.dynamodb import TABLE, TTL_ATTRIBUTE
from infra.cloudformation import Fragment, resource, waived
from infra.stage import Stage

INDEX = str(TABLE["GlobalSecondaryIndexes"][0]["IndexName"])


def fragment(stage: Stage) -> Fragment:
    properties = {
        **TABLE,
        "TableName": stage.stack,
        "TimeToLiveSpecification": {"AttributeName": TTL_ATTRIBUTE, "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "DeletionProtectionEnabled": True,
        "SSESpecification": {"SSEEnabled": True},
    }
    table = resource(
        "AWS::DynamoDB::Table",
        properties,
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
        Metadata=waived(
            CKV_AWS_119="AWS's key for DynamoDB encrypts the table and logs every use; a key of "
            "one's own would add a way to lose all members and protect from nobody"
        ),
    )
    return {"Resources": {"Table": table}}
