"""WSGI entry: `gunicorn "wsgi:create()"`."""

from flask import Flask

import config
from coordinator.app import create_app


def create() -> Flask:
    """The application by the settings of the environment."""
    return create_app(config.load())
