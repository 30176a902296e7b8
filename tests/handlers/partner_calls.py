"""A partner that asks for acts of the ledger, and looks at every answer as the reference has it."""

import json

from functional.worlds import ANN, START, ask, problem_of

from chalicelib.handlers.partner_answer_schema import ANSWERS, ProblemAnswer

UNIT = "redeemable"
TODAY = START.date().isoformat()
BEN = {"card": "7000000002", "email": "ben@example.com"}
OTHER_SECRET = "whsec_YW5vdGhlciBzZWNyZXQsIHRvIGV4Y2hhbmdlIGl0IQ=="


def purchase(miles):
    return {"kind": "purchase", "amount": miles * 100, "currency": "EUR"}


def transaction(reference, *lines, member=ANN, on=TODAY):
    return {"reference": reference, "member": member, "on": on, "lines": list(lines)}


def spend(reference, amount, member=ANN, **more):
    return {"reference": reference, "member": member, "unit": UNIT, "amount": amount, **more}


def done(act, body, **how):
    """Ask, and return what is told; it has the shape that the reference shows."""
    answer = ask(act, body, **how)
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"] == "application/json"
    told = json.loads(answer.body)
    ANSWERS[act].model_validate_json(answer.body)
    return told


def refused(answer, status, name):
    ProblemAnswer.model_validate_json(answer.body)
    problem = problem_of(answer)
    assert (answer.status, problem["type"]) == (status, f"urn:milepost:problem:{name}"), problem
    return problem


def given(miles, reference="gift-1", member=ANN):
    """Let the member earn so many miles."""
    told = done("post", transaction(reference, purchase(miles), member=member))
    assert told["amounts"] == {UNIT: miles}
    return told


def balance(member=ANN):
    return done("statement", {"member": member})["balances"][UNIT]
