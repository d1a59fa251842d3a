"""终端上说话：错了说一句该怎么办，日志一行一条。"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import structlog
import typer
from rich.console import Console as Screen
from sqlalchemy.exc import DBAPIError, OperationalError

from core.errors import BusinessError

screen = Screen()
DISK_FULL = ("disk is full", "disk i/o error", "no space left", "could not extend file")


def stop(sentence: str) -> NoReturn:
    """Say what is wrong and what to do next; exit status 1."""
    screen.print(sentence, style="bold red", highlight=False)
    raise typer.Exit(1)


@contextmanager
def plain_words() -> Iterator[None]:
    """Database and disk trouble as a sentence."""
    try:
        yield
    except BusinessError as refusal:
        stop(str(refusal))
    except LookupError:
        stop("这里还没有账。先运行：python3 run.py demo（看演示）或 python3 run.py init（开张）。")
    except OperationalError as error:
        words = str(error.orig).lower()
        if any(sign in words for sign in DISK_FULL):
            stop("磁盘满了，没有记账。请清出空间再试，账没有坏。")
        stop(f"数据库打不开：{error.orig}。请检查路径、权限或数据库服务，再试一次。")
    except DBAPIError as error:
        stop(f"数据库文件读不了（{error.orig}）。它可能不是掌柜的账，或已损坏：换一个 --home，或从备份恢复。")
    except OSError as error:
        stop(f"文件用不了：{error.strerror}（{error.filename}）。请检查目录是否存在、是否可写。")


def quiet_logs() -> None:
    """Warnings and worse, one line each, with the secrets masked."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(30),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
