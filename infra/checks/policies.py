"""Rules over what the functions may do: each its own, exact, and mails from one alone."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from infra.checks.built import FUNCTION, Built, Problem, Rule, named_resource
from infra.policies import BY_CONDITION, WITHOUT_RESOURCE

ROLE = "AWS::IAM::Role"
MAILING_FUNCTION = "QueueSends"


def every_function_has_a_role_of_its_own(built: Built) -> Iterator[Problem]:
    roles = dict(built.of_type(ROLE))
    taken = Counter(role for _, role in _roles(built))
    for function, role in _roles(built):
        if role not in roles:
            yield Problem(
                f"{function}.Role", "it is no role of this template", "Let Chalice make its role"
            )
        elif taken[role] > 1:
            yield Problem(
                f"{function}.Role",
                f"{role} serves {taken[role]} functions",
                "Give each function an iam_policy_file in .chalice/config.json",
            )


def every_role_has_one_policy_of_its_own(built: Built) -> Iterator[Problem]:
    for role, properties in _function_roles(built):
        documents = properties.get("Policies", [])
        if len(documents) != 1 or properties.get("ManagedPolicyArns"):
            yield Problem(
                role,
                f"it has {len(documents)} policies of its own "
                f"and {len(properties.get('ManagedPolicyArns', []))} of others",
                "Say all in infra/policies.py",
            )


def roles_are_for_lambda_alone(built: Built) -> Iterator[Problem]:
    for role, properties in _function_roles(built):
        trust = properties.get("AssumeRolePolicyDocument", {}).get("Statement", [])
        if [each.get("Principal") for each in trust] != [{"Service": "lambda.amazonaws.com"}]:
            yield Problem(role, "others than Lambda may take it", "Leave its trust to Chalice")


def policies_are_exact(built: Built) -> Iterator[Problem]:
    for role, statement in _statements(built):
        actions = _listed(statement.get("Action", []))
        if not actions or not statement.get("Resource") or statement.get("Effect") != "Allow":
            yield Problem(role, "a statement allows by exclusion", "Name actions and resources")
        for action in actions:
            if "*" in action:
                yield Problem(role, f"{action} is more than one action", "Name each action")
            elif _is_wild(statement.get("Resource")) and not _is_reasoned(action, statement):
                yield Problem(
                    role,
                    f"{action} is allowed on everything",
                    "Name the resource, or the reason in infra/policies.py",
                )


def one_function_sends_mail(built: Built) -> Iterator[Problem]:
    mailing = dict(_roles(built)).get(MAILING_FUNCTION)
    for role, statement in _statements(built):
        sending = [each for each in _listed(statement.get("Action")) if each.startswith("ses:Send")]
        if sending and role != mailing:
            yield Problem(
                role,
                f"it may do {', '.join(sending)}",
                f"Only {MAILING_FUNCTION} sends mail: it alone claims what it sends",
            )


def _is_reasoned(action: str, statement: Mapping[str, Any]) -> bool:
    """Tell whether a star has its reason, and, where there must be one, its condition."""
    return action in WITHOUT_RESOURCE or (
        action in BY_CONDITION and bool(statement.get("Condition"))
    )


def _roles(built: Built) -> Iterator[tuple[str, str]]:
    for function, properties in built.of_type(FUNCTION):
        yield function, named_resource(properties.get("Role"))


def _function_roles(built: Built) -> Iterator[tuple[str, dict[str, Any]]]:
    ours = {role for _, role in _roles(built)}
    return ((role, properties) for role, properties in built.of_type(ROLE) if role in ours)


def _statements(built: Built) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for role, properties in _function_roles(built):
        for policy in properties.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield role, statement


def _listed(value: Any) -> list[str]:  # noqa: ANN401 - IAM takes a text or a list
    return [value] if isinstance(value, str) else list(value or [])


def _is_wild(resource: Any) -> bool:  # noqa: ANN401 - any value of a template
    """Tell whether a star is in the resource's own text or in what it is made of."""
    match resource:
        case str():
            return "*" in resource
        case dict():
            return any(map(_is_wild, resource.values()))
        case list():
            return any(map(_is_wild, resource))
        case _:
            return False


RULES: tuple[Rule, ...] = (
    every_function_has_a_role_of_its_own,
    every_role_has_one_policy_of_its_own,
    roles_are_for_lambda_alone,
    policies_are_exact,
    one_function_sends_mail,
)
