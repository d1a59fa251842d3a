"""R78 免费试用、扫码开通：演示店不要账号就能聊；员工凭老板发的六位码绑定；没绑定的人只得到一句怎么绑定。"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.commands import IssueBindingCode
from tests.conftest import fresh_url
from tests.doors import WeComDoor, open_door

ROOT = Path(__file__).resolve().parents[2]


def test_R78_the_demo_talks_on_the_terminal_with_no_account(tmp_path: Path) -> None:
    def zhanggui(*words: str, text: str = "") -> str:
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "bot.cli", *words],
            cwd=ROOT,
            input=text,
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
            env=os.environ | {"ZHANGGUI_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        ).stdout

    zhanggui("demo", "--only-data", "--days", "8")  # the 90 days are generated in tests/core/demo
    answers = [
        json.loads(line)
        for line in zhanggui("chat", "--as", "老陈", "--json", text="入库 酱油 20箱\n2\n确认\n").splitlines()
    ]
    assert [choice["text"][2:] for choice in answers[0]["buttons"]] == ["海天酱油 500ml", "厨邦酱油 500ml"]
    assert answers[2]["documents"]
    assert answers[2]["documents"][0].startswith("GR-")
    assert "0 差异" in zhanggui("doctor")


def test_R78_binding_by_a_six_digit_code(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with open_door("wecom_app", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        assert isinstance(door, WeComDoor)
        door.bound["生人"] = "stranger"
        for asked in ("库存 生抽", "入库 生抽 2箱", "帮助", "确认", "绑定", "绑定 000000"):
            answer = door.send("生人", asked)
            assert "绑定" in answer
            assert "海天" not in answer
            assert "箱" not in answer
        code = door.secret(IssueBindingCode(door.person("老陈").id))
        assert len(code) == 6
        assert code.isdigit()
        assert "绑定好了，老陈（仓管、采购）" in door.send("生人", f"绑定 {code}")
        assert "在库 20箱" in door.send("生人", "库存 生抽")
        door.bound["又一个"] = "another"
        assert "不对或已过期" in door.send("又一个", f"绑定 {code}")
