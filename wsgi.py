"""WSGI entry: `gunicorn "wsgi:create()"`."""

import atexit

from flask import Flask

import config
from coordinator.app import create_app, start
from coordinator.services import log_lines


def create() -> Flask:
    """The application by the settings of the environment, with what runs beside its requests."""
    settings = config.load()
    log_lines.send_to(settings.log_url)
    app = create_app(settings)
    atexit.register(start(app))
    return app
