"""The one logger. It never holds an address, a name or a token: only opaque ids and counts.

An exception's message may quote what it choked on, so only its kind and its place are logged.
"""

import traceback

from aws_lambda_powertools import Logger

logger = Logger(service="milepost")


def log_failure(what: str, error: BaseException, **ids: str) -> None:
    """Log a failure by kind and place; ``ids`` are opaque names to find the message by."""
    frames = traceback.extract_tb(error.__traceback__)
    place = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    logger.error(what, extra={"error": type(error).__name__, "place": place[-5:], **ids})
