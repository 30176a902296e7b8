"""Secrets and the base URL, from Parameter Store through Powertools, kept for five minutes.

A key that is changed there is so taken up without a deployment. Nothing here is ever logged.
"""

from typing import TYPE_CHECKING

from chalicelib.usecases.ports import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

KEPT_SECONDS = 300


class ParameterError(LookupError):
    """A parameter that a function needs can't be read: it is missing, or not permitted."""


class ParameterStore:
    """Parameters below one path, such as ``/milepost/production``."""

    def __init__(self, client: "SSMClient", path: str) -> None:
        # Most functions need no secret, and this import costs as much as a client.
        from aws_lambda_powertools.utilities.parameters import SSMProvider  # noqa: PLC0415

        self.provider = SSMProvider(boto3_client=client)
        self._path = path.rstrip("/")

    def read(self, name: str) -> str:
        """Return the value as it was at most five minutes ago."""
        from aws_lambda_powertools.utilities.parameters import (  # noqa: PLC0415
            GetParameterError,
        )

        full_name = f"{self._path}/{name}"
        try:
            return str(self.provider.get(full_name, max_age=KEPT_SECONDS, decrypt=True))
        except GetParameterError as error:
            if _says(error, "ParameterNotFound", "AccessDenied"):
                raise ParameterError(
                    f"{full_name} can't be read; put it into Parameter Store (deploying makes "
                    "what is missing) and let the function's policy name it"
                ) from None
            raise UnavailableError(f"{full_name}: Parameter Store does not answer") from error


def _says(error: Exception, *codes: str) -> bool:
    return any(code in str(error) for code in codes)
