"""AWS as the bench needs it: DynamoDB, SQS, SES and SSM in one small process that answers at once.

Only the operations that the engine calls are here; any other is refused by name. What it
keeps is in memory and gone with the process.
"""
