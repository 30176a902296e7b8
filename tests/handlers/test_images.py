"""The pictures of mails, as API Gateway asks for them and takes them."""

import base64
import json
from pathlib import Path

import pytest
from functional.worlds import play

from app import app
from chalicelib.world.gateway import request
from chalicelib.world.lambda_events import LambdaContext

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "tests" / "events"
SHIPPED = ROOT / "templates" / "airline-bonus" / "images"
CONTEXT = LambdaContext("function")
ACCEPTED = [
    None,
    "*/*",
    "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    "image/gif, image/jpeg",
    "text/html",
]


@pytest.fixture(scope="module")
def stage():
    with play() as stage:
        yield stage


@pytest.fixture(scope="module")
def served(stage):
    """Return the name that the welcome mail's picture has in mails."""
    return stage.world.engine.programme.images["hero_welcome"]


def asked(file, accept="*/*"):
    event = json.loads((EVENTS / "api_gateway_request.json").read_text())
    headers = {"Host": "miles.example.com"} | ({"Accept": accept} if accept else {})
    event |= {
        "resource": "/m/images/{file}",
        "path": f"/m/images/{file}",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "pathParameters": {"file": file},
        "body": None,
    }
    event["requestContext"] |= {"resourcePath": "/m/images/{file}", "httpMethod": "GET"}
    return app(event, CONTEXT)


@pytest.mark.parametrize("accept", ACCEPTED)
def test_a_picture_comes_as_its_bytes_whatever_the_mail_program_accepts(served, accept):
    answer = asked(served, accept)
    assert answer["statusCode"] == 200
    assert answer["isBase64Encoded"] is True
    assert base64.b64decode(answer["body"]) == (SHIPPED / "hero_welcome.png").read_bytes()
    assert answer["headers"]["Content-Type"] == "image/png"
    json.dumps(answer)  # as Lambda hands it over


def test_a_picture_may_be_kept_for_ever_for_its_name_tells_its_bytes(served):
    assert "immutable" in asked(served)["headers"]["Cache-Control"]


def test_a_mail_from_before_a_picture_was_redrawn_shows_the_new_one_and_keeps_it_for_an_hour():
    answer = asked("hero_welcome.00000000.png")
    assert base64.b64decode(answer["body"]) == (SHIPPED / "hero_welcome.png").read_bytes()
    assert answer["headers"]["Cache-Control"] == "public, max-age=3600"


@pytest.mark.parametrize(
    "file",
    [
        "hero_nobody.00000000.png",
        "hero_welcome.png",
        "hero_welcome.00000000.gif",
        "hero_welcome.00000000.png.png",
        "../programme.00000000.png",
        "..%2Fprogramme.00000000.png",
        "source/sky.00000000.png",
        "hero_welcome\x00.00000000.png",
        "HERO_WELCOME.00000000.png",
        "",
    ],
)
def test_nothing_but_a_picture_of_the_programme_is_answered(stage, file):
    answer = asked(file)
    assert answer["statusCode"] == 404
    assert not answer.get("isBase64Encoded")


def test_the_local_world_serves_the_same_bytes(served):
    response = request("GET", f"/m/images/{served}", {})
    assert response.status == 200
    assert response.body == (SHIPPED / "hero_welcome.png").read_bytes()


def test_the_other_answers_stay_text(stage):
    answer = request("GET", "/m/mail/nothing", {"Accept": "*/*"})
    assert answer.status == 404
    assert answer.body.startswith(b"<!doctype html>")
