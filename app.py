"""The Chalice application: registers blueprints, and has each answer say itself if it is bytes."""

from chalice.app import Chalice

from chalicelib.handlers import (
    http_images,
    http_intake,
    http_member,
    http_partner,
    http_preferences,
    queue_events,
    queue_feedback,
    queue_sends,
    schedule_audit,
    schedule_due,
)

app = Chalice(app_name="milepost")
app.api.binary_types = []

for module in (
    http_images,
    http_intake,
    http_member,
    http_partner,
    http_preferences,
    queue_events,
    queue_sends,
    queue_feedback,
    schedule_due,
    schedule_audit,
):
    app.register_blueprint(module.blueprint)
