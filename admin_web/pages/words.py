"""页面上的时间。"""

from datetime import date, datetime

from core.values import SHANGHAI


def when(at: datetime | date | None) -> str:
    """A UTC instant as people here read it; a day as it is."""
    if at is None:
        return ""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if isinstance(at, datetime) else at.isoformat()


CHANNELS = {
    "wecom_app": "企业微信",
    "dingtalk": "钉钉",
    "web": "网页",
    "console": "命令行",
}
DOORS = CHANNELS | {
    "web": "后台",
    "clock": "定时",
    "api": "接口",
    "cli": "命令行",
    "demo": "演示",
    "doctor": "对账",
}
