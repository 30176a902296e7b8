"""What is vulnerable fails, and what nobody knows of is said."""

import json

from infra.audit import findings, report

FINE = {"name": "tzdata", "version": "2026.6", "vulns": []}
VULNERABLE = {
    "name": "jinja2",
    "version": "3.1.1",
    "vulns": [
        {"id": "PYSEC-1", "fix_versions": ["3.1.2", "3.2"]},
        {"id": "PYSEC-2", "fix_versions": []},
    ],
}
UNKNOWN = {"name": "greenlet", "skip_reason": "Dependency not found"}


def told(*dependencies):
    return report(findings(json.dumps({"dependencies": dependencies, "fixes": []})))


def test_a_vulnerable_requirement_fails_with_the_version_that_mends_it():
    text, status = told(FINE, VULNERABLE)
    assert status == 1
    assert "jinja2 3.1.1: PYSEC-1; mended in 3.1.2, 3.2" in text
    assert "jinja2 3.1.1: PYSEC-2; mended in no version yet" in text


def test_requirements_without_a_finding_pass():
    assert told(FINE) == ("1 requirements audited", 0)


def test_what_nobody_could_tell_about_is_said_and_is_no_failure():
    text, status = told(FINE, UNKNOWN)
    assert status == 0
    assert "1 requirements audited" in text
    assert "NOT AUDITED, for no vulnerability service told of them: greenlet" in text
