"""聊天渠道一览：名字 → 类；加一个渠道就是一个文件加一行。"""

from bot.channels.console import Console
from bot.channels.dingtalk import DingTalk
from bot.channels.web import WebChat
from bot.channels.wecom_app import WeComApp
from bot.message import Channel

CHANNELS: dict[str, type[Channel]] = {
    "web": WebChat,
    "console": Console,
    "wecom_app": WeComApp,
    "dingtalk": DingTalk,
}
