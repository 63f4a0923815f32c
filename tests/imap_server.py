"""A small real IMAP server for tests: one mailbox, one user, over a socket."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

USER, PASSWORD = "clinic", "s3cret/word"


@dataclass(slots=True)
class Mailbox:
    """What the server holds; `seen` are the numbers of the mails that were marked as read."""

    url: str = ""
    mails: list[bytes] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    fetched: list[int] = field(default_factory=list)


class Handler(socketserver.StreamRequestHandler):
    """One conversation."""

    mailbox: Mailbox

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            tag, _, command = line.decode().strip().partition(" ")
            if not self.answer(tag, command):
                return

    def answer(self, tag: str, command: str) -> bool:
        upper = command.upper()
        said, done = self.untagged(upper, command)
        for part in said:
            self.wfile.write(part)
        self.wfile.write(f"{tag} {done}\r\n".encode())
        return not upper.startswith("LOGOUT")

    def untagged(self, upper: str, command: str) -> tuple[list[bytes], str]:
        if upper.startswith("CAPABILITY"):
            return [b"* CAPABILITY IMAP4rev1\r\n"], "OK done"
        if upper.startswith("LOGIN"):
            right = command.split(" ", 1)[1].replace('"', "") == f"{USER} {PASSWORD}"
            return [], "OK done" if right else "NO wrong name or password"
        if upper.startswith("SELECT"):
            there = "INBOX" in upper
            return (
                [f"* {len(self.mailbox.mails)} EXISTS\r\n".encode()] if there else []
            ), "OK done" if there else "NO none"
        if upper.startswith("UID SEARCH"):
            unseen = [str(number) for number, _ in enumerate(self.mailbox.mails, 1) if number not in self.mailbox.seen]
            return [f"* SEARCH {' '.join(unseen)}\r\n".encode()], "OK done"
        if upper.startswith("UID"):
            return self.about(int(re.findall(r"\d+", upper)[0]), upper), "OK done"
        return [], "OK done"

    def about(self, number: int, upper: str) -> list[bytes]:
        content = self.mailbox.mails[number - 1]
        if "STORE" in upper:
            self.mailbox.seen.add(number)
            return []
        if "RFC822.SIZE" in upper:
            return [f"* {number} FETCH (UID {number} RFC822.SIZE {len(content)})\r\n".encode()]
        self.mailbox.fetched.append(number)
        head = f"* {number} FETCH (UID {number} BODY[] {{{len(content)}}}\r\n".encode()
        return [head, content, b")\r\n"]


@contextmanager
def imap_server() -> Iterator[Mailbox]:
    """A server on a port of its own until the end of the block."""
    mailbox = Mailbox()
    handler = type("Handler", (Handler,), {"mailbox": mailbox})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        mailbox.url = f"imap://{USER}:s3cret%2Fword@127.0.0.1:{server.server_address[1]}/INBOX"
        try:
            yield mailbox
        finally:
            server.shutdown()
