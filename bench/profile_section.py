"""The profile as a part of the report: which packages take the CPU of the chain."""

from collections.abc import Mapping

from bench.chain import Chain
from bench.chain_section import BATCHES
from bench.figures import Row, Section
from bench.profile import Share, by_package, profile

LEAST_SHARE_SHOWN = 0.01


def profile_section(chain: Chain, members: int) -> Section:
    """Sample members who come together, in webhooks of a hundred."""
    shares = by_package(profile(chain, members, BATCHES).stacks)
    content = {
        name: {"own": round(share.own, 4), "inclusive": round(share.inclusive, 4)}
        for name, share in shares.items()
    }
    return Section("profile", "CPU of the chain by package", share_rows(shares), content)


def share_rows(shares: Mapping[str, Share]) -> list[Row]:
    return [
        Row(name, f"{share.own:.1%}", f"{share.inclusive:.1%} with what it calls")
        for name, share in shares.items()
        if share.inclusive >= LEAST_SHARE_SHOWN
    ]
