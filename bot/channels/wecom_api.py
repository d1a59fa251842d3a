"""企业微信的接口：取令牌、调用、把错误码变成人话。"""

import json
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests
from wechatpy.enterprise import WeChatClient
from wechatpy.exceptions import WeChatClientException

from bot.message import DeliveryError

# At DEBUG urllib3 writes whole addresses, and ours carry the secret and the token.
logging.getLogger("urllib3").setLevel(logging.INFO)

T = TypeVar("T")
TOKEN_ERRORS = {40001, 40014, 42001}
LATER = {-1: 5.0, 45009: 60.0, 45033: 5.0}  # busy, too many calls, too many at once → seconds to wait
NOBODY = {60111, 81013}  # no such person; none of the recipients may see this app


@dataclass(frozen=True, slots=True)
class WeComSettings:
    corp_id: str
    agent_id: int
    secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    cards: bool = False
    base_url: str = "https://qyapi.weixin.qq.com/cgi-bin/"
    timeout: float = 10.0
    part_pause: float = 0.5  # without a pause the parts of a long text arrive in any order
    max_age: float = 86_400.0  # room for the platform's retries and for a shop clock that runs wrong

    @property
    def account(self) -> str:
        return f"{self.corp_id}:{self.agent_id}"


class WeComApi(WeChatClient):  # type: ignore[misc]  # wechatpy carries no types
    """wechatpy's client with our tokens: its own has a fixed host, no timeout, and retries for ever."""

    expires_at: int | None

    def __init__(self, settings: WeComSettings) -> None:
        self.API_BASE_URL = settings.base_url
        self._refreshing = threading.Lock()
        super().__init__(settings.corp_id, settings.secret, timeout=settings.timeout, auto_retry=False)

    def fetch_access_token(self, stale: str | None = None) -> str:
        """A token other than `stale`; threads that come together share one request."""
        with self._refreshing:
            current: str | None = self.session.get(self.access_token_key)
            if current and current != stale and (self.expires_at or 0) - time.time() > 60:
                return current
            answer = self._http.get(
                f"{self.API_BASE_URL}gettoken",
                params={"corpid": self.corp_id, "corpsecret": self.secret},
                timeout=self.timeout,
            ).json()
            if answer.get("errcode"):
                raise WeChatClientException(answer["errcode"], answer.get("errmsg"), client=self)
            token, lifetime = str(answer["access_token"]), int(answer["expires_in"])
            self.session.set(self.access_token_key, token, lifetime)
            self.expires_at = int(time.time()) + lifetime
            return token

    def call(self, endpoint: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST; a refused token is replaced once. Raises DeliveryError only."""
        return self._with_token(lambda token: self._post_with(token, endpoint, body))

    def download(self, endpoint: str, params: dict[str, str], largest: int) -> bytes:
        """GET what is not JSON, at most `largest` bytes; a refused token is replaced once. Raises DeliveryError only."""
        return self._with_token(lambda token: self._get_with(token, endpoint, params, largest))

    def _with_token(self, ask: Callable[[str], T]) -> T:
        try:
            token = self.access_token
            try:
                return ask(token)
            except WeChatClientException as refusal:
                if refusal.errcode not in TOKEN_ERRORS:
                    raise
            return ask(self.fetch_access_token(stale=token))
        except WeChatClientException as refusal:
            raise refused(refusal) from None
        except (requests.RequestException, ValueError, KeyError, TypeError) as trouble:
            # its text holds the whole address with secret and token, so only its kind is told
            raise DeliveryError(f"企业微信没有应答（{type(trouble).__name__}）", "retry", 10.0) from None

    def _post_with(self, token: str, endpoint: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.post(endpoint, params={"access_token": token}, data=body)
        if not isinstance(answer, dict):
            raise ValueError("not JSON")
        return answer

    def _get_with(self, token: str, endpoint: str, params: dict[str, str], largest: int) -> bytes:
        address, asked = f"{self.API_BASE_URL}{endpoint}", {"access_token": token, **params}
        with self._http.get(address, params=asked, timeout=self.timeout, stream=True) as answer:
            answer.raise_for_status()
            body = answer.raw.read(largest + 1, decode_content=True)
        if len(body) > largest:
            raise DeliveryError("照片太大", "drop")
        if "json" in answer.headers.get("content-type", "") or body[:1] == b"{":
            told = json.loads(body)
            raise WeChatClientException(told["errcode"], told.get("errmsg"), client=self)
        return bytes(body)


def refused(refusal: WeChatClientException) -> DeliveryError:
    code, words = refusal.errcode, str(refusal.errmsg)[:200]
    if code is None:
        status = getattr(refusal.response, "status_code", 0)
        return DeliveryError(f"企业微信没有应答（HTTP {status}）", "retry", 10.0)
    if code in LATER:
        return DeliveryError(f"企业微信暂时不收（{code}），过一会儿再发", "retry", LATER[code])
    if code in NOBODY:
        return DeliveryError(f"企业微信里找不到这个人，或他看不到这个应用（{code}）", "drop")
    if code == 60020:
        address = re.search(r"from ip:\s*([0-9a-fA-F.:]+)", words)
        shown = address[1].rstrip(".:") if address else "这台服务器的出口地址"
        return DeliveryError(
            f"企业微信不认这台服务器：请在管理后台该应用的“企业可信IP”里加上 {shown}（60020）", "alert"
        )
    if code in TOKEN_ERRORS or code == 40013:
        return DeliveryError(f"企业微信的企业ID或应用 Secret 不对，请在设置里重填（{code}）", "alert")
    return DeliveryError(f"企业微信没有收下（{code}）：{words}", "alert")
