"""``python -m infra.audit REQUIREMENTS``: known vulnerabilities of what the package contains.

pip-audit asks a service about each pinned requirement. It fails when one is vulnerable. What
nobody could tell about is said plainly, and is no failure: no service is no finding.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SERVICES = ("pypi", "osv")
"""Asked in turn, until one of them knows of anything."""
USAGE = "Usage: python -m infra.audit REQUIREMENTS"


@dataclass(frozen=True, slots=True)
class Findings:
    """What came out: one line for each vulnerability, and the requirements nobody knew."""

    vulnerable: tuple[str, ...]
    unknown: tuple[str, ...]
    audited: int


def findings(answer: str) -> Findings:
    """Read pip-audit's JSON."""
    dependencies: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    known = [each for each in dependencies if "skip_reason" not in each]
    return Findings(
        vulnerable=tuple(_line(each, found) for each in known for found in each["vulns"]),
        unknown=tuple(each["name"] for each in dependencies if "skip_reason" in each),
        audited=len(known),
    )


def report(found: Findings) -> tuple[str, int]:
    """Return what to say, and the exit status."""
    lines = [*found.vulnerable, f"{found.audited} requirements audited"]
    if found.unknown:
        names = ", ".join(found.unknown)
        lines.append(f"NOT AUDITED, for no vulnerability service told of them: {names}")
    return "\n".join(lines), int(bool(found.vulnerable))


def _line(dependency: dict[str, Any], found: dict[str, Any]) -> str:
    fixed = ", ".join(found.get("fix_versions", [])) or "no version yet"
    return f"{dependency['name']} {dependency['version']}: {found['id']}; mended in {fixed}"


def _asked(service: str, requirements: str) -> Findings:
    words = ["-m", "pip_audit", "--requirement", requirements, "--no-deps", "--disable-pip"]
    words += ["--vulnerability-service", service, "--format", "json", "--progress-spinner", "off"]
    told = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, *words], capture_output=True, text=True, check=False
    )
    if not told.stdout.startswith("{"):
        last = told.stderr.strip().splitlines()[-1:] or ["no answer"]
        return Findings((), (f"all of {requirements} at {service} ({last[0][:120]})",), 0)
    return findings(told.stdout)


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write(f"{USAGE}\n")
        return 2
    found = _asked(SERVICES[0], arguments[0])
    if not found.audited:
        other = _asked(SERVICES[1], arguments[0])
        found = other if other.audited else found
    text, status = report(found)
    sys.stdout.write(f"{text}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
