"""What is wrong with the TLS of an address is seen as a browser, and an attacker, would see it."""

from __future__ import annotations

import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from coordinator.delivery.tls_look import Unreached, trouble_at


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    """Trusts that certificate, as a browser trusts a public one."""
    return ssl.create_default_context(cafile=str(certificate))


def speaks(certificate: Path, ciphers: str = "", least: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = least
    if ciphers:
        context.set_ciphers(ciphers)
    return context


@contextmanager
def serving(context: ssl.SSLContext | None) -> Iterator[int]:
    """A port that shakes hands so; None: one that does not know how."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def shake() -> None:
            with suppress(OSError):
                while True:
                    line, _ = door.accept()
                    with suppress(OSError), line:
                        if context is None:
                            line.sendall(b"220 no TLS here\r\n")
                        else:
                            context.wrap_socket(line, server_side=True).close()

        threading.Thread(target=shake, daemon=True).start()
        yield door.getsockname()[1]


def test_a_modern_one_has_no_trouble(certificate: Path, trusting: ssl.SSLContext) -> None:
    with serving(speaks(certificate, "ECDHE+AESGCM:ECDHE+CHACHA20")) as port:
        assert trouble_at("127.0.0.1", port, trusting) is None


def test_a_certificate_that_nobody_trusts_is_named(certificate: Path) -> None:
    with serving(speaks(certificate)) as port:
        assert "certificate does not hold (self-signed certificate)" in str(trouble_at("127.0.0.1", port))


def test_old_versions_and_weak_ciphers_are_named(certificate: Path, trusting: ssl.SSLContext) -> None:
    with serving(speaks(certificate, "ECDHE+AESGCM:ALL:@SECLEVEL=0", ssl.TLSVersion.TLSv1)) as port:
        assert trouble_at("127.0.0.1", port, trusting) == (
            "it also takes TLS 1.0 or 1.1 and ciphers that keep no secret once its key is known"
        )
    with serving(speaks(certificate, "ECDHE+AESGCM:AES256-GCM-SHA384")) as port:
        assert str(trouble_at("127.0.0.1", port, trusting)).startswith("it also takes ciphers")


def test_what_speaks_no_tls_is_named_and_nobody_is_nobody(trusting: ssl.SSLContext) -> None:
    with serving(None) as port:
        assert "does not speak TLS" in str(trouble_at("127.0.0.1", port, trusting))
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(Unreached, match="refused"):
        trouble_at("127.0.0.1", port, trusting)
