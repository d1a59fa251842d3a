"""对话就是规格：tests/talks/*.txt 里一字一句，四扇门都要这样回答（平日每段走三扇，另一扇在长跑里）。

一段以空行分开；“名字> 话”是人说的，“掌柜> ”起是回答，缩进的是同一条回答的后几行。
{编号} 是提案的四位编号，人说的话里也能用；{…} 是随便什么。“(群 仓库群)名字> 话”是在群里说。
"""

import re
from pathlib import Path

import pytest

from tests.conftest import fresh_url
from tests.doors import Door, open_door

TALKS = sorted((Path(__file__).parent / "talks").glob("*.txt"))
SAID = re.compile(r"(?:\(群 (?P<group>[^)]+)\))?(?P<who>[^>\s]+)> (?P<text>.*)", re.DOTALL)
CODE = re.compile(r"编号 ([0-9A-F]{4,6})")


# What is said does not depend on the platform it comes through: every day each talk takes one of the two, in turns.
EVERY_DAY = [
    (talk, kind)
    for at, talk in enumerate(TALKS)
    for kind in ("console", "web", ("wecom_app", "dingtalk")[at % 2])
]
IN_TURN = [(talk, ("dingtalk", "wecom_app")[at % 2]) for at, talk in enumerate(TALKS)]


def _named(one: object) -> str:
    return one.stem if isinstance(one, Path) else str(one)


@pytest.mark.torture
@pytest.mark.parametrize(("talk", "kind"), IN_TURN, ids=_named)
def test_talk_through_the_other_platform(
    talk: Path, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    test_talk(talk, kind, request, tmp_path)


@pytest.mark.parametrize(("talk", "kind"), EVERY_DAY, ids=_named)
def test_talk(talk: Path, kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if kind in ("wecom_app", "dingtalk") and "(群 " in talk.read_text(encoding="utf-8"):
        kind = {"wecom_app": "console", "dingtalk": "web"}[
            kind
        ]  # a group needs the platform's own group: tests/bot/channels
    with open_door(kind, fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        code = ""
        for turn in talk.read_text(encoding="utf-8").strip().split("\n\n"):
            if not turn.startswith("#"):
                code = _turn(door, turn, code)


def _turn(door: Door, turn: str, code: str) -> str:
    said, _, expected = turn.partition("\n掌柜> ")
    matched = SAID.fullmatch(said)
    assert matched, f"看不懂这一段：{turn}"
    answer = door.say(matched["who"], matched["text"].replace("{编号}", code), matched["group"] or "")
    wanted = [line.strip() for line in expected.splitlines()]
    lines = [line.strip() for line in answer.splitlines()]
    if door.exact:
        assert _fits(wanted, lines), (
            f"\n{said}\n应答：\n" + "\n".join(wanted) + "\n实答：\n" + "\n".join(lines)
        )
    else:
        assert _contains([_bare(line) for line in wanted], _bare(answer)), (
            f"\n{said}\n应答：\n" + "\n".join(wanted) + "\n实答：\n" + answer
        )
    found = CODE.search(answer)
    return found[1] if found else code


def _pattern(line: str) -> str:
    return ".*".join(
        re.escape(part).replace(re.escape("{编号}"), "[0-9A-F]{4,6}") for part in line.split("{…}")
    )


def _fits(wanted: list[str], lines: list[str]) -> bool:
    return len(wanted) == len(lines) and all(
        re.fullmatch(_pattern(want), line) for want, line in zip(wanted, lines, strict=True)
    )


def _bare(text: str) -> str:
    """Without what a platform's own layout adds: spaces, markdown signs, full-width look-alikes."""
    return re.sub(r"[\s>*#`\\＊＃＞]", "", text)


def _contains(wanted: list[str], answer: str) -> bool:
    return re.search(".*?".join(_pattern(line) for line in wanted), answer, re.DOTALL) is not None
