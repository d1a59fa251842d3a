"""假平台的底座：一个 aiohttp 服务在自己的线程里，端口由内核给。"""

import asyncio
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import uvicorn
from aiohttp import web
from fastapi import FastAPI

T = TypeVar("T")


class FakeServer(ABC):
    """Subclass it, list the routes, use it as a context manager; `url` is where it answers."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.url = ""

    @abstractmethod
    def routes(self) -> list[web.RouteDef]: ...

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self.run(self._serve())}"
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._runner.cleanup())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    async def _serve(self) -> int:
        app = web.Application()
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.01, access_log=None)
        await self._runner.setup()
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        await web.SockSite(self._runner, listening).start()
        return int(listening.getsockname()[1])


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Our own application on a real socket."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


def eventually(holds: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for it; fails loudly when it never comes."""
    over = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if holds():
            return
        over.wait(0.01)
    raise AssertionError(f"never came true within {seconds} s")
