"""命令行聊天：命令自己读发件箱里的回复。"""

from bot.message import Address, Outgoing


class Console:
    name = "console"

    def __init__(self, account: str = "main") -> None:
        self.account = account

    def deliver(self, address: Address, message: Outgoing) -> None:
        """Nothing to send: the command prints the outbox row itself."""
