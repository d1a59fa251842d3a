"""通知总表：推什么、谁收、什么时候；只写稿，不寄送。"""

from datetime import time

from core.staff import May
from notifications import approvals, daily_digest, expiring, low_stock, on_the_way, released
from notifications.notice import Notice

# Not at :00 or :30, when the platforms are busiest (books.md decision 51).
NOTICES: tuple[Notice, ...] = (
    Notice("daily_digest", "日报", May.SEE_DIGEST, daily_digest.compose, at=time(20, 7)),
    Notice(
        "expiring",
        "临期",
        May.SEE_STOCK,
        expiring.compose,
        at=time(8, 37),
        gather=expiring.told_so_far,
        remember=expiring.remember,
    ),
    Notice(
        "low_stock",
        "低库存",
        May.ORDER_GOODS,
        low_stock.compose,
        on="after",  # every posted document
        gather=low_stock.newly_fallen,
    ),
    Notice(
        "on_the_way", "调拨在途", May.TRANSFER, on_the_way.compose, on="after", gather=on_the_way.just_sent
    ),
    Notice("approval", "待审", May.SEE_STOCK, approvals.ask, on="approval"),
    Notice("decided", "审批结果", May.SEE_STOCK, approvals.tell, on="decided"),
    Notice("released", "放开锁定", May.SEE_STOCK, released.compose, on="released"),
)
