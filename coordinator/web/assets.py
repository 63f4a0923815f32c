"""Files for the browser: third-party ones from an allow-list, and addresses that change when a file does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, send_from_directory, url_for

blueprint = Blueprint("assets", __name__)

PACKAGES: Mapping[str, str] = {
    "bootstrap": "bootstrap",
    "bootstrap-icons": "bootstrap-icons",
    "htmx": "htmx.org",
    "inter": "@fontsource-variable/inter",
}
FILES: Mapping[str, str] = {
    "bootstrap/bootstrap.min.css": "dist/css/bootstrap.min.css",
    "bootstrap/bootstrap.bundle.min.js": "dist/js/bootstrap.bundle.min.js",
    "bootstrap-icons/bootstrap-icons.min.css": "font/bootstrap-icons.min.css",
    "bootstrap-icons/fonts/bootstrap-icons.woff2": "font/fonts/bootstrap-icons.woff2",
    "bootstrap-icons/fonts/bootstrap-icons.woff": "font/fonts/bootstrap-icons.woff",
    "htmx/htmx.min.js": "dist/htmx.min.js",
    "inter/latin.woff2": "files/inter-latin-wght-normal.woff2",
    "inter/latin-ext.woff2": "files/inter-latin-ext-wght-normal.woff2",
}
"""What may be fetched under /assets/: its address there, and its file inside the package."""


def install(app: Flask, node_modules: Path) -> None:
    """Serves the allow-listed files of `node_modules`, and gives templates `asset_url`."""
    app.config["NODE_MODULES"] = str(node_modules)
    app.url_defaults(_add_content_hash)
    app.add_template_global(asset_url)


def asset_url(name: str) -> str:
    """The address of an allow-listed file, with its package's version; raises KeyError for another."""
    package = name.split("/", 1)[0]
    return url_for("assets.asset", name=name, v=_version(current_app.config["NODE_MODULES"], PACKAGES[package]))


@blueprint.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """One allow-listed file."""
    if name not in FILES:
        abort(404)
    package = PACKAGES[name.split("/", 1)[0]]
    return send_from_directory(Path(current_app.config["NODE_MODULES"]) / package, FILES[name])


@lru_cache(maxsize=16)
def _version(node_modules: str, package: str) -> str:
    return str(json.loads((Path(node_modules) / package / "package.json").read_text())["version"])


def _add_content_hash(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and "filename" in values and "v" not in values:
        file = Path(current_app.static_folder or "") / values["filename"]
        values["v"] = _content_hash(str(file), file.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _content_hash(file: str, _changed: int) -> str:
    return sha256(Path(file).read_bytes()).hexdigest()[:12]
