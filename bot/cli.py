"""命令行 zhanggui：演示、开张、开店、聊天、查账、评测。"""

import json
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot import measures
from bot.settings import Settings, demo_home, load_settings, own_home
from bot.terminal import plain_words, quiet_logs, screen, stop
from core.db import Books, journal_mode, open_books, sqlite_version
from core.values import utc_now

app = typer.Typer(
    help="掌柜：聊天就能记账的进销存助手。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Home = Annotated[
    Path | None, typer.Option("--home", help="数据放在哪个目录（默认 ~/.zhanggui，或 ZHANGGUI_HOME）")
]
Port = Annotated[int | None, typer.Option("--port", help="端口（默认 8000）")]
NoOpen = Annotated[bool, typer.Option("--no-open", help="不自动打开浏览器")]


def the_books(settings: Settings, make: bool = False) -> Books:
    """Open and upgrade. Raises LookupError where no books are, unless they are to be made."""
    from core import schema

    if make and not settings.database_url:
        settings.home.mkdir(parents=True, exist_ok=True)
    elif not settings.has_books:
        raise LookupError("no books")
    books = open_books(settings.books_url)
    schema.upgrade(books)
    return books


@app.command()
def demo(
    home: Home = None,
    port: Port = None,
    no_open: NoOpen = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="丢掉旧的演示数据，重新生成")] = False,
    only_data: Annotated[bool, typer.Option("--only-data", help="只生成数据，不开店")] = False,
    days: Annotated[int, typer.Option("--days", min=5, max=365, help="几天的历史")] = 90,
) -> None:
    """演示店：一条命令，90 天的账，打开就能聊。"""
    settings = load_settings(home=home or demo_home(), port=port)
    if not only_data:
        _free_port(settings)
    with plain_words():
        _demo_data(settings, fresh, days)
    if only_data:
        return
    _serve(settings, open_browser=not no_open)


