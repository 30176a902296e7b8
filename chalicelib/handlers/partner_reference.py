"""Writes docs/reference/partner-openapi.json and the tables of partner.md from the schema.

``python -m chalicelib.handlers.partner_reference`` rewrites both; a test fails while they are
stale. A field, an act or a problem that nobody has described is an error.
"""

import json
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from pydantic.json_schema import models_json_schema

from chalicelib.handlers import event_reference
from chalicelib.handlers.ledger_acts import ACTS
from chalicelib.handlers.partner_answer_schema import ANSWERS, ProblemAnswer
from chalicelib.handlers.partner_problems import PROBLEMS, Problem
from chalicelib.handlers.partner_words import ABOUT, ACT_WORDS, FIELD_WORDS, SIGNATURE

FOLDER = event_reference.FILE.parent
PAGE = FOLDER / "partner.md"
OPENAPI = FOLDER / "partner-openapi.json"
_END = "<!-- end -->\n"
_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
_REF = "#/components/schemas/"
Schema = dict[str, Any]


def document() -> Schema:
    """Return the OpenAPI document."""
    schemes = {
        name: {"type": "apiKey", "in": "header", "name": name, "description": SIGNATURE[name]}
        for name in _HEADERS
    }
    return {
        "openapi": "3.1.0",
        "info": ABOUT,
        "servers": [{"url": "{base}", "variables": {"base": {"default": "http://127.0.0.1:8000"}}}],
        "security": [{name: [] for name in _HEADERS}],
        "paths": {f"/v1/partners/{{partner}}/ledger/{act}": _path(act) for act in ACTS},
        "components": {"schemas": schemas(), "securitySchemes": schemes},
    }


def schemas() -> Schema:
    """Return every schema by its name, each field with its meaning."""
    bodies = dict.fromkeys(body for body, _ in ACTS.values())
    answers = dict.fromkeys([*ANSWERS.values(), ProblemAnswer])
    told = [
        *((body, "validation") for body in bodies),
        *((answer, "serialization") for answer in answers),
    ]
    _, made = models_json_schema(told, ref_template=f"{_REF}{{model}}")  # type: ignore[arg-type]
    found: Schema = made["$defs"]
    for name, schema in found.items():
        schema.pop("title")
        for field, told_of in schema.get("properties", {}).items():
            told_of.pop("title", None)
            if not name.endswith("Answer") and name != "Why":
                told_of["description"] = _meaning(name, field)
    return dict(sorted(found.items()))


def openapi_text() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def filled(page: str) -> str:
    """Return the page with every generated block as the code has it."""
    for name, block in _blocks().items():
        before, mark, rest = page.partition(f"<!-- generated: {name} -->\n")
        _, end, after = rest.partition(_END)
        if not end:
            raise LookupError(f"{PAGE} has no place for the block {name}")
        page = before + mark + block + end + after
    return page


def _path(act: str) -> Schema:
    body, _ = ACTS[act]
    partner = {
        "name": "partner",
        "in": "path",
        "required": True,
        "description": "Your name with the programme; its secret signs.",
        "schema": {"type": "string"},
    }
    operation = {
        "operationId": act,
        "summary": ACT_WORDS[act],
        "parameters": [partner],
        "requestBody": {"required": True, "content": _json(_ref(body.__name__))},
        "responses": {
            "200": {
                "description": "It is done, or was before.",
                "content": _json(_ref(ANSWERS[act].__name__)),
            },
            **dict(_refusals(act)),
            "429": {"description": "Too many requests: ask again later. The body is no problem's."},
        },
    }
    return {"post": operation}


def _refusals(act: str) -> Iterator[tuple[str, Schema]]:
    for status in sorted({problem.status for problem in PROBLEMS if problem.can_meet(act)}):
        here = [each for each in PROBLEMS if each.status == status and each.can_meet(act)]
        types = {"enum": [f"urn:milepost:problem:{each.name}" for each in here]}
        schema = {"allOf": [_ref(ProblemAnswer.__name__), {"properties": {"type": types}}]}
        answer: Schema = {
            "description": " ".join(f"`{each.name}`: {each.wrong}" for each in here),
            "content": {"application/problem+json": {"schema": schema}},
        }
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
        yield str(status), answer


def _blocks() -> dict[str, str]:
    """Return what stands between the marks of each name."""
    found = schemas()
    bodies = dict.fromkeys(body.__name__ for body, _ in ACTS.values())
    acts = ((f"`{act}`", ACT_WORDS[act], f"[`{act}`](#{_anchor(act)})") for act in ACTS)
    return {
        "acts": _table(("act", "what is asked", "body"), acts),
        **{name: _table(_HEAD, _fields(name, found[name])) for name in (*bodies, "LineData")},
        "problems": _table(("status", "problem", "what is wrong", "cure"), map(_row, PROBLEMS)),
    }


_HEAD = ("field", "type", "required", "meaning")


def _anchor(act: str) -> str:
    return "post-and-simulate" if act in {"post", "simulate"} else act


def _row(problem: Problem) -> tuple[str, ...]:
    return str(problem.status), f"`{problem.name}`", problem.wrong, problem.cure


def _fields(name: str, schema: Schema) -> Iterator[tuple[str, ...]]:
    for field, told in schema["properties"].items():
        required = "yes" if field in schema["required"] else ""
        yield f"`{field}`", _kind(told), required, _meaning(name, field)


def _meaning(schema: str, field: str) -> str:
    return FIELD_WORDS.get(f"{schema}.{field}") or FIELD_WORDS[field]


def _kind(told: Schema) -> str:
    """Return how a field is written; the limits are the schema's own."""
    told = next(iter(told.get("anyOf", [told])))
    match told:
        case {"$ref": str(ref)}:
            return f"object, see [{_LINKS[ref.removeprefix(_REF)]}"
        case {"type": "integer", "minimum": least, "maximum": most}:
            return f"whole number, {least:,} to {most:,}"
        case {"type": "array", "maxItems": most}:
            return f"1 to {most} objects, see [lines](#lines)"
        case {"format": "date"}:
            return "day, like `2027-03-01`"
        case {"pattern": str(pattern)}:
            return f"text that fits `{pattern.replace('|', chr(92) + '|')}`"
        case {"maxLength": most}:
            return f"text, up to {most} characters"
    raise LookupError(f"how is {told} written?")


_LINKS = {"CardHolder": "the member](events.md#the-member)"}


def _ref(name: str) -> Schema:
    return {"$ref": f"{_REF}{name}"}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _table(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def main() -> None:
    OPENAPI.write_text(openapi_text(), encoding="utf-8")
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
