"""Makes the secrets of a stage that are missing, and never touches one that is there.

They are drawn here and go to Parameter Store alone: no value is read, printed or kept. The
identity key can't be changed later, for no member would be found again.
"""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from infra.deploy_errors import DeployError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

SECRETS = ("token-keys", "identity-key", "partner-secrets")
_BYTES = 32


def draw_secret() -> str:
    """Return a secret that fits in a header, a URL and a shell."""
    return secrets.token_urlsafe(_BYTES)


def first_values(draw: Callable[[], str] = draw_secret) -> Mapping[str, str]:
    """Return what each secret of a new stage begins with."""
    values = json.dumps({"k1": draw()}), draw(), json.dumps({})
    return dict(zip(SECRETS, values, strict=True))


def ensure_secrets(ssm: "SSMClient", path: str, values: Mapping[str, str]) -> Iterator[str]:
    """Store each value where there is none yet; yield the names of those that were made."""
    for name, value in values.items():
        try:
            ssm.put_parameter(
                Name=f"{path}/{name}", Value=value, Type="SecureString", Overwrite=False
            )
        except ssm.exceptions.ParameterAlreadyExists:
            continue
        yield f"{path}/{name}"


def refuse_new_identity(ssm: "SSMClient", path: str) -> None:
    """Refuse to go on where there are members but not the key that they are found by."""
    name = f"{path}/identity-key"
    told = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])
    if not told["Parameters"]:
        raise DeployError(
            f"The stage has a table, but {name} is not in Parameter Store. With a new key no "
            "member of the table would be found, and all would be mailed again. Put the old key "
            "back, or, when the table is not needed any more, delete it first."
        )
