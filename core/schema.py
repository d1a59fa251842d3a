"""建库与升级：把数据库带到最新结构。"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from core.db import Books


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(books: Books) -> None:
    """Bring the schema to head; the whole step is one transaction on both databases."""
    config = _config()
    with books.engine.connect() as conn:
        if books.sqlite:
            conn.exec_driver_sql("SELECT 1")
            conn.rollback()
        with conn.begin():
            config.attributes["connection"] = conn
            command.upgrade(config, "head")


def revision(books: Books) -> str | None:
    with books.read() as conn:
        return MigrationContext.configure(conn).get_current_revision()


def head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()
