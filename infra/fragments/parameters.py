"""What CloudFormation itself puts into Parameter Store: the API's address.

It can't be an environment variable of the functions, for the API's template names a function. The
secrets beside it are put there by the deployment, and never stand in a template.
"""

from infra.cloudformation import Fragment, resource
from infra.fragments.api import base_url
from infra.stage import Stage


def fragment(stage: Stage) -> Fragment:
    properties = {
        "Name": f"{stage.parameters}/base-url",
        "Type": "String",
        "Value": base_url(stage),
        "Description": "Where the member's pages are, without a slash at the end",
    }
    return {"Resources": {"BaseUrlParameter": resource("AWS::SSM::Parameter", properties)}}
