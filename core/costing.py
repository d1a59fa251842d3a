"""成本池：批次的数量与金额；出去的拿走它的份额，最后一份拿走余数。"""

from dataclasses import dataclass

from core.values import share


@dataclass(slots=True)
class Pool:
    """A batch, all places together: qty_milli and value_fen reach zero in the same issue."""

    qty_milli: int
    value_fen: int

    def issue(self, qty_milli: int) -> int:
        """Take goods out; returns their cost in 分. Asking more than is there is a programming error."""
        assert 0 < qty_milli <= self.qty_milli, "issue beyond the pool"
        cost = share(self.value_fen, qty_milli, self.qty_milli)
        self.qty_milli -= qty_milli
        self.value_fen -= cost
        return cost
