"""假企业微信：接口、自己的一套加解密，以及没收到回应就重推的回调。"""

import asyncio
import base64
import hashlib
import itertools
import os
import struct
import time
from collections import deque
from typing import Any

import httpx
from aiohttp import web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.fakes.server import FakeServer

CORP, TOKEN, AES_KEY = "wx5823bf96d3bd56c7", "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
SECRET = "canary-secret-7319"


class FakeWeCom(FakeServer):
    """Faults: token_expires_next, token_never_good, answers (taken one by one by message/send), delay, invalid."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: set[str] = set()
        self.token_requests = self.calls = 0
        self.sent: list[dict[str, Any]] = []
        self.updated: list[dict[str, Any]] = []
        self.answers: deque[dict[str, Any] | web.Response] = deque()
        self.media: dict[str, bytes] = {}
        self.update_answer: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}
        self.token_expires_next = self.token_never_good = False
        self.delay = 0.0
        self.invalid = ""
        self._numbers = itertools.count(1)

    @property
    def base_url(self) -> str:
        return f"{self.url}/cgi-bin/"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/cgi-bin/gettoken", self._gettoken),
            web.post("/cgi-bin/message/send", self._send),
            web.post("/cgi-bin/message/update_template_card", self._update),
            web.get("/cgi-bin/media/get", self._media),
        ]

    async def _gettoken(self, request: web.Request) -> web.Response:
        self.token_requests += 1
        await asyncio.sleep(0.05)  # long enough for a crowd to gather
        if request.query.get("corpid") != CORP:
            return _errcode(40013, "invalid corpid")
        if request.query.get("corpsecret") != SECRET:
            return _errcode(40001, "invalid credential")
        token = f"canary-token-{next(self._numbers)}"
        self.tokens.add(token)
        return web.json_response({"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": 7200})

    def _refusal(self, request: web.Request) -> web.Response | None:
        token = request.query.get("access_token", "")
        if self.token_never_good or token not in self.tokens:
            return _errcode(40014, "invalid access_token")
        if self.token_expires_next:
            self.token_expires_next = False
            self.tokens.discard(token)
            return _errcode(42001, "access_token expired")
        return None

    async def _send(self, request: web.Request) -> web.Response:
        self.calls += 1
        body = await request.json()
        await asyncio.sleep(self.delay)
        if refusal := self._refusal(request):
            return refusal
        if self.answers:
            answer = self.answers.popleft()
            return web.json_response(answer) if isinstance(answer, dict) else answer
        self.sent.append(body)
        return web.json_response(
            {"errcode": 0, "errmsg": "ok", "invaliduser": self.invalid, "msgid": f"m{next(self._numbers)}"}
        )

    async def _update(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        self.updated.append(await request.json())
        return web.json_response(self.update_answer)

    async def _media(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        picture = self.media.get(request.query.get("media_id", ""))
        if picture is None:
            return _errcode(40007, "invalid media_id")
        return web.Response(body=picture, content_type="image/jpeg")


def _errcode(code: int, words: str) -> web.Response:
    return web.json_response({"errcode": code, "errmsg": words})


class Sealer:
    """The platform's side of the callback crypto, written from its description, not from the library's code."""

    def __init__(self, token: str = TOKEN, aes_key: str = AES_KEY, corp: str = CORP) -> None:
        self.token, self.corp, self.key = token, corp, base64.b64decode(aes_key + "=")

    def encrypt(self, text: bytes) -> str:
        plain = os.urandom(16) + struct.pack(">I", len(text)) + text + self.corp.encode()
        padding = 32 - len(plain) % 32
        encryptor = Cipher(algorithms.AES(self.key), modes.CBC(self.key[:16])).encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding)).decode()

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        return hashlib.sha1("".join(sorted([self.token, timestamp, nonce, encrypted])).encode()).hexdigest()

    def query(self, encrypted: str) -> dict[str, str]:
        timestamp, nonce = str(int(time.time())), os.urandom(4).hex()
        signature = self.sign(timestamp, nonce, encrypted)
        return {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}

    def envelope(self, xml: str | bytes) -> tuple[dict[str, str], str]:
        """(query, body) of one callback."""
        encrypted = self.encrypt(xml.encode() if isinstance(xml, str) else xml)
        body = f"<xml><ToUserName><![CDATA[{self.corp}]]></ToUserName><AgentID><![CDATA[218]]></AgentID>"
        return self.query(encrypted), f"{body}<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"


def message_xml(sort: str = "text", extra: str = "", msg_id: str | None = "1001", **fields: object) -> str:
    told = {"FromUserName": "zhangsan", "CreateTime": int(time.time()), "AgentID": 218} | fields
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in told.items())
    number = "" if msg_id is None else f"<MsgId>{msg_id}</MsgId>"
    return f"<xml><ToUserName>{CORP}</ToUserName>{inner}<MsgType>{sort}</MsgType>{number}{extra}</xml>"


def push(url: str, xml: str, sealer: Sealer | None = None, tries: int = 3) -> list[int]:
    """As the platform does: the same message again until a 200 comes within 5 s, three times at most."""
    query, body = (sealer or Sealer()).envelope(xml)
    statuses: list[int] = []
    while len(statuses) < tries and 200 not in statuses:
        statuses.append(httpx.post(url, params=query, content=body, timeout=5).status_code)
    return statuses
