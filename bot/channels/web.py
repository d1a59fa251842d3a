"""网页聊天：页面自己来取发件箱里的回复。"""

from bot.message import Address, Outgoing


class WebChat:
    name = "web"

    def __init__(self, account: str = "main") -> None:
        self.account = account

    def deliver(self, address: Address, message: Outgoing) -> None:
        """Nothing to send: the row in the outbox is what the page polls."""
