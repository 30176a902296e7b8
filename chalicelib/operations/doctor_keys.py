"""Checks of secrets and of the programme. No secret is ever shown, nor a part of one."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from chalicelib.adapters.webhooks import WebhookSecretError, check_secret
from chalicelib.operations.aws_faults import OperationError, is_missing
from chalicelib.operations.findings import Finding, Stage, fault, ok, warning
from chalicelib.operations.lint_folder import lint_folder
from chalicelib.operations.partner_secrets import OWN_CALLERS
from chalicelib.operations.words import counted

KEY_BYTES = 32
MOST_LIVE_SECRETS = 2
SECURE = "SecureString"


def partner_secrets(stage: Stage) -> Iterator[Finding]:
    check = "partner secrets"
    partners = _json(stage, "partner-secrets")
    if not all(isinstance(each, list) for each in partners.values()):
        yield fault(check, "a partner has no list of secrets", _again(stage, "partner-secrets"))
        return
    faults = [*_partner_faults(stage, partners)]
    yield from faults
    if not partners:
        cure = f"Let the first one in: milepost partners add NAME --stage {stage.name}"
        yield warning(check, "there is no partner yet", cure)
    elif not faults:
        yield ok(check, f"may send: {', '.join(sorted(partners))}")


def _partner_faults(stage: Stage, partners: dict[str, list[Any]]) -> Iterator[Finding]:
    check = "partner secrets"
    for name, secrets in partners.items():
        rotate = f"milepost partners rotate {name} --stage {stage.name}"
        if name in OWN_CALLERS:
            gone = f"milepost partners retire {name} --last --stage {stage.name}, and add another"
            yield fault(check, f"{name} is what the engine books postings of its own under", gone)
        if not secrets:
            yield warning(check, f"{name} has none: its webhooks are refused", rotate)
        if any(_is_wrong(secret) for secret in secrets):
            yield fault(check, f"one of {name} is not whsec_ and base64 of 24 to 64 bytes", rotate)
        if len(secrets) > MOST_LIVE_SECRETS:
            retire = f"milepost partners retire {name} --stage {stage.name}"
            yield warning(check, f"{name} has {len(secrets)}, and needs two at most", retire)
    owners = Counter(
        str(secret) for secrets in partners.values() for secret in {*map(str, secrets)}
    )
    for name, secrets in partners.items():
        if any(owners[str(secret)] > 1 for secret in secrets):
            rotate = f"milepost partners rotate {name} --stage {stage.name}"
            yield fault(check, f"{name} shares one with another partner", rotate)


def token_keys(stage: Stage) -> Iterator[Finding]:
    keys = _json(stage, "token-keys")
    short = [name for name, key in keys.items() if len(str(key).encode()) < KEY_BYTES]
    if not keys:
        yield fault("token keys", "there is none: no mail can be made", stage.deploy)
    elif short:
        what = f"{', '.join(short)} has less than {KEY_BYTES} bytes: links can be forged"
        yield fault("token keys", what, "Put a longer one first; docs/how-to/deploy.md says how")
    else:
        yield ok("token keys", f"{next(iter(keys))} signs, of {counted(len(keys), 'key')}")


def identity_key(stage: Stage) -> Iterator[Finding]:
    if len(_parameter(stage, "identity-key", SECURE).encode()) < KEY_BYTES:
        what = f"it has less than {KEY_BYTES} bytes"
        yield warning("identity key", what, "It can't be changed: guard it and the table well")
    else:
        yield ok("identity key", "it is there")


def base_url(stage: Stage) -> Iterator[Finding]:
    url = _parameter(stage, "base-url", "String")
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or url.endswith("/"):
        what = f"{url} is not https, or ends in a slash: links in mails break"
        yield fault("base URL", what, stage.deploy)
    else:
        yield ok("base URL", url)


def programme(stage: Stage) -> Iterator[Finding]:
    """Lint this checkout's copy of the programme that is deployed."""
    problems = lint_folder(stage.programme_folder)
    if problems:
        what = f"{stage.settings.programme} has {counted(len(problems), 'fault')} here"
        yield fault("programme", what, f"See them: milepost lint {stage.settings.programme}")
    else:
        yield ok("programme", f"{stage.settings.programme} has no fault here")


def _is_wrong(secret: object) -> bool:
    try:
        check_secret(str(secret))
    except WebhookSecretError:
        return True
    return False


def _json(stage: Stage, name: str) -> dict[str, Any]:
    try:
        told = json.loads(_parameter(stage, name, SECURE))
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise OperationError(f"{_path(stage, name)} is no JSON object. {_again(stage, name)}")
    return told


def _parameter(stage: Stage, name: str, type_: str) -> str:
    path = _path(stage, name)
    try:
        told = stage.clients.ssm.get_parameter(Name=path, WithDecryption=True)["Parameter"]
    except ClientError as error:
        if not is_missing(error):
            raise
        raise OperationError(f"{path} is not there. {stage.deploy}") from error
    if told["Type"] != type_:
        raise OperationError(f"{path} is a {told['Type']}, not a {type_}. {_again(stage, name)}")
    return told["Value"]


def _path(stage: Stage, name: str) -> str:
    return f"{stage.settings.parameters.rstrip('/')}/{name}"


def _again(stage: Stage, name: str) -> str:
    return f"Put it right by hand: aws ssm put-parameter --overwrite --name {_path(stage, name)}"


CHECKS = (partner_secrets, token_keys, identity_key, base_url, programme)
