"""一句话里说了哪些事:动作、单位、仓库、日子、单号,还有疑问、否定、假设。"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise, zip_longest

from intents import talk, words
from intents.dates import Day
from intents.frame import Catalog, Party
from intents.gossip import without_gossip
from intents.holding import held_back
from intents.items import NONE_LEFT, build
from intents.page import Sheet
from intents.reading import Reading
from intents.spans import Token, loose_day
from intents.strangers import belongs_to, run_of_names, stranger_zone

RETURNS = frozenset(("back", "sales_return", "purchase_return", "scrap"))
KINDS_OF_SHOP = ("厂", "店", "行", "铺", "坊", "社", "场")
SHORT_OF = ("缺", "缺货", "没货了", "不够", "不够了", "补", "要补", "快没了", "需要")
NOTED = ("是", "给", "记", "改", "应该是", "记在", "记到", "记给", "算", "算在", "挂在", "开给", "出给")
# 说在后头就是整件事不办了(退货里是原因,不算)
CALLED_OFF = frozenset(
    word
    for word in (*words.WEAK["drop"], *talk.CANCEL.triggers)
    if word[0] in "不免删去划取退要停放" and word not in ("不对", "不", "不是", "不算")
) | {
    "作罢",
    "这单作罢",
    "打住",
    "反悔了",
    "没这回事",
    "没有的事",
    "不弄了",
    "发错",
    "发错了",
    "有问题",
    "用不上",
    "用不了",
    "没用了",
}


@dataclass
class Facts:
    """读出来的事实,还没有决定是什么意图。"""

    reading: Reading
    catalog: Catalog
    today: date
    parties: list[tuple[Token, tuple[str, ...]]] = field(default_factory=list)
    places: list[tuple[Token, tuple[str, ...], str]] = field(default_factory=list)
    days: list[Token] = field(default_factory=list)
    stranger: str = ""  # 像是单位名,但目录里没有
    sheet: Sheet = field(default_factory=Sheet)
    known: set[int] = field(default_factory=set)  # 已经归到单位、仓库、日子里的片段

    # ---- 动作 ----
    @property
    def dos(self) -> list[str]:
        """明说的动作,按先后;“不是出库”的出库不算。"""
        ruled_out = {
            after.start
            for token, after in pairwise(self.reading.tokens)
            if token.text in ("不是", "并非", "而不是")
            and any(role.startswith("do:") for role in after.roles)
        }
        fixes = [token.start for token in self.reading.tokens if token.has("fix")]
        spoken = [
            token
            for token in self.reading.tokens
            if token.start not in ruled_out and any(role.startswith("do:") for role in token.roles)
        ]
        if fixes and len(spoken) > 1 and self._said_anew(spoken[-1], fixes):
            spoken = spoken[-1:]  # 入库勇闯50箱 说错了是出库
        found = [
            role.partition(":")[2]
            for token in spoken
            for role in sorted(token.roles)
            if role.startswith("do:")
        ]
        return list(dict.fromkeys(found))

    def _said_anew(self, verb: Token, fixes: list[int]) -> bool:
        """这个动作紧跟在“说错了”后面。"""
        between = self.reading.text[
            max(start for start in (*fixes, -1) if start < verb.start) + 1 : verb.start
        ]
        return any(start < verb.start for start in fixes) and len(between.strip()) <= 5

    @property
    def topics(self) -> set[str]:
        """查什么;兼作原因的词(过期)在有动作时不算。"""
        return {
            role.partition(":")[2]
            for token in self.reading.tokens
            for role in token.roles
            if role.startswith("topic:")
        }

    def weak(self, *names: str) -> list[Token]:
        """单个动词。"""
        roles = [f"weak:{name}" for name in names]
        return [token for token in self.reading.tokens if token.has(*roles)]

    def doc(self) -> str | None:
        """单号。"""
        found = self.reading.of("doc")
        return found[0].value if found else None

    @property
    def question(self) -> bool:
        """是不是在问。"""
        tokens = [
            token
            for token in self.reading.tokens
            if not (token.kind == "sep" and token.text in ".!,;\n")
            and token.text not in ("喔", "哦", "呀", "啊")
        ]
        if any(token.kind == "sep" and token.text == "?" for token in tokens) or self.reading.has(
            "question", "many"
        ):
            return True
        return bool(tokens) and tokens[-1].text in ("没", "不", "么", "没有", "没得", "嘛", "多少", "几")

    @property
    def returning(self) -> bool:
        """退货、报损:坏了、不要了都只是原因。"""
        return bool(RETURNS & set(self.dos) or self.weak("back"))

    @property
    def negated(self) -> bool:
        """有没有“不要、别、先不”,改口和“没货”那种已经说明白的除外。"""
        tokens = [token for token in self.reading.tokens if token.kind != "sep"]
        ends = tokens[-1] if tokens and tokens[-1].text in ("没", "不", "没有", "没得") else None
        return ("refuse" in self.dos and self.counted and not self.returning) or any(
            (
                (token.has("neg") and not (self.returning and self._gives_back(token)))
                or (token.has("talk:cancel") and token.text[0] in "别莫甭先算")
                or (token.text in CALLED_OFF and not self.returning)
            )
            and token is not ends
            and not token.has("fill", "cond")
            and token.start not in self.sheet.used
            and not (token.text in NONE_LEFT and self._counted_none())
            and not (token.text == "先放" and any(place.start == token.end for place, _, _ in self.places))
            for token in self.reading.tokens
        )

    def _gives_back(self, token: Token) -> bool:
        """“不要那一提寿眉了,退货”:不要的是货,不是不退。"""
        after = self.after(token)
        return token.text in ("不要", "不想要") and not (
            after is not None
            and after.has("do:back", "weak:back", "do:sales_return", "do:purchase_return", "do:scrap")
        )

    def _counted_none(self) -> bool:
        """盘点盘出零。"""
        return "stocktake" in self.dos and any(
            amount.value == 0 for item in self.sheet.items for amount in item.amounts
        )

    @property
    def unmended(self) -> bool:
        """说了“错了、不对”,又没说对的是什么。"""
        if self.sheet.fixed or not self.sheet.items:
            return False
        begun = min((item.words[0].start for item in self.sheet.items if item.words), default=0)
        return any(
            token.has("fix")
            and token.start not in self.sheet.used
            and token.start > begun
            and not (after is not None and any(role.startswith("do:") for role in after.roles))
            for token, after in zip_longest(self.reading.tokens, self.reading.tokens[1:])
        )

    @property
    def supposed(self) -> bool:
        """是不是假设、打算、可能。"""
        return self.reading.has("cond") or held_back(self.reading.text, self.returning)

    @property
    def counted(self) -> bool:
        """有没有带数量的货。"""
        return any(item.counted and not item.only_measure for item in self.sheet.items)

    @property
    def only_cash(self) -> bool:
        """没说货,只说了多少块钱。"""
        items = self.sheet.items
        return (
            len(items) == 1
            and not items[0].named
            and all(amount.unit in ("块", "元") for amount in items[0].amounts)
        )

    @property
    def goods(self) -> bool:
        """有没有说到货。"""
        return bool(self.sheet.items)

    # ---- 单位 ----
    def party_codes(self, keep: Callable[[Party], bool] | None = None) -> tuple[str, ...]:
        """说到的单位;说了几次取交集,不合方向的去掉。"""
        if not self.parties:
            return ()
        sets = [codes for _, codes in self.parties]
        common = [code for code in sets[0] if all(code in codes for codes in sets)]
        if not common and not self.sheet.fixed:  # 说了两家:不替人挑
            return tuple(dict.fromkeys(code for codes in sets for code in codes))
        common = common or list(sets[-1])
        rows = self.catalog.party_by_code
        kept = [code for code in common if keep is None or keep(rows[code])]
        return tuple(kept or common)

    def spot(self, token: Token) -> int:
        """第几个片段;拼起来的(标明的单位、单据一栏的日子)不在片段里,按位置算。"""
        tokens = self.reading.tokens
        return next((at for at, one in enumerate(tokens) if one.start >= token.start), len(tokens))

    def before(self, token: Token) -> Token | None:
        """前一个片段。"""
        at = self.spot(token)
        return self.reading.tokens[at - 1] if at else None

    def after(self, token: Token) -> Token | None:
        """后一个片段。"""
        return next((one for one in self.reading.tokens if one.start >= token.end), None)


def gather(reading: Reading, catalog: Catalog, today: date) -> Facts:
    """从切好的话里收集事实。"""
    reading = without_gossip(reading, catalog)
    facts = Facts(reading, catalog, today)
    skip: set[int] = set()
    _labelled_party(facts, skip)
    for at, token in enumerate(reading.tokens):
        if at in skip:
            continue
        if token.kind == "party":
            facts.parties.append((token, token.value))
            skip.add(at)
        elif token.kind == "place":
            facts.places.append((token, token.value, _place_role(reading, at)))
            skip.add(at)
        elif token.kind in ("day", "days", "doc"):
            if token.kind == "day":
                facts.days.append(token)
            skip.add(at)
    _taken_back(facts)
    _place_taken_back(facts)
    _narrowed_by_branch(facts, skip)
    for party, _ in facts.parties:
        if party in reading.tokens:
            skip |= set(belongs_to(reading.tokens, facts.spot(party), catalog))
    _dotted_day(facts, skip)
    if not facts.parties:
        zone = stranger_zone(reading.tokens, catalog)
        if zone:
            skip |= set(zone)
            facts.stranger = "".join(reading.tokens[at].text for at in zone)
    fixed = facts.sheet.fixed
    facts.known = {reading.tokens[at].start for at in skip}
    facts.sheet = build([token for at, token in enumerate(reading.tokens) if at not in skip])
    facts.sheet.fixed = facts.sheet.fixed or fixed
    return facts


def _narrowed_by_branch(facts: Facts, skip: set[int]) -> None:
    """“茶小主 人民路的那家”“铁西那个大丰饺子馆”:几家同名,旁边的字只在一家的全名里;“毛孩子医院”是同一家。"""
    for spot, (token, codes) in enumerate(facts.parties):
        at = facts.spot(token)
        names = {code: facts.catalog.party_by_code[code].name for code in codes}
        for zone in (_names_near(facts, at, 1), _names_near(facts, at, -1)):
            said = "".join(facts.reading.tokens[near].text for near in zone)
            whole = len(said) > 1 or (said in KINDS_OF_SHOP and zone[0] == at + 1)  # 旅康厂
            fits = tuple(code for code, name in names.items() if whole and said in name)
            if len(fits) == 1 and said not in token.text and (len(codes) > 1 or zone[0] == at + 1):
                facts.parties[spot] = (token, fits)
                skip |= set(zone)
                break


def _names_near(facts: Facts, at: int, step: int) -> list[int]:
    """单位名前后连着的一段不认识的字,中间可以隔一两个“那个”“的”。"""
    tokens, zone, gap, at = facts.reading.tokens, [], 0, at + step
    while 0 <= at < len(tokens):
        if tokens[at].kind in ("junk", "run", "phrase"):
            zone.append(at)
        elif zone or gap > 1 or not tokens[at].has("fill"):
            break
        else:
            gap += 1
        at += step
    return sorted(zone)


def _taken_back(facts: Facts) -> None:
    """“给老刘 不是老刘 是小李”“周姐……说错了 是豫香居的”:说了不是的、改口前的那家不算。"""
    fixes = [token.start for token in facts.reading.tokens if token.has("fix")]
    if len(facts.parties) == 2 and any(
        facts.parties[0][0].start < start < facts.parties[1][0].start for start in fixes
    ):
        last = facts.parties[1][0]
        before = facts.before(last)
        denied = before is not None and before.text in ("不是", "并非") and before.end == last.start
        if before is not None and not denied and (before.has("fix") or before.text in NOTED):
            facts.parties = facts.parties[1:]
            facts.sheet.fixed = True
            return
    wrong = [
        codes
        for token, codes in facts.parties
        for before in (facts.before(token),)
        if before is not None and before.text in ("不是", "不给", "并非", "不是给")
    ]
    left = [(token, codes) for token, codes in facts.parties if codes not in wrong]
    if wrong and left:
        facts.parties = left
        facts.sheet.fixed = True


def _place_taken_back(facts: Facts) -> None:
    """“调到滨江 打错了是到解放路店”:改口后面紧跟着的仓,顶替前面说的那一头。"""
    kept: list[tuple[Token, tuple[str, ...], str]] = []
    for token, codes, role in facts.places:
        at = facts.spot(token)
        said = at - 1
        while (
            said >= 0
            and not facts.reading.tokens[said].has("fix")
            and _only_points(facts.reading.tokens[said])
        ):
            said -= 1
        fixed = said >= 0 and facts.reading.tokens[said].has("fix") and bool(kept)
        if fixed:
            spot = next((i for i in range(len(kept) - 1, -1, -1) if kept[i][2] == role), len(kept) - 1)
            role = kept.pop(spot)[2]
            facts.sheet.fixed = True
        kept.append((token, codes, role))
    facts.places = kept


def _only_points(token: Token) -> bool:
    """改口和仓名之间只会有“是、到、从、应该”这种小字。"""
    return token.kind == "sep" or (
        token.kind == "word" and token.has("fill", "prep:from", "prep:to", "prep:is", "cond")
    )


def _labelled_party(facts: Facts, skip: set[int]) -> None:
    """“供应商:太古可口可乐”:标明了的,整段当单位名。"""
    tokens = facts.reading.tokens
    for at, token in enumerate(tokens):
        if token.has("label:customer", "label:supplier"):
            zone = run_of_names(tokens, at + 1)
            for stop in range(len(zone), 0, -1):
                said = "".join(tokens[spot].text for spot in zone[:stop])
                codes = facts.catalog.directory.party.get(said)
                if codes:
                    facts.parties.append(
                        (
                            Token("party", said, tokens[zone[0]].start, tokens[zone[stop - 1]].end, codes),
                            codes,
                        )
                    )
                    skip |= set(zone[:stop])
                    break


def _place_role(reading: Reading, at: int) -> str:
    """仓库前面的小词:从、到、放。"""
    for token in reversed(reading.tokens[max(0, at - 2) : at]):
        for role in ("from", "to", "at"):
            if token.has(f"prep:{role}"):
                return role
        if token.text == "给":
            return "to"  # 给北门店调两箱
        if token.has("label:from_warehouse"):
            return "from"
        if token.has("label:to_warehouse"):
            return "to"
        if (
            token.kind == "word"
            and token.text.endswith(("到", "往", "去", "回", "入", "给"))
            and token.has("weak:move", "weak:back", "weak:send", "weak:leave")
        ):
            return "to"
        if token.kind != "word" or not token.has("fill"):
            break
    after = reading.tokens[at + 1] if at + 1 < len(reading.tokens) else None
    if after is not None and after.text in SHORT_OF:
        return "to"  # 门店缺收银纸、药柜补狂苗
    if after is not None and after.has("prep:to") and not after.has("weak:arrive"):
        return "from"
    before = reading.tokens[at - 1] if at else None
    if (
        after is not None
        and after.text in ("调", "转", "挪", "移", "拨", "匀", "出", "出货", "发")
        and not (before is not None and before.has("prep:give"))
    ):
        return "from"  # 中心仓调20箱过来
    return ""


def _dotted_day(facts: Facts, skip: set[int]) -> None:
    """11.22 要货、日报 11.18:不跟在数量后面的“几点几”是日子。"""
    tokens = facts.reading.tokens
    for at, token in enumerate(tokens):
        if token.kind != "num" or not _looks_like_day(token.text):
            continue
        before, after = tokens[at - 1] if at else None, tokens[at + 1] if at + 1 < len(tokens) else None
        dated = after is not None and after.has(
            "weak:want",
            "weak:send",
            "do:sales_order",
            "topic:daily_report",
            "topic:query_statement",
            "topic:query_sales",
            "do:stock_in",
            "do:stock_out",
        )
        dated = dated or (
            before is not None
            and (
                before.has(
                    "topic:daily_report",
                    "topic:query_statement",
                    "topic:query_sales",
                    "topic:query_movements",
                    "label:date",
                    "weak:send",
                )
            )
        )
        dated = dated or (at == 0 and len(tokens) > 1)
        if dated and not (before is not None and before.kind == "qty"):
            day = loose_day(
                token.text.replace(".", "/") if token.text.count(".") == 1 else token.text, facts.today
            )
            if day and day.single:
                facts.days.append(Token("day", token.text, token.start, token.end, day))
                skip.add(at)


def _looks_like_day(text: str) -> bool:
    month, _, day = text.partition(".")
    return (
        month.isdigit() and day.isdigit() and 1 <= int(month) <= 12 and 1 <= int(day) <= 31 and len(day) <= 2
    )


def single_day(facts: Facts) -> Day | None:
    """单据日期:只有一天的那个。"""
    days = [token.value for token in facts.days if token.value.single]
    return days[-1] if days else None
