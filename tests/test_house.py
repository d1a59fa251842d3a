"""屋子的规矩：导入方向、大小、一扇写的门、没有浮点数、登记表说的都是真的、文档跟着代码走。"""

import ast
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import inspect

import core.sessions  # noqa: F401  # so that its tables are known
from core.commands import COMMANDS
from core.db import PLUMBING, Base, journal_mode, open_books
from core.posting_rules import KIND_NAMES, RULES, Kind
from core.schema import upgrade
from intents import INTENTS, Catalog, load, understand
from intents.to_command import TO_COMMAND
from notifications import NOTICES
from tools.rules_page import render

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("core", "intents", "notifications", "admin_web", "bot")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "versions" not in path.parts)


def source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "check", [["lint-imports"], ["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]]
)
def test_imports_go_one_way_and_the_checkers_are_content(check: list[str]) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name(check[0])), *check[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_one_door_writes_the_books() -> None:
    """transaction() opens in execute.py, and once in founding.py for the company no command can make."""
    users = {path.relative_to(ROOT).as_posix() for path in FILES if ".transaction()" in source(path)}
    assert users == {"core/execute.py", "core/founding.py"}
    assert not [path for path in FILES if re.search(r"\.commit\(", source(path))]


def test_no_session_and_no_float_in_the_books() -> None:
    for path in (ROOT / "core").rglob("*.py"):
        words = source(path)
        assert not re.search(
            r"\bfloat\(|\bFloat\b|\bNumeric\b|sqlalchemy\.orm import .*\bSession\b", words
        ), path


def test_sizes() -> None:
    for path in FILES:
        tree = ast.parse(source(path))
        assert source(path).count("\n") <= 460, f"{path} is too long"
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 80, f"{path}:{node.name} is too long"


def test_every_module_says_what_it_is_in_one_chinese_sentence() -> None:
    for path in FILES:
        said = ast.get_docstring(ast.parse(source(path))) or ""
        assert re.search(r"[\u4e00-\u9fff]", said), path


def test_every_kind_has_rules_a_name_and_its_words_in_the_docs() -> None:
    assert set(RULES) == set(Kind) == set(KIND_NAMES)
    assert (ROOT / "docs" / "业务规则.md").read_text(encoding="utf-8") == render()


def test_no_rule_without_a_command() -> None:
    """A kind in the table that nothing can make would be a promise (books.md decision 84)."""
    made = "".join(source(path) for path in (ROOT / "core").rglob("*.py") if path.name != "posting_rules.py")
    assert [kind.name for kind in Kind if f"Kind.{kind.name}" not in made] == []


def test_every_command_is_reachable_and_named_once() -> None:
    names = [handler.name for handler in COMMANDS.values()]
    assert len(names) == len(set(names))
    assert all(callable(make) for make in TO_COMMAND.values())
    assert set(TO_COMMAND) <= {intent.name for intent in INTENTS}


def test_notices_avoid_the_busy_minutes() -> None:
    assert all(notice.at is None or notice.at.minute not in (0, 30) for notice in NOTICES)


def test_every_example_is_understood_as_its_intent() -> None:
    load()
    catalog = Catalog.from_csv(ROOT / "tests/data/corpus/dev")
    for intent in (
        one for one in INTENTS if one.name not in ("confirm", "cancel", "select", "correct")
    ):  # those answer a question
        for example in intent.examples:
            frame = understand(example, {}, catalog, date(2026, 11, 20))
            assert frame.intent == intent.name, (example, frame)


def test_tables_are_declared_as_they_are_made(tmp_path: Path) -> None:
    books = open_books(f"sqlite:///{tmp_path / 'x.db'}")
    upgrade(books)
    made = inspect(books.engine)
    for name, table in Base.metadata.tables.items():
        assert {column["name"] for column in made.get_columns(name)} == set(table.c.keys()), name
    assert set(made.get_table_names()) >= PLUMBING
    books.close()


def test_bookkeeping_cannot_touch_the_books(tmp_path: Path) -> None:
    from core.documents import document
    from core.outbox import outbox

    books = open_books(f"sqlite:///{tmp_path / 'x.db'}")
    upgrade(books)
    with pytest.raises(AssertionError, match="may not write"), books.bookkeeping() as conn:
        conn.execute(document.delete())
    with pytest.raises(AssertionError, match="may not write"), books.read() as conn:
        conn.execute(outbox.delete())
    books.close()


def test_an_affected_sqlite_is_not_trusted_with_wal() -> None:
    assert [journal_mode(version) for version in ((3, 40, 1), (3, 51, 2), (3, 51, 3), (3, 53, 4))] == [
        "TRUNCATE",
        "TRUNCATE",
        "WAL",
        "WAL",
    ]


def test_nothing_committed_names_a_registry_or_this_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in listed.split("\n"):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".svg"} and path.stat().st_size < 2_000_000:
            words = path.read_text(encoding="utf-8", errors="replace")
            assert str(ROOT) + "/" not in words, name
            assert not re.search(r"--(extra-)?index-url\s+\S", words), name
