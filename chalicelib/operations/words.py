"""Words that several reports share."""


def counted(count: int, noun: str) -> str:
    """Say how many.

    >>> counted(1, "alarm"), counted(1200, "alarm")
    ('1 alarm', '1,200 alarms')
    """
    return f"{count:,} {noun}{'s' * (count != 1)}"
