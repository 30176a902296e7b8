"""``python -m infra.expand TEMPLATE EXPANDED``: the template as CloudFormation will see it.

AWS turns ``AWS::Serverless::…`` into plain resources by an open-source library, which does it here
too, so that the plain resources and all their references can be linted before a deployment.
"""

import json
import sys
from pathlib import Path
from typing import Any

from boto3.session import Session
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

CODE = {"Bucket": "artefacts-of-the-account", "Key": "milepost/deployment.zip"}
"""What a deployment puts in the place of the local zip; any name is as good here."""
REGION = "us-east-1"
"""Any: nothing of the region is filled in."""
USAGE = "Usage: python -m infra.expand TEMPLATE EXPANDED"


def expanded(template: dict[str, Any]) -> dict[str, Any]:
    """Return the template in plain resources; SAM's own error for one that it can't expand."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = CODE
    translator = Translator(None, Parser(), boto_session=Session(region_name=REGION))
    plain: dict[str, Any] = translator.translate(
        template, {}, passthrough_metadata=True, get_managed_policy_map=dict
    )
    return plain


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:  # noqa: PLR2004 - the template and where the other one goes
        sys.stderr.write(f"{USAGE}\n")
        return 2
    source, target = map(Path, arguments)
    template = json.loads(source.read_text(encoding="utf-8"))
    target.write_text(json.dumps(expanded(template), indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