def _demo_data(settings: Settings, fresh: bool, days: int) -> None:
    from core.company import only_company
    from core.demo import found_demo

    if fresh and not settings.database_url:
        for tail in ("", "-wal", "-shm", "-journal"):
            (settings.home / f"zhanggui.db{tail}").unlink(missing_ok=True)
    books = the_books(settings, make=True)
    try:
        with books.read() as conn:
            only_company(conn)
            return
    except LookupError:
        pass
    columns = (
        TextColumn("[bold]演示店"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[what]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen) as progress:
        bar = progress.add_task("", total=1.0, what="开张")
        found_demo(books, utc_now(), lambda done, what: progress.update(bar, completed=done, what=what), days)
    books.close()


@app.command()
def init(
    name: Annotated[str, typer.Option("--name", help="店名", prompt="店名")],
    owner: Annotated[str, typer.Option("--owner", help="老板姓名", prompt="老板姓名")],
    home: Home = None,
) -> None:
    """开张：建一家新店，印出老板的登录口令。"""
    from core.company import only_company
    from core.founding import found_company

    settings = load_settings(home=home or own_home())
    with plain_words():
        books = the_books(settings, make=True)
        try:
            with books.read() as conn:
                only_company(conn)
            stop("这里已经有一家店了。换一个 --home，或直接 python3 run.py serve。")
        except LookupError:
            founding = found_company(books, name, owner, utc_now())
        password = _first_password(books, founding.owner_id)
        books.close()
    screen.print(f"开张了：{name}。老板 {owner} 的登录口令：[bold]{password}[/]（只显示这一次，登录后请改）")
    screen.print("接着：python3 run.py serve，然后打开 http://127.0.0.1:8000/login")


def _first_password(books: Books, staff_id: int) -> str:
    import secrets

    from core.commands import SaveRecord
    from core.execute import Order, execute
    from core.sessions import hash_password
    from core.staff import actor_by_id

    password = secrets.token_urlsafe(9)
    with books.read() as conn:
        owner = actor_by_id(conn, staff_id)
    assert owner is not None
    execute(
        books,
        owner,
        Order(
            SaveRecord(
                "staff",
                {"name": owner.name, "roles": list(owner.roles), "password": hash_password(password)},
                staff_id,
            ),
            f"init/{staff_id}",
            door="cli",
        ),
        utc_now(),
    )
    return password


@app.command()
def serve(home: Home = None, port: Port = None, no_open: NoOpen = True) -> None:
    """开店：网页聊天、后台、企业微信、钉钉、定时消息，都在这一个进程里。"""
    settings = load_settings(home=home, port=port)
    _free_port(settings)
    _serve(settings, open_browser=not no_open)


def _free_port(settings: Settings) -> None:
    """A taken port is said before anything is built."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            stop(
                f"端口 {settings.port} 已被占用（可能已经开着一个掌柜）。换一个：加上 --port {settings.port + 1}"
            )


def _serve(settings: Settings, open_browser: bool) -> None:
    import uvicorn

    from bot.app import create_app
    from bot.shop import open_shop

    with plain_words(), _only_one(settings):
        quiet_logs()
        shop = open_shop(settings)
        address = f"http://{settings.host}:{settings.port}"
        table = Table(show_header=False, box=None, padding=(0, 1))
        table.add_row("聊天", f"[bold]{address}/chat[/]")
        table.add_row("后台", f"{address}/admin")
        table.add_row("渠道", "、".join(shop.channels))
        table.add_row("停下", "按 Ctrl+C")
        screen.print(table)
        if open_browser:
            threading.Timer(1.5, webbrowser.open, [f"{address}/chat"]).start()
        uvicorn.run(
            create_app(shop),
            host=settings.host,
            port=settings.port,
            log_level="warning",
            timeout_graceful_shutdown=5,
        )


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """On SQLite one process plays every part; a second one is told so (decision 45)."""
    if settings.database_url and not settings.database_url.startswith("sqlite"):
        yield
        return
    settings.home.mkdir(parents=True, exist_ok=True)
    with open(settings.home / "serve.lock", "a", encoding="ascii") as lock:
        if not _lock_file(lock):
            stop("这份账已经有一个掌柜开着了。先停掉它，或换一个 --home。")
        yield


def _lock_file(file: Any) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@app.command()
def chat(
    name: Annotated[str, typer.Option("--as", help="以谁的身份说话")],
    home: Home = None,
    as_json: Annotated[bool, typer.Option("--json", help="每条回答一行 JSON")] = False,
    group: Annotated[str, typer.Option("--group", help="在哪个群里说")] = "",
) -> None:
    """在终端里聊天：一行一条。"""
    from bot.message import Incoming
    from bot.shop import open_shop
    from core.staff import actor_by_name

    settings = load_settings(home=home)
    with plain_words():
        quiet_logs()
        shop = open_shop(settings)
        with shop.books.read() as conn:
            actor = actor_by_name(conn, shop.company_id, name)
        import intents

        intents.load()
        talking = sys.stdin.isatty() and not as_json
        while True:
            if talking:
                screen.print(f"[bold]{name}>[/] ", end="")
            line = sys.stdin.readline()
            if not line:
                break
            if not line.strip():
                continue
            incoming = Incoming(
                "console",
                "main",
                uuid4().hex,
                f"group/{group}" if group else "console",
                str(actor.id),
                bool(group),
                "typed",
                line.rstrip("\n").replace("\\n", "\n"),
                {},
                {},
            )
            reply = shop.inbox.answer(incoming)
            if as_json:
                print(json.dumps(reply.to_dict(), ensure_ascii=False), flush=True)
            else:
                screen.print("掌柜> " + reply.text, style="green", highlight=False)
        shop.books.close()


@app.command()
def doctor(
    home: Home = None,
    mend: Annotated[bool, typer.Option("--rebuild", help="点名之后，按流水把余额改对（留痕）")] = False,
) -> None:
    """对账：用流水证明每一个余额；有差异逐条点名，退出码 1。"""
    from core import audit
    from core.company import company
    from core.proof import prove, report
    from core.rebuild import rebuild

    settings = load_settings(home=home)
    with plain_words():
        books = the_books(settings)
        audit.seal(books, limit=10**9)
        with books.read() as conn:
            rows = conn.execute(company.select().order_by(company.c.id)).all()
            found = [(row.name, prove(conn, row.id)) for row in rows]
        mended = [rebuild(books, row.id, utc_now())["rebuilt"] for row in rows] if mend else []
        if books.sqlite:
            version = ".".join(map(str, sqlite_version()))
            screen.print(
                f"SQLite {version}，日志方式 {journal_mode(sqlite_version())}，同步 FULL", style="dim"
            )
        books.close()
    if not found:
        stop("这里还没有账。先运行：python3 run.py demo 或 python3 run.py init。")
    for shop_name, differences in found:
        screen.print(f"{shop_name}：{report(differences)}", highlight=False)
    if mend:
        screen.print(f"按流水改对了 {sum(mended)} 处余额，已留痕。再跑一次 doctor 看看。")
    if any(differences for _, differences in found):
        raise typer.Exit(1)


@app.command()
def token(name: Annotated[str, typer.Option("--as", help="给谁")], home: Home = None) -> None:
    """发一个接口令牌（只显示这一次）。"""
    _issue("token", name, home)


@app.command()
def staff(name: Annotated[str, typer.Option("--bind", help="给谁发绑定码")], home: Home = None) -> None:
    """发绑定码：员工在企业微信或钉钉私聊机器人“绑定 六位数字”。"""
    _issue("bind", name, home)


def _issue(what: str, name: str, home: Path | None) -> None:
    from core.commands import IssueBindingCode, IssueToken
    from core.company import only_company
    from core.execute import Order, execute
    from core.staff import actor_by_name, people

    settings = load_settings(home=home)
    with plain_words():
        books = the_books(settings)
        with books.read() as conn:
            company_id = only_company(conn)
            who = actor_by_name(conn, company_id, name)
            owner = next(one for one in people(conn, company_id) if "老板" in one.roles)
        command = IssueToken(who.id) if what == "token" else IssueBindingCode(who.id)
        result = execute(books, owner, Order(command, f"cli/{uuid4().hex}", door="cli"), utc_now())
        books.close()
    print(result["secret"])


@app.command()
def check(home: Home = None) -> None:
    """检查设置：数据库、企业微信、钉钉填全了没有。"""
    settings = load_settings(home=home)
    table = Table("项目", "情况")
    table.add_row("数据目录", str(settings.home))
    with plain_words():
        books = the_books(settings)
        table.add_row("数据库", "SQLite" if books.sqlite else "PostgreSQL")
        books.close()
    for word, wanted in (
        ("企业微信", ("wecom_corp_id", "wecom_agent_id", "wecom_secret", "wecom_token", "wecom_aes_key")),
        ("钉钉", ("dingtalk_client_id", "dingtalk_client_secret")),
    ):
        missing = [f"ZHANGGUI_{one.upper()}" for one in wanted if not getattr(settings, one)]
        table.add_row(
            word,
            "已填全"
            if not missing
            else "未启用"
            if len(missing) == len(wanted)
            else f"还缺 {'、'.join(missing)}",
        )
    screen.print(table)


app.command()(measures.evaluate)
app.command()(measures.bench)
app.command()(measures.torture)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
