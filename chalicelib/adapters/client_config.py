"""What the clients of all services have in common.

A plain call of boto3 costs more than a millisecond of CPU, of which these settings save a
quarter: parameters are what this code wrote and need no check against the service's model, and a
fixed user agent is not put together anew for every request.
"""

from botocore.config import Config


def client_config(
    *, attempts: int, read_timeout_seconds: float = 5, keep_alive: bool = False
) -> Config:
    """``attempts`` counts the first one too."""
    return Config(
        retries={"total_max_attempts": attempts, "mode": "standard"},
        connect_timeout=2,
        read_timeout=read_timeout_seconds,
        tcp_keepalive=keep_alive,
        parameter_validation=False,
        user_agent="milepost",
    )
