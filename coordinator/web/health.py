"""For machines that watch: alive, able to serve, and figures for Prometheus."""

from __future__ import annotations

import os
import time

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from coordinator.services import health
from coordinator.web import logs
from coordinator.web.context import client_address, reading

blueprint = Blueprint("health", __name__)
LOOPBACK = {"127.0.0.1", "::1"}
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip")


class Figures:
    """What this process counts. Each process of the server has its own, told apart by `worker`."""

    def __init__(self) -> None:
        worker = str(os.getpid())
        self.registry = CollectorRegistry()
        names = ["method", "endpoint", "status", "worker"]
        self.requests = Counter("coordinator_requests", "Requests answered.", names, registry=self.registry)
        self.seconds = Histogram(
            "coordinator_request_seconds", "Seconds to answer.", ["endpoint", "worker"], registry=self.registry
        )
        started = Gauge("coordinator_started_seconds", "When this process began.", ["worker"], registry=self.registry)
        started.labels(worker).set(time.time())
        self.worker = worker

    def count(self, method: str, endpoint: str, status: int, seconds: float | None) -> None:
        """Counts an answer, and how long it took where that is known."""
        self.requests.labels(method, endpoint, str(status), self.worker).inc()
        if seconds is not None:
            self.seconds.labels(endpoint, self.worker).observe(seconds)


def install(app: Flask) -> Figures:
    """Counts every answer; gives the figures for answers that the application does not see."""
    figures = app.extensions["coordinator-figures"] = Figures()
    app.after_request(_count)
    return figures


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process is alive."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    """The database answers and has its tables."""
    try:
        with reading() as work:
            health.clinic_count(work)
    except Exception as error:  # whatever the database raises, the answer is the same
        logs.failure(error)
        return Response("the database does not answer\n", status=503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Figures, to this machine only: whoever comes through a proxy gets what a wrong address gets."""
    if client_address() not in LOOPBACK or any(name in request.headers for name in FORWARDED):
        abort(404)
    return Response(generate_latest(_figures().registry), content_type=CONTENT_TYPE_LATEST)


def _figures() -> Figures:
    figures = current_app.extensions["coordinator-figures"]
    assert isinstance(figures, Figures)
    return figures


def _count(response: Response) -> Response:
    seconds = time.perf_counter() - g.began if "began" in g else None
    _figures().count(request.method, request.endpoint or "none", response.status_code, seconds)
    return response
