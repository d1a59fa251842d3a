"""命令行：不对的时候说一句话、退出码 1，不吐一页英文。"""

import json
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from core.db import open_books
from tests.conftest import fresh_url

ROOT = Path(__file__).resolve().parents[2]


def zhanggui(
    *words: str, home: Path, text: str = "", limit: int | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    def small_files() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot.cli", *words],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=small_files,
        env=os.environ | {"ZHANGGUI_HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "200"} | env,
    )


def one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert all(word in done.stdout for word in words), done.stdout


def test_nothing_set_up_yet(tmp_path: Path) -> None:
    one_line(zhanggui("chat", "--as", "老陈", home=tmp_path), "还没有账", "demo")


def test_open_a_shop_and_talk(tmp_path: Path) -> None:
    done = zhanggui("init", "--name", "小店", "--owner", "李老板", home=tmp_path)
    assert done.returncode == 0
    assert "登录口令" in done.stdout
    one_line(zhanggui("init", "--name", "又一家", "--owner", "王", home=tmp_path), "已经有一家店")
    said = zhanggui("chat", "--as", "李老板", "--json", home=tmp_path, text="你好\n库存 酱油\n")
    answers = [json.loads(line) for line in said.stdout.splitlines()]
    assert [set(answer) for answer in answers] == [
        {"text", "buttons", "outcome", "intent", "proposal", "documents", "files"}
    ] * 2
    assert "没有“酱油”这个商品" in answers[1]["text"]
    token = zhanggui("token", "--as", "李老板", home=tmp_path).stdout.strip()
    assert len(token) > 30


def test_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        one_line(zhanggui("serve", "--port", port, home=tmp_path), "已被占用", "--port")


def test_unreadable_database(tmp_path: Path) -> None:
    (tmp_path / "zhanggui.db").write_bytes(b"this is no database at all, but a letter to grandmother" * 50)
    one_line(zhanggui("doctor", home=tmp_path), "数据库")


def test_no_such_server(tmp_path: Path) -> None:
    one_line(
        zhanggui(
            "doctor",
            home=tmp_path,
            ZHANGGUI_DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2",
        ),
        "数据库打不开",
    )


def test_disk_full(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A file that may not grow: the sentence comes, nothing is half written, reading goes on."""
    url = fresh_url(request, "sqlite", "shop")
    path = Path(url.removeprefix("sqlite:///"))
    home = path.parent
    path.rename(home / "zhanggui.db")
    done = zhanggui("chat", "--as", "老陈", home=home, text="库存 生抽\n" * 60, limit=160 * 1024)
    one_line(done, "磁盘满了")
    assert zhanggui("doctor", home=home).returncode == 0
    books = open_books(f"sqlite:///{home / 'zhanggui.db'}")
    books.close()


def test_doctor_names_what_is_wrong(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = fresh_url(request, "sqlite", "shop")
    path = Path(url.removeprefix("sqlite:///"))
    path.rename(path.parent / "zhanggui.db")
    books = open_books(f"sqlite:///{path.parent / 'zhanggui.db'}")
    with books.engine.connect() as conn, conn.begin():
        conn.exec_driver_sql(
            "UPDATE stock SET qty_milli = qty_milli + 12000 WHERE batch_id = (SELECT min(batch_id) FROM stock)"
        )
    books.close()
    done = zhanggui("doctor", "--rebuild", home=path.parent)
    assert done.returncode == 1
    assert "B1" in done.stdout
    assert "改对了" in done.stdout
    assert zhanggui("doctor", home=path.parent).returncode == 0


def test_evaluate_runs_the_corpus(tmp_path: Path) -> None:
    out = tmp_path / "p.jsonl"
    done = zhanggui("evaluate", str(ROOT / "tests/data/corpus/dev"), "--out", str(out), home=tmp_path)
    assert done.returncode == 0
    assert "p99" in done.stdout
    assert len(out.read_text(encoding="utf-8").splitlines()) == 782
    one_line(zhanggui("evaluate", str(tmp_path), "--out", str(out), home=tmp_path), "cases.jsonl")


def test_the_terminal_chat_finds_the_demo_until_there_is_a_shop(tmp_path: Path) -> None:
    """`chat` right after `demo` talks to the demo company; `init` still opens one's own."""

    def home_used(*made: str) -> str:
        for name in made:
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "zhanggui.db").touch()
        code = "from bot.settings import default_home; print(default_home().name)"
        env = {name: value for name, value in os.environ.items() if name != "ZHANGGUI_HOME"} | {
            "HOME": str(tmp_path)
        }
        return subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env=env
        ).stdout.strip()

    assert home_used() == ".zhanggui"
    assert home_used(".zhanggui-demo") == ".zhanggui-demo"
    assert home_used(".zhanggui") == ".zhanggui"
