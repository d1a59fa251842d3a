"""收件箱的替身：按消息号去重，可以装作存不下或存得慢。"""

import threading
from collections import deque

from bot.message import Incoming


class Store:
    """What a channel calls to store a message: True new, False seen before."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.calls: list[Incoming] = []
        self.new: list[Incoming] = []
        self.failures: deque[Exception] = deque()
        self.open = threading.Event()
        self.open.set()

    def __call__(self, incoming: Incoming) -> bool:
        self.open.wait(10)
        if self.failures:
            raise self.failures.popleft()
        self.calls.append(incoming)
        known = {(each.account, each.message_id) for each in self.new}
        if (incoming.account, incoming.message_id) in known:
            return False
        self.new.append(incoming)
        return True
