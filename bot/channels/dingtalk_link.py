"""与钉钉的长连接：自己的线程和循环，断了就连，存好才回执。"""

import asyncio
import json
import logging
import random
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Literal

from dingtalk_stream import AckMessage, CallbackMessage, EventMessage, SystemMessage
from dingtalk_stream.frames import Headers
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bot.channels.dingtalk_api import DingTalkSettings
from bot.channels.dingtalk_read import read_json
from bot.message import DeliveryError

log = logging.getLogger(__name__)
# At DEBUG websockets writes the request line, and the ticket is in it.
wire = logging.getLogger(f"{__name__}.wire")
wire.setLevel(logging.WARNING)

DRAIN = 5.0  # seconds that what is being stored gets to be acknowledged before the socket closes
LARGEST_FRAME = 4 * 1024 * 1024

# (topic, frame id, data as it came) → what goes into the acknowledgement; raising leaves the frame unanswered
Take = Callable[[str, str, Any], Any]


@dataclass(frozen=True, slots=True)
class LinkHealth:
    state: Literal["new", "connecting", "up", "down", "stopped"] = "new"
    trouble: str = ""
    attempts: int = 0
    last_frame_at: float | None = None
    last_ack_at: float | None = None


class StreamLink:
    def __init__(
        self, settings: DingTalkSettings, open_connection: Callable[[], str], takers: Mapping[str, Take]
    ) -> None:
        self._settings, self._open, self._takers = settings, open_connection, takers
        self.health = LinkHealth()
        # one thread stores: messages of one person are kept in the order in which they came
        self._storer = ThreadPoolExecutor(1, "dingtalk-store")
        self._working: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="dingtalk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Acknowledge what is being stored, close, end the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(timeout)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._stay_connected())
        finally:
            self._storer.shutdown(wait=False)
            self._note(state="stopped", trouble="")
            self._loop.close()

    async def _stay_connected(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                await self._unless_stopped(self._one_connection())
                self._note(state="down", trouble="")
            except Exception as trouble:  # noqa: BLE001  # edge: whatever ended the link, the next one is tried
                self._note(state="down", trouble=_told(trouble))
                if failures & (failures - 1) == 0:  # the first, the second, the fourth …
                    log.warning("dingtalk link down (%d in a row): %s", failures + 1, self.health.trouble)
            failures = 0 if time.monotonic() - began >= self._settings.steady_after else failures + 1
            await self._unless_stopped(asyncio.sleep(self._delay(failures)))

    def _delay(self, failures: int) -> float:
        doubled = self._settings.first_delay * 2.0 ** min(max(failures - 1, 0), 16)
        return min(doubled, self._settings.longest_delay) * random.uniform(0.75, 1.0)  # noqa: S311  # shops must not all come back at once

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        task, stop = asyncio.ensure_future(work), asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return None

    async def _one_connection(self) -> None:
        self._note(state="connecting", attempts=self.health.attempts + 1)
        address = await asyncio.to_thread(self._open)
        async with connect(
            address, logger=wire, open_timeout=self._settings.timeout, close_timeout=3, max_size=LARGEST_FRAME
        ) as socket:
            self._note(state="up", trouble="")
            try:
                await self._read(socket)
            finally:
                await self._drain()

    async def _read(self, socket: ClientConnection) -> None:
        async for raw in socket:
            self._note(last_frame_at=time.time())
            frame = read_json(raw)
            if frame is None:
                log.warning("dingtalk frame is not JSON, %d bytes", len(raw))
            elif _is_disconnect(frame):
                # acknowledged first, or the platform repeats the command on the next connection
                await self._answer(socket, frame)
                return
            elif len(self._working) < self._settings.max_inflight:
                task = asyncio.create_task(self._answer(socket, frame))
                self._working.add(task)
                task.add_done_callback(self._working.discard)

    async def _drain(self) -> None:
        if self._working:
            await asyncio.wait(set(self._working), timeout=DRAIN)

    async def _answer(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        """Acknowledge on the socket that carried the frame; what could not be stored stays unacknowledged."""
        try:
            code, data = await self._outcome(frame)
        except Exception:
            log.exception("dingtalk frame not stored, left for redelivery")
            return
        ack = AckMessage()
        ack.code, ack.message, ack.data = code, "OK", data
        ack.headers.message_id = _headers(frame).get("messageId")
        ack.headers.content_type = Headers.CONTENT_TYPE_APPLICATION_JSON
        try:
            await socket.send(json.dumps(ack.to_dict()))
            self._note(last_ack_at=time.time())
        except ConnectionClosed:
            log.info("dingtalk link closed before the acknowledgement; the frame will come again")

    async def _outcome(self, frame: dict[str, Any]) -> tuple[int, Any]:
        sort, headers = frame.get("type"), _headers(frame)
        if sort == SystemMessage.TYPE:
            return AckMessage.STATUS_OK, read_json(frame.get("data")) or {}
        if sort == EventMessage.TYPE:
            return AckMessage.STATUS_OK, {"status": "SUCCESS"}
        topic = str(headers.get("topic"))
        if sort != CallbackMessage.TYPE or topic not in self._takers:
            return AckMessage.STATUS_NOT_IMPLEMENT, {}
        frame_id = str(headers.get("messageId") or "")
        taken = self._loop.run_in_executor(
            self._storer, self._takers[topic], topic, frame_id, frame.get("data")
        )
        return AckMessage.STATUS_OK, {"response": await taken}

    def _note(self, **changes: Any) -> None:
        self.health = replace(self.health, **changes)


def _headers(frame: dict[str, Any]) -> dict[str, Any]:
    headers = frame.get("headers")
    return headers if isinstance(headers, dict) else {}


def _is_disconnect(frame: dict[str, Any]) -> bool:
    topic = _headers(frame).get("topic")
    return bool(frame.get("type") == SystemMessage.TYPE and topic == SystemMessage.TOPIC_DISCONNECT)


def _told(trouble: Exception) -> str:
    """For people and logs: our own words, else only its kind, since its text may hold the ticket."""
    return trouble.message if isinstance(trouble, DeliveryError) else type(trouble).__name__
