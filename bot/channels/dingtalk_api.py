"""钉钉的接口：取令牌、调用、把错误码变成人话。"""

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx
from dingtalk_stream import CallbackHandler, ChatbotMessage

from bot.message import DeliveryError

# At INFO httpx writes whole addresses, and a session webhook is a key to the conversation.
logging.getLogger("httpx").setLevel(logging.WARNING)

ROBOT_TOPIC: str = ChatbotMessage.TOPIC
CARD_TOPIC: str = CallbackHandler.TOPIC_CARD_CALLBACK
TOO_FAST = {"send.too.fast", "too.many.group", "too.many.people", "send.byToken.tooFast", "130101"}
TOKEN_ERRORS = {"40014", "88", "invalidAuthentication", "InvalidAuthentication"}
NOBODY = {"staffId.notExisted"}


@dataclass(frozen=True, slots=True)
class DingTalkSettings:
    client_id: str
    client_secret: str = field(repr=False)
    robot_code: str = ""  # an in-house robot's code is its client id
    api_url: str = "https://api.dingtalk.com"
    webhook_origins: tuple[str, ...] = ("https://oapi.dingtalk.com", "https://api.dingtalk.com")
    timeout: float = 10.0
    first_delay: float = 1.0
    longest_delay: float = 60.0
    steady_after: float = 30.0  # a link that lived this long starts again with the first delay
    max_inflight: int = 100


class DingTalkApi:
    """One token for all threads; every call raises DeliveryError only."""

    def __init__(self, settings: DingTalkSettings) -> None:
        self._settings = settings
        self._http = httpx.Client(timeout=settings.timeout, headers={"Accept": "application/json"})
        self._refreshing = threading.Lock()
        self._token, self._token_until = "", 0.0

    def open_connection(self) -> str:
        """The address of one stream connection; its ticket works once and is not for logs."""
        topics = [{"type": "CALLBACK", "topic": topic} for topic in (ROBOT_TOPIC, CARD_TOPIC)]
        answer = self._checked(
            "/v1.0/gateway/connections/open",
            {
                "clientId": self._settings.client_id,
                "clientSecret": self._settings.client_secret,
                "subscriptions": topics,
                "ua": "zhanggui",
            },
        )
        return f"{answer['endpoint']}?ticket={quote_plus(str(answer['ticket']))}"

    def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST with our token; a refused token is replaced once."""
        token = self._fresh_token("")
        status, answer = self._post(path, body, token)
        if token_refused(status, answer):
            status, answer = self._post(path, body, self._fresh_token(token))
        if trouble := trouble_in(status, answer):
            raise trouble
        return answer

    def reply(self, webhook: str, body: dict[str, Any]) -> bool:
        """True when taken; False when this address no longer works and another way is needed."""
        status, answer = self._post(webhook, body)
        trouble = trouble_in(status, answer)
        if trouble and trouble.kind == "retry":
            raise trouble
        return trouble is None

    def download(self, code: str, robot: str, largest: int) -> bytes:
        """One picture sent to the robot: first its address, then its bytes, at most `largest` of them."""
        answer = self.call("/v1.0/robot/messageFiles/download", {"downloadCode": code, "robotCode": robot})
        inner = answer.get("data")
        address = answer.get("downloadUrl") or (inner.get("downloadUrl") if isinstance(inner, dict) else "")
        body = bytearray()
        try:
            with self._http.stream("GET", str(address)) as response:
                response.raise_for_status()
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > largest:
                        raise DeliveryError("照片太大", "drop")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as broken:
            raise DeliveryError(f"钉钉没有应答（{type(broken).__name__}）", "retry", 10.0) from None
        return bytes(body)

    def trusts(self, webhook: str) -> bool:
        """The address comes inside a message: only the platform's own hosts are ever called."""
        try:
            parts = urlsplit(webhook)
        except ValueError:
            return False
        return f"{parts.scheme}://{parts.netloc}" in self._settings.webhook_origins

    def _fresh_token(self, stale: str) -> str:
        """A token other than `stale`; threads that come together share one request."""
        with self._refreshing:
            if not self._token or self._token == stale or time.monotonic() >= self._token_until:
                names = {"appKey": self._settings.client_id, "appSecret": self._settings.client_secret}
                answer = self._checked("/v1.0/oauth2/accessToken", names)
                self._token = str(answer["accessToken"])
                self._token_until = time.monotonic() + float(answer.get("expireIn") or 7200) - 300
            return self._token

    def _checked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = self._post(path, body)
        if trouble := trouble_in(status, answer):
            raise trouble
        return answer

    def _post(self, path: str, body: dict[str, Any], token: str = "") -> tuple[int, dict[str, Any]]:
        url = path if "://" in path else self._settings.api_url + path
        headers = {"x-acs-dingtalk-access-token": token} if token else {}
        try:
            response = self._http.post(url, json=body, headers=headers)
            answer = response.json() if response.content else {}
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as broken:
            # its text may hold the address with its keys, so only its kind is told
            raise DeliveryError(f"钉钉没有应答（{type(broken).__name__}）", "retry", 10.0) from None
        return response.status_code, answer if isinstance(answer, dict) else {}


def code_of(answer: dict[str, Any]) -> str:
    code = str(answer.get("code") or answer.get("errcode") or "")
    return "" if code == "0" else code


def token_refused(status: int, answer: dict[str, Any]) -> bool:
    return status in (401, 403) or code_of(answer) in TOKEN_ERRORS


def trouble_in(status: int, answer: dict[str, Any]) -> DeliveryError | None:
    """What an answer means; errors come with HTTP 200 as well."""
    code = code_of(answer)
    words = str(answer.get("message") or answer.get("errmsg") or "")[:200]
    if status == 200 and not code:
        return None
    if status == 429 or code in TOO_FAST or code.startswith("Throttling"):
        return DeliveryError(f"钉钉嫌发得太快（{code or status}），过一会儿再发", "retry", 60.0)
    if status >= 500:
        return DeliveryError(f"钉钉没有应答（HTTP {status}）", "retry", 10.0)
    if code in NOBODY:
        return DeliveryError(f"钉钉里找不到这个人（{code}）", "drop")
    if token_refused(status, answer):
        hint = "请核对 Client ID、Client Secret 和接口权限"
        return DeliveryError(f"钉钉不认这个应用：{hint}（{code or status}）", "alert")
    return DeliveryError(f"钉钉没有收下（{code or status}）：{words}", "alert")
