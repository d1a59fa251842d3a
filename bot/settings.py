"""设置：环境变量 ZHANGGUI_*，或数据目录里的 zhanggui.toml。"""

import os
import secrets
from pathlib import Path
from typing import Any

from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


def own_home() -> Path:
    """Where a shop of one's own lives."""
    return Path(os.environ.get("ZHANGGUI_HOME") or Path.home() / ".zhanggui")


def demo_home() -> Path:
    return Path(os.environ.get("ZHANGGUI_HOME") or Path.home() / ".zhanggui-demo")


def default_home() -> Path:
    """The own shop; before there is one, the demo company, so that `chat` works right after `demo`."""
    return demo_home() if _used(demo_home()) and not _used(own_home()) else own_home()


def _used(home: Path) -> bool:
    return (home / "zhanggui.db").exists() or (home / "zhanggui.toml").exists()


class Settings(BaseSettings):
    """Everything an owner may set; secrets come from the environment or a 0600 file, never from the code."""

    model_config = SettingsConfigDict(env_prefix="ZHANGGUI_", extra="ignore")

    home: Path = default_home()
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    allowed_hosts: list[str] = ["*"]
    public_url: str = ""

    wecom_corp_id: str = ""
    wecom_agent_id: int = 0
    wecom_secret: str = ""
    wecom_token: str = ""
    wecom_aes_key: str = ""
    wecom_base_url: str = "https://qyapi.weixin.qq.com/cgi-bin/"
    wecom_cards: bool = False

    dingtalk_client_id: str = ""
    dingtalk_client_secret: str = ""
    dingtalk_base_url: str = "https://api.dingtalk.com"
    dingtalk_robot_code: str = ""
    dingtalk_reply_origins: list[str] = ["https://oapi.dingtalk.com", "https://api.dingtalk.com"]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, default_home() / "zhanggui.toml")
        return (init_settings, env_settings, toml)

    @property
    def books_url(self) -> str:
        return self.database_url or f"sqlite:///{(self.home / 'zhanggui.db').as_posix()}"

    @property
    def has_books(self) -> bool:
        """A database is named, or its file is there: nothing is made by merely asking."""
        return bool(self.database_url) or (self.home / "zhanggui.db").exists()

    @property
    def address(self) -> str:
        """Where people reach the pages: what the owner said, else this machine."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    def secret(self) -> str:
        """The key that signs cookies and links: made once, kept in a file only its owner can read."""
        path = self.home / "secret"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            with open(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
            ) as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text(encoding="ascii")


def load_settings(**said: Any) -> Settings:
    """Settings with what the command line said on top; `home` also decides where zhanggui.toml is looked for."""
    if said.get("home"):
        os.environ["ZHANGGUI_HOME"] = str(said["home"])
    known: dict[str, Any] = {"home": default_home()} | {
        name: value for name, value in said.items() if value is not None
    }
    return Settings(**known)
