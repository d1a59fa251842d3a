"""抢同一批货的进程，和 tests/races 用的是同一种。"""

from tests.races.conftest import crew

__all__ = ["crew"]
