"""一来一回：一条消息从哪里来、正在说什么，和给它的回答。"""

from dataclasses import asdict, dataclass
from typing import Any

from bot.message import Button


@dataclass(frozen=True, slots=True)
class Talk:
    """Where a message came from, and what was being talked about."""

    inbox_id: int
    conversation_id: int
    channel: str
    account: str
    chat_id: str
    sender: str
    is_group: bool
    kind: str
    state: dict[str, Any]
    address: dict[str, Any]

    @property
    def recipient(self) -> str:
        return f"{self.channel}:{self.account}:{self.chat_id if self.is_group else self.sender}"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer in the shape of the API."""

    text: str
    buttons: tuple[Button, ...] = ()
    outcome: str = "answer"
    intent: str = ""
    proposal: str | None = None
    documents: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {
            "buttons": [asdict(button) for button in self.buttons],
            "documents": list(self.documents),
            "files": list(self.files),
        }

    @staticmethod
    def from_dict(body: dict[str, Any]) -> "Reply":
        return Reply(
            **body
            | {
                "buttons": tuple(Button(**one) for one in body["buttons"]),
                "documents": tuple(body["documents"]),
                "files": tuple(body["files"]),
            }
        )
