"""Rules over the API: near, bounded, traced, and silent about whom its paths name."""

from collections.abc import Iterator

from infra.checks.built import Built, Problem, Rule, named_resource

API = "AWS::Serverless::Api"
TELLING = ("$context.path", "$context.identity", "$context.customDomain")
"""Variables of an access log that hold a member's token or address."""


def apis_are_regional(built: Built) -> Iterator[Problem]:
    for logical_id, properties in built.of_type(API):
        if properties.get("EndpointConfiguration") not in ("REGIONAL", {"Type": "REGIONAL"}):
            yield Problem(
                f"{logical_id}.EndpointConfiguration",
                "it would stand behind a CDN that nobody controls",
                "Leave api_gateway_endpoint_type at REGIONAL in .chalice/config.json",
            )


def apis_are_traced(built: Built) -> Iterator[Problem]:
    for logical_id, properties in built.of_type(API):
        if properties.get("TracingEnabled") is not True:
            yield Problem(f"{logical_id}.TracingEnabled", "X-Ray is off", "Set it to true")


def apis_are_bounded(built: Built) -> Iterator[Problem]:
    for logical_id, properties in built.of_type(API):
        every = [each for each in properties.get("MethodSettings", []) if _is_for_all(each)]
        if not any(
            each.get("ThrottlingRateLimit") and each.get("ThrottlingBurstLimit") for each in every
        ):
            yield Problem(
                f"{logical_id}.MethodSettings",
                "one partner could use up the account's requests",
                "Set a rate and a burst for all methods",
            )


def access_logs_tell_nothing_of_a_member(built: Built) -> Iterator[Problem]:
    groups = dict(built.of_type("AWS::Logs::LogGroup"))
    for logical_id, properties in built.of_type(API):
        setting = properties.get("AccessLogSetting", {})
        where = f"{logical_id}.AccessLogSetting"
        if named_resource(setting.get("DestinationArn")) not in groups:
            yield Problem(where, "nobody sees who was answered what", "Name a log group for it")
        told = setting.get("Format", "")
        for name in (name for name in TELLING if name in told):
            yield Problem(where, f"{name} holds a member's token or address", "Leave it out")


def _is_for_all(setting: dict[str, object]) -> bool:
    return setting.get("ResourcePath") == "/*" and setting.get("HttpMethod") == "*"


RULES: tuple[Rule, ...] = (
    apis_are_regional,
    apis_are_traced,
    apis_are_bounded,
    access_logs_tell_nothing_of_a_member,
)
