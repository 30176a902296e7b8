"""What links in mails tell the site they lead to: the journey, step and arm they came from.

Five UTM parameters, put behind what a link has of its own: nothing in it is changed, and what the
author of the link wrote wins. Only web links; nothing here may name a member.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote_plus

from chalicelib.domain.arms import Arm

MEDIUM = "email"
_WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """What every link of a programme tells, and the names of those that tell nothing."""

    source: str
    medium: str = MEDIUM
    untracked: frozenset[str] = frozenset()

    def links(
        self, urls: Mapping[str, str], journey: str, step: str, arm: Arm
    ) -> Mapping[str, str]:
        """Return all links as the mail of a step has them."""
        utm = {
            "utm_source": self.source,
            "utm_medium": self.medium,
            "utm_campaign": journey,
            "utm_content": step,
            "utm_term": arm.value,
        }
        return {
            name: url if name in self.untracked else tracked(url, utm) for name, url in urls.items()
        }


def tracked(url: str, parameters: Mapping[str, str]) -> str:
    """Return the link with those parameters that it has not yet; other than web links as is.

    Worked on as text, so that no byte of what is there is encoded anew: an app's fragment, a
    signature's query and a name in its own script stay as they were.
    """
    if not url.lower().startswith(_WEB):
        return url
    address, hash_sign, fragment = url.partition("#")
    _, question_mark, query = address.partition("?")
    given = {unquote_plus(pair.partition("=")[0]) for pair in query.split("&")}
    added = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in parameters.items()
        if name not in given
    )
    if not added:
        return url
    joint = "?" if not question_mark else "&" if query and not query.endswith("&") else ""
    return f"{address}{joint}{added}{hash_sign}{fragment}"
