"""E-mail addresses as SES takes them: ASCII before the @, an IDNA domain after it."""

import re
from functools import lru_cache

from chalicelib.mail.errors import AddressError

MAX_LOCAL_CHARS = 64
MAX_DOMAIN_CHARS = 253
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
DOMAIN = re.compile(rf"{LABEL}(?:\.{LABEL})+")


def ascii_address(address: str) -> str:
    """`анна@` is refused, `anna@почта.рф` becomes `anna@xn--80a1acny.xn--p1ai`."""
    local, at, domain = address.rpartition("@")
    if not at or len(local) > MAX_LOCAL_CHARS or not LOCAL.fullmatch(local):
        raise AddressError(
            f"{address!r}: before the @ only ASCII letters, digits and dots can be mailed to"
        )
    return f"{local}@{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """Return the domain in small letters, in punycode where it needs that."""
    lower = domain.lower()
    if len(domain) <= MAX_DOMAIN_CHARS and DOMAIN.fullmatch(domain) and "xn--" not in lower:
        return lower  # an ASCII name is its own punycode
    return _punycode(domain)


@lru_cache(maxsize=256)
def _punycode(domain: str) -> str:
    """Punycode by IDNA 2003, and only where decoding gives the same name again.

    The older rule maps some letters to others (straße to strasse); such a name might belong
    to somebody else, so it is refused.
    """
    try:
        encoded = domain.encode("idna").decode("ascii")
        same = encoded.encode("ascii").decode("idna") == domain.lower()
    except UnicodeError as error:
        raise AddressError(f"{domain!r} is not a domain: {error}") from error
    if not same and encoded.lower() != domain.lower():
        raise AddressError(f"{domain!r} has no single punycode form; ask for the punycode one")
    if len(encoded) > MAX_DOMAIN_CHARS or not DOMAIN.fullmatch(encoded):
        raise AddressError(f"{domain!r} is not a domain name; mend the address")
    return encoded.lower()
