"""A small map, small files, and an engine's front door that remembers what was posted to it."""

import csv
import json
import os
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings

from chalicelib.adapters.webhooks import verify
from chalicelib.world.import_csv import Record
from chalicelib.world.import_events import RowMapper
from chalicelib.world.import_map import read_map
from chalicelib.world.import_targets import Destination, UnreachableError
from chalicelib.world.importer import Courier, ImportPlan, run_import

SECRET = "whsec_dGhlIHNlY3JldCBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVz"
HEADER = ["Number", "City", "Salary", "Joined", "Left"]
MAP = """\
member:
  card: row.Number
  email: row.Number ~ '@example.com'
  channel: "'offline'"
  time_zone: tables.zones[row.City]
  balances:
    redeemable: row.Salary | int
  joined_at:
    date: row.Joined
  left_at:
    date: row.Left
tables:
  zones: {Toronto: America/Toronto, Banff: America/Edmonton}
checks:
  Salary: {type: integer, min: 0, empty: allowed}
"""


files_each_time = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def row(number, city="Toronto", salary="10", joined="2016-02-01", left=""):
    return [str(number), city, salary, joined, left]


def write_csv(path, rows, header=HEADER, encoding="utf-8"):
    with path.open("w", newline="", encoding=encoding) as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def read_csv(path, encoding="utf-8"):
    with path.open(newline="", encoding=encoding) as stream:
        return list(csv.reader(stream))


def write_map(folder, text=MAP):
    path = folder / "members.map.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def destination(target):
    return Destination(target=target, partner="demo", secret=SECRET, name="the test's door")


def mapped(text=MAP, columns=HEADER):
    """Return what maps the fields of one row, at line 2, by this map."""
    with TemporaryDirectory() as folder:
        mapping = read_map(write_map(Path(folder), text))
    return lambda fields: RowMapper(mapping, columns)(Record(2, fields))


def plan(folder, file, text=MAP):
    mapping = read_map(write_map(folder, text))
    return ImportPlan(file=file, mapping=mapping, rejects=folder / "out" / "rejects.csv")


class Scripted:
    """Gives the answers that it is told, whatever is posted."""

    def __init__(self, *answers):
        self._answers = list(answers)

    def post(self, *_):
        status, said = self._answers.pop(0)
        return status, json.dumps(said).encode()


class Door:
    """Takes what is signed; refuses whom it is told to, and first fails as often as it is told.

    ``troubles`` holds statuses, and None where no answer comes at all. ``told_at_once`` bounds
    the faults of one answer, as the engine does.
    """

    def __init__(self, refused_cards=(), troubles=(), told_at_once=20):
        self.refused_cards = set(refused_cards)
        self.troubles = list(troubles)
        self.told_at_once = told_at_once
        self.posts = []
        self.accepted = []

    def post(self, path, headers, body):
        assert path == "/v1/partners/demo/events"
        assert SECRET not in str(headers) + body.decode()
        webhook_id = verify(headers, body, [SECRET])
        self.posts.append((webhook_id, body))
        if self.troubles:
            return self._trouble(self.troubles.pop(0))
        events = json.loads(body)["data"]["events"]
        if faults := list(self._faults(events)):
            return 422, json.dumps({"errors": faults[: self.told_at_once]}).encode()
        self.accepted += events
        return 202, json.dumps({"accepted": len(events)}).encode()

    def _trouble(self, status):
        if status is None:
            raise UnreachableError("nobody is there")
        return status, b'{"detail": "try again"}'

    def _faults(self, events):
        for index, event in enumerate(events):
            if event["data"]["member"]["card"] in self.refused_cards:
                yield {"pointer": f"/data/events/{index}/data/tier", "detail": "no such tier"}

    def cards(self):
        return [event["data"]["member"]["card"] for event in self.accepted]

    def destination(self):
        return destination(self)

    @contextmanager
    def opened(self, _programme):
        """Stand for the world that the command makes when none is running."""
        yield self.destination()


def imported(folder, rows, door=None, **options):
    """Import rows from a file of their own; return the tally and what was rejected."""
    door = door or Door()
    file = write_csv(folder / "members.csv", rows, **options)
    run = plan(folder, file)
    tally = run_import(run, Courier(door.destination(), wait=lambda _: None), lambda _: None)
    return tally, read_csv(run.rejects)[1:] if run.rejects.exists() else []


class Server:
    """A web server on this machine that answers each POST with what it is told."""

    def __init__(self, answers):
        self.got = []
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                got.append((self.path, headers, body))
                status, headers, answer = answers.pop(0)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def world_file(folder, **changes):
    file = folder / "world.json"
    told = {"url": "http://127.0.0.1:1", "partner": "demo", "secret": SECRET, "pid": os.getpid()}
    file.write_text(json.dumps({**told, **changes}), encoding="utf-8")
    return file
