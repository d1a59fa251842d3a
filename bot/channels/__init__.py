"""聊天渠道一览：名字 → 类；加一个渠道就是一个文件加一行。用到才加载，平台的库要好几秒。"""

from pkgutil import resolve_name
from typing import Any

CHANNELS: dict[str, str] = {
    "web": "bot.channels.web:WebChat",
    "console": "bot.channels.console:Console",
    "wecom_app": "bot.channels.wecom_app:WeComApp",
    "dingtalk": "bot.channels.dingtalk:DingTalk",
}


def channel_class(name: str) -> Any:
    return resolve_name(CHANNELS[name])
