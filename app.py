"""The Chalice application: registers blueprints, nothing else."""

from chalice.app import Chalice

from chalicelib.handlers import (
    http_intake,
    http_member,
    queue_events,
    queue_feedback,
    queue_sends,
    schedule_audit,
    schedule_due,
)

app = Chalice(app_name="milepost")

for module in (
    http_intake,
    http_member,
    queue_events,
    queue_sends,
    queue_feedback,
    schedule_due,
    schedule_audit,
):
    app.register_blueprint(module.blueprint)
