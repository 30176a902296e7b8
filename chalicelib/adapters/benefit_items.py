"""What grants of benefits look like in a membership's item: a list, each with its uses.

docs/data-model.md is the reference.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from chalicelib.adapters.compact import day_of, day_text, day_texts, days_of, json_text, listed
from chalicelib.domain.benefit_grants import BenefitGrant, RevokeReason


def grants_text(grants: Mapping[str, BenefitGrant]) -> str | None:
    return json_text(_parts(grant) for grant in grants.values())


def grants_in(item: Mapping[str, Any]) -> dict[str, BenefitGrant]:
    grants = [_grant(*parts) for parts in listed(item, "benefits")]
    return {grant.key: grant for grant in grants}


def _parts(grant: BenefitGrant) -> list[object]:
    end = [day_text(grant.valid_through), day_text(grant.revoked_on), grant.reason]
    uses = [grant.uses, day_texts(grant.used), grant.given_back]
    return [grant.benefit, grant.key, grant.promise, grant.granted_on.isoformat(), end, uses]


def _grant(  # noqa: PLR0913, PLR0917 - the parts in the order in which they were written
    benefit: str, key: str, promise: str, granted_on: str, end: list[Any], uses: list[Any]
) -> BenefitGrant:
    valid_through, revoked_on, reason = end
    most, used, given_back = uses
    return BenefitGrant(
        benefit=benefit,
        key=key,
        promise=promise,
        granted_on=date.fromisoformat(granted_on),
        valid_through=day_of(valid_through),
        uses=most,
        used=days_of(used),
        given_back=tuple(given_back),
        revoked_on=day_of(revoked_on),
        reason=RevokeReason(reason) if reason else None,
    )
