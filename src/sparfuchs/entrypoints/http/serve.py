"""Serving the app: Granian in this process, until it is told to stop."""

import asyncio
import gc
import logging
import signal
import socket

from fastapi import FastAPI
from granian.constants import Interfaces
from granian.server.embed import Server

from sparfuchs.kernel.errors import Conflict
from sparfuchs.plumbing.logging import get_logger

log = get_logger(__name__)


def serve(app: FastAPI, *, host: str, port: int) -> None:
    """Answers until SIGINT or SIGTERM. Raises Conflict when the port is taken."""
    free(host, port)
    # What is there by now stays: a collection that goes through it holds up every request.
    gc.collect()
    gc.freeze()
    logging.getLogger("granian").setLevel(logging.WARNING)  # what it says we say ourselves
    asyncio.run(_serve(app, host, port))


async def _serve(app: FastAPI, host: str, port: int) -> None:
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        backlog=1024,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    log.info("http.serving", host=host, port=port)
    await server.serve()
    log.info("http.stopped")


def free(host: str, port: int) -> None:
    """Raises Conflict when somebody listens there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Conflict(
                f"Port {port} on {host} cannot be taken ({error.strerror}); choose another "
                "with --port",
                port=port,
            ) from error
