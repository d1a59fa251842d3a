"""假钉钉：网关、长连接和接口；没有回执的会再来。"""

import asyncio
import itertools
import json
import time
import uuid
from collections import deque
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.server import FakeServer, eventually

CLIENT_ID, CLIENT_SECRET = "dingfake", "canary-secret-7319"
ROBOT_TOPIC = "/v1.0/im/bot/messages/get"
CARD_TOPIC = "/v1.0/card/instances/callback"
Json = dict[str, Any]


class FakeDingTalk(FakeServer):
    """Faults: gateway_status, gateway_delay, close_at_once, webhook_answer, answers, token_expires_next, delay."""

    def __init__(self) -> None:
        super().__init__()
        self.opens: list[float] = []
        self.tickets: list[str] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.requests: list[web.Request] = []
        self.acks: list[Json] = []
        self.unacked: dict[str, Json] = {}
        self.said: list[Json] = []  # what reached a session webhook
        self.called: list[tuple[str, Json]] = []
        self.answers: deque[tuple[int, Json | str]] = deque()
        self.files: dict[str, bytes] = {}  # download code → picture
        self.webhook_answer: Json = {"errcode": 0, "errmsg": "ok"}
        self.token_requests = 0
        self.gateway_status, self.gateway_delay, self.delay = 200, 0.0, 0.0
        self.close_at_once = self.token_expires_next = self.token_never_good = False
        self._good_tokens: set[str] = set()
        self._numbers = itertools.count(1)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/v1.0/gateway/connections/open", self._open),
            web.get("/connect", self._stream),
            web.post("/v1.0/oauth2/accessToken", self._token),
            web.post("/robot/sendBySession", self._session),
            web.post("/v1.0/robot/oToMessages/batchSend", self._api),
            web.post("/v1.0/robot/groupMessages/send", self._api),
            web.post("/v1.0/robot/messageFiles/download", self._file_address),
            web.get("/files/{code}", self._file),
        ]

    async def _open(self, request: web.Request) -> web.Response:
        self.opens.append(time.monotonic())
        body = await request.json()
        await asyncio.sleep(self.gateway_delay)
        if self.gateway_status != 200:
            return web.json_response({"code": "unavailable", "message": "fake"}, status=self.gateway_status)
        if (body["clientId"], body["clientSecret"]) != (CLIENT_ID, CLIENT_SECRET):
            return web.json_response({"code": "authFailed", "message": "鉴权失败"}, status=401)
        ticket = f"canary-ticket-{uuid.uuid4()}"
        self.tickets.append(ticket)
        return web.json_response({"endpoint": f"{self.url.replace('http', 'ws')}/connect", "ticket": ticket})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self.tickets:
            return web.Response(status=401)
        self.tickets.remove(ticket)
        stream = web.WebSocketResponse()
        await stream.prepare(request)
        if self.close_at_once:
            await stream.close(code=1000)
            return stream
        self.sockets.append(stream)
        self.requests.append(request)
        for frame in list(self.unacked.values()):
            await stream.send_str(json.dumps(frame))
        async for message in stream:
            if message.type == WSMsgType.TEXT:
                ack = json.loads(message.data)
                self.acks.append(ack)
                self.unacked.pop(str(ack["headers"].get("messageId")), None)
        return stream

    async def _token(self, request: web.Request) -> web.Response:
        self.token_requests += 1
        await asyncio.sleep(0.05)  # long enough for a crowd to gather
        token = f"canary-token-{next(self._numbers)}"
        self._good_tokens.add(token)
        return web.json_response({"accessToken": token, "expireIn": 7200})

    async def _session(self, request: web.Request) -> web.Response:
        body = await request.json()
        await asyncio.sleep(self.delay)
        if not self.webhook_answer.get("errcode"):
            self.said.append(body)
        return web.json_response(self.webhook_answer)

    async def _api(self, request: web.Request) -> web.Response:
        body = await request.json()
        await asyncio.sleep(self.delay)
        if refusal := self._refusal(request):
            return refusal
        if self.answers:
            status, answer = self.answers.popleft()
            if isinstance(answer, str):
                return web.Response(text=answer, status=status)
            return web.json_response(answer, status=status)
        self.called.append((request.path, body))
        return web.json_response({"processQueryKey": uuid.uuid4().hex, "invalidStaffIdList": []})

    def _refusal(self, request: web.Request) -> web.Response | None:
        token = request.headers.get("x-acs-dingtalk-access-token", "")
        if self.token_expires_next:
            self.token_expires_next = False
            self._good_tokens.discard(token)
        if self.token_never_good or token not in self._good_tokens:
            return web.json_response({"code": "InvalidAuthentication", "message": "token"}, status=401)
        return None

    async def _file_address(self, request: web.Request) -> web.Response:
        body = await request.json()
        if refusal := self._refusal(request):
            return refusal
        if body["robotCode"] != CLIENT_ID or body["downloadCode"] not in self.files:
            return web.json_response({"code": "invalidDownloadCode", "message": "fake"}, status=400)
        return web.json_response({"downloadUrl": f"{self.url}/files/{body['downloadCode']}"})

    async def _file(self, request: web.Request) -> web.Response:
        return web.Response(body=self.files[request.match_info["code"]], content_type="image/jpeg")

    def robot_message(
        self, text: str | None = None, sort: str = "text", group: bool = False, **more: Any
    ) -> Json:
        now = int(time.time() * 1000)
        data: Json = {
            "conversationId": "cidFAKE==", "conversationType": "2" if group else "1",
            "msgId": f"msg{next(self._numbers)}==", "msgtype": sort, "createAt": now,
            "senderStaffId": "manager807", "senderId": "$:LWCP_v1:$u1", "senderNick": "李老板",
            "robotCode": CLIENT_ID, "sessionWebhookExpiredTime": now + 5_400_000,
            "sessionWebhook": f"{self.url}/robot/sendBySession?session=canary-session-{next(self._numbers)}",
        }  # fmt: skip
        return data | ({"text": {"content": text}} if text is not None else {}) | more

    def frame(self, data: Any, topic: str = ROBOT_TOPIC, sort: str = "CALLBACK") -> Json:
        headers = {"appId": "fake", "connectionId": "c", "contentType": "application/json", "topic": topic}
        headers |= {"messageId": f"frame-{next(self._numbers)}", "time": str(int(time.time() * 1000))}
        return {"specVersion": "1.0", "type": sort, "headers": headers, "data": json.dumps(data)}

    def push(self, frame: Json) -> str:
        """Send on the newest connection; what is never acknowledged comes again on the next one."""
        identity = str(frame["headers"]["messageId"])
        self.unacked[identity] = frame
        self.run(self.sockets[-1].send_str(json.dumps(frame)))
        return identity

    def send_raw(self, text: str) -> None:
        self.run(self.sockets[-1].send_str(text))

    def redeliver(self) -> None:
        """What the platform does about a minute later."""
        for frame in list(self.unacked.values()):
            self.run(self.sockets[-1].send_str(json.dumps(frame)))

    def ack_of(self, identity: str) -> Json:
        eventually(lambda: any(ack["headers"].get("messageId") == identity for ack in self.acks))
        return next(ack for ack in self.acks if ack["headers"].get("messageId") == identity)

    def reset(self) -> None:
        """The line is cut with no goodbye."""
        transport = self.requests[-1].transport
        assert transport is not None
        self.loop.call_soon_threadsafe(transport.abort)

    def close(self) -> None:
        self.run(self.sockets[-1].close(code=1000))

    def wait_connected(self, number: int) -> None:
        eventually(lambda: len(self.sockets) >= number)
