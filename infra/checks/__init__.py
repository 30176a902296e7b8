"""What a package must keep before it may be deployed: rules over the template and the zip.

Pure: what was built goes in, a list of problems comes out. Chalice and CloudFormation pass over
most of these in silence, and then a message is lost or a function can do too much. Each rule is
broken on purpose in ``tests/package``.
"""

from infra.checks import alarms, api, archive, functions, policies, queues, table, template
from infra.checks.built import Built, Problem, Rule

RULES: tuple[Rule, ...] = (
    *template.RULES,
    *functions.RULES,
    *queues.RULES,
    *policies.RULES,
    *table.RULES,
    *api.RULES,
    *alarms.RULES,
    *archive.RULES,
)


def problems(built: Built) -> list[Problem]:
    """Return all that is wrong, rule by rule; nothing when it may be deployed."""
    return [problem for rule in RULES for problem in rule(built)]
