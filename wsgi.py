"""WSGI entry: `gunicorn "wsgi:create()"`."""

import atexit

from flask import Flask

import config
from coordinator.app import create_app, start


def create() -> Flask:
    """The application by the settings of the environment, with what runs beside its requests."""
    app = create_app(config.load())
    atexit.register(start(app))
    return app
