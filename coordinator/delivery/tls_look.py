"""Looks at an address as a browser would: whether its certificate holds, and that nothing broken is spoken there."""

from __future__ import annotations

import socket
import ssl
import warnings

SECONDS = 5.0
OLD = "TLS 1.0 or 1.1"
WEAK = "ciphers that keep no secret once its key is known"


class Unreached(Exception):
    """Nobody answers there, seen from here."""


def trouble_at(host: str, port: int, trusted: ssl.SSLContext | None = None) -> str | None:
    """What is wrong with the TLS of an address, None where nothing is; raises Unreached."""
    try:
        _shake(host, port, trusted or ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        return f"its certificate does not hold ({error.verify_message})"
    except ssl.SSLError as error:
        return f"it does not speak TLS 1.2 or 1.3 ({error.reason})"
    except OSError as error:
        raise Unreached(error.strerror or "no answer in time") from error
    taken = [what for what, context in ((OLD, _old()), (WEAK, _weak())) if _takes(host, port, context)]
    return f"it also takes {' and '.join(taken)}" if taken else None


def _takes(host: str, port: int, context: ssl.SSLContext) -> bool:
    try:
        _shake(host, port, context)
    except OSError:
        return False
    return True


def _shake(host: str, port: int, context: ssl.SSLContext) -> None:
    with (
        socket.create_connection((host, port), timeout=SECONDS) as line,
        context.wrap_socket(line, server_hostname=host),
    ):
        return


def _old() -> ssl.SSLContext:
    context = _careless()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that they are broken is why they are asked for
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def _weak() -> ssl.SSLContext:
    """Without encryption, without a certificate, or by RSA alone, which keeps nothing once the key is known."""
    context = _careless()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("kRSA:aNULL:eNULL:@SECLEVEL=0")
    return context


def _careless() -> ssl.SSLContext:
    """Trusts anybody: it only asks what the other side would do, and says nothing to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
