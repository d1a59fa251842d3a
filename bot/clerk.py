"""柜台：认出是谁，听懂一句话，查账就答，记账先立提案，确认了才记。"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot import answers, drafts, learning, privately, replies
from bot.guide import explain, guide
from bot.message import Button, Outgoing
from bot.shelf import Shelf
from bot.talk import Reply, Talk
from core import proposals
from core.commands import BindIdentity, ReverseDocument, ReverseTogether
from core.company import the_company
from core.db import Books
from core.errors import BusinessError, Choice, Need, NotAllowed
from core.execute import FactsChanged, Order, ReplyTo, dump, execute, load, preview
from core.outbox import newest_notice
from core.prepared import Prepared
from core.sessions import make_login_link
from core.staff import Actor, actor_by_id, actor_by_identity, system_actor
from core.values import to_day
from intents import BY_NAME, dialogue, questions, understand
from intents.dialogue import Ask, Do, Drop, Fire, Query, Say
from intents.frame import Catalog, Frame
from intents.to_command import TO_COMMAND

State = dict[str, Any]
SAID_IS_DONE = (
    "记叫法",
    "忘掉叫法",
)  # nothing is posted, the number chosen was the consent, and it can be taken back
ADMIN_WORDS = frozenset({"后台", "登录后台", "打开后台"})
REPORT = re.compile(r"(?:报|处理)\s*(\d{1,2})")
OWN_CHANNELS = frozenset({"web", "console"})  # the person is known from the login, not from a binding
NOT_BOUND = "您好，我是掌柜。您还没有绑定：请找老板要一个六位绑定码，私聊发给我“绑定 六位数字”。"
ONLY_TEXT = "这条我听不懂（文件、视频或没带文字的语音）。请打字发给我，例如“入库 酱油 20箱”。"
NO_CODE = "照片里没看出条码。请对准一个商品的条码、拍近拍清楚再发，或者把条码的数字打给我。"


@dataclass(slots=True)
class Turn:
    """One message being answered."""

    talk: Talk
    actor: Actor
    catalog: Catalog
    now: datetime
    state: State
    frame: Frame


class Clerk:
    """handle() is one message in, one reply and the next state out; it keeps nothing between messages."""

    def __init__(self, books: Books, company_id: int, shelf: Shelf, address: str = "") -> None:
        self.books, self.company_id, self.shelf = books, company_id, shelf
        self.address = address  # where the admin pages answer, for the login link

    def handle(self, talk: Talk, text: str, now: datetime) -> tuple[Reply, State]:
        if learning.lapsed(talk.state, now):
            talk = replace(talk, state=_idle(talk.state))
        actor = self._who(talk)
        with self.books.read() as conn:
            company = the_company(conn, self.company_id)
        catalog = self.shelf.catalog()
        if actor is not None:
            catalog = catalog.heard_from(actor.id)
        if not text.strip():
            unread = NO_CODE if talk.kind == "photo" else ONLY_TEXT
            return Reply(unread if actor else NOT_BOUND, outcome="reject"), talk.state
        if actor is not None and text.strip() in ADMIN_WORDS:
            return self._login_link(talk, actor, now), talk.state
        if actor is not None and (told := explain(actor, text)):
            return Reply(told.text, outcome="chat", intent="help"), talk.state
        if actor is not None and (reported := REPORT.fullmatch(text.strip())):
            meant = self._reported(talk, int(reported[1]))
            if meant is None:
                return Reply("最近的提醒里没有这一条。发“日报”重新看。", outcome="reject"), talk.state
            text = meant
        today = to_day(now, company.day_cut_hour)
        frame = understand(text, talk.state, catalog, today)
        if frame.intent == "bind" and frame.outcome == "act":
            return self._bind(talk, frame, now), talk.state
        if actor is None:
            return Reply(NOT_BOUND, outcome="reject", intent=frame.intent), talk.state
        if frame.ambiguous:
            with self.books.read() as conn:
                frame = drafts.usual_first(conn, frame, catalog, today)
        state, step = dialogue.step(talk.state, frame)
        turn = Turn(talk, actor, catalog, now, state, frame)
        # a 确认 out of the blue: there may be a parked proposal, or another's
        if frame.reason == "nothing_pending":
            return self.fire(turn, frame), turn.state
        reply = STEPS[type(step)](self, turn, step.frame)
        return reply, turn.state

    def _login_link(self, talk: Talk, actor: Actor, now: datetime) -> Reply:
        """One tap into the admin pages as this person: nothing to remember, nothing to forget."""
        if talk.is_group:
            return Reply("登录链接只能私聊发，请私聊我“后台”。", outcome="reject")
        token = make_login_link(self.books, actor.id, now)
        return Reply(f"打开后台（5 分钟内有效，只能用一次）：\n{self.address}/login?token={token}")

    def _reported(self, talk: Talk, number: int) -> str | None:
        """What line `number` of the newest numbered notice or digest stands for: “报 2” (decision 35)."""
        kept = talk.state.get("alerts") or {}
        with self.books.read() as conn:
            pushed = newest_notice(conn, self.company_id, talk.recipient)
        if pushed is not None and pushed.sent_at and pushed.sent_at.isoformat() > kept.get("at", ""):
            says = pushed.body["notice"].get("alerts") or []
        else:
            says = kept.get("say") or []
        return says[number - 1] if 0 < number <= len(says) else None

    def _who(self, talk: Talk) -> Actor | None:
        with self.books.read() as conn:
            if talk.channel in OWN_CHANNELS:
                return actor_by_id(conn, int(talk.sender), talk.is_group) if talk.sender.isdigit() else None
            return (
                actor_by_identity(conn, talk.channel, talk.account, talk.sender, talk.is_group)
                if talk.sender
                else None
            )

    def _bind(self, talk: Talk, frame: Frame, now: datetime) -> Reply:
        command = BindIdentity(
            str(frame.slots.get("code", "")),
            talk.channel,
            talk.account,
            talk.sender,
            talk.is_group,
            talk.address,
        )
        with self.books.read() as conn:
            keeper = system_actor(conn, self.company_id)
        try:
            result = execute(
                self.books, keeper, Order(command, f"message/{talk.inbox_id}", door=talk.channel), now
            )
        except BusinessError as refusal:
            return Reply(str(refusal), outcome="reject", intent="bind")
        return Reply(replies.bound(result), outcome="act", intent="bind")

    # ── the six next steps of a dialogue ──

    def ask(self, turn: Turn, frame: Frame) -> Reply:
        if frame.reason == "two_commands":  # neither is begun
            turn.state = _idle(turn.state)
        with self.books.read() as conn:
            asked = drafts.question(conn, turn.actor, frame, turn.state, turn.catalog, to_day(turn.now))
        return _worded(asked, frame)

    def query(self, turn: Turn, frame: Frame) -> Reply:
        try:
            said = self._answer(turn, frame, turn.actor)
        except BusinessError as refusal:
            return Reply(str(refusal), outcome="reject", intent=frame.intent)
        text = said.text + self._still_asking(turn)
        if said.alerts:
            turn.state["alerts"] = {"at": turn.now.isoformat(), "say": list(said.alerts)}
        return Reply(text, said.buttons, "answer", frame.intent)

    def _answer(self, turn: Turn, frame: Frame, reader: Actor) -> Outgoing:
        """What this reader may know here; what he may know, but not in a group, is sent to him alone."""
        try:
            with self.books.read() as conn:
                return answers.answer(conn, reader, frame, turn.catalog, turn.now)
        except NotAllowed as refusal:
            if refusal.code != "private_only":
                raise
        alone = self._answer(turn, frame, replace(reader, in_group=False))
        return Outgoing(privately.send(self.books, reader, turn.talk.inbox_id, alone, turn.now))

    def _still_asking(self, turn: Turn) -> str:
        """A question that was open before this one is repeated, so that nobody forgets it."""
        pending = turn.state.get("pending")
        if pending == "confirm" and turn.state.get("proposal"):
            return f"\n——\n还有一笔等您确认：回“确认”或“取消”（编号 {turn.state['proposal']}）。"
        if pending in ("fill", "select") and turn.state.get("frame"):
            open_frame = Frame.from_dict(turn.state["frame"])
            if open_frame.intent == "learn_name":  # an offer, not a question: said once
                return ""
            return "\n——\n刚才还没说完：" + questions.word(open_frame, turn.catalog, turn.state).text
        return ""

    def do(self, turn: Turn, frame: Frame) -> Reply:
        """A complete command: refused, asked about, posted directly when everything allows it, else proposed."""
        to_command = TO_COMMAND.get(frame.intent)
        if to_command is None:
            turn.state = _idle(turn.state)
            return Reply(
                f"听懂了：{BY_NAME[frame.intent].word}。这一项还没开张，没有记账。发“帮助”看现在会的。",
                outcome="reject",
                intent=frame.intent,
            )
        try:
            command = to_command(frame, turn.catalog)
            if frame.slots.get("together") is False:
                return self.drop(turn, frame)
            prepared = preview(self.books, turn.actor, command, turn.now, turn.talk.channel)
            if isinstance(command, ReverseDocument) and command.number is None:
                return self._post(turn, command, f"message/{turn.talk.inbox_id}", None, None, frame)
        except Need as need:
            return self._ask_need(turn, frame, need)
        except BusinessError as refusal:
            if refusal.code == "in_the_way":
                return self._in_the_way(turn, frame, refusal)
            return self._refused(turn, frame, refusal)
        if self._may_post_at_once(turn, frame, prepared):
            return self._post(turn, command, f"message/{turn.talk.inbox_id}", None, prepared.digest, frame)
        return self._propose(turn, frame, command, prepared)

    def fire(self, turn: Turn, frame: Frame) -> Reply:
        row = self._wanted_proposal(turn, str(frame.slots.get("code") or ""))
        if row is None:
            turn.state = _idle(turn.state)
            return Reply(
                "没有等您确认的单。想记什么，直接说，例如“入库 酱油 20箱”。",
                outcome="reject",
                intent="confirm",
            )
        if row.staff_id != turn.actor.id:
            return Reply(
                f"这是{self._name(row.staff_id)}的单，要他本人确认。", outcome="reject", intent="confirm"
            )
        if turn.state.get("proposal") is None and not frame.slots.get("code"):
            return self._show_again(turn, row)
        meant = (
            Frame.from_dict(turn.state.get("frame") or {"intent": "confirm"})
            if turn.state.get("proposal") == row.code
            else frame
        )
        return self._post(
            turn, load(row.command, row.body), f"proposal/{row.id}", row.code, row.facts_digest, meant
        )

    def drop(self, turn: Turn, frame: Frame) -> Reply:
        code = str(frame.slots.get("code") or turn.talk.state.get("proposal") or "")
        had = turn.state.get("pending", "none") != "none" or bool(turn.talk.state.get("frame"))
        turn.state = _idle(turn.state)
        if code:
            with self.books.bookkeeping() as conn:
                row = proposals.by_code(conn, self.company_id, code)
                if row is not None and row.staff_id != turn.actor.id:
                    return Reply(
                        f"这是{self._name(row.staff_id)}的单，要他本人取消。",
                        outcome="reject",
                        intent="cancel",
                    )
                had = proposals.close(conn, self.company_id, code.upper(), "cancelled") or had
        if (turn.talk.state.get("frame") or {}).get("intent") == "learn_name":
            return Reply("好，这次不记，下回还照样问。", outcome="act", intent="cancel")
        return Reply("好，取消了，没有记账。" if had else "没有要取消的单。", outcome="act", intent="cancel")

    def say(self, turn: Turn, frame: Frame) -> Reply:
        if frame.intent == "help":
            told = guide(turn.actor)
            return Reply(told.text + self._still_asking(turn), told.buttons, "chat", "help")
        said = _worded(questions.word(frame, turn.catalog, turn.state), frame)
        return replace(said, text=said.text + self._still_asking(turn))

    # ── proposing and posting ──

    def _ask_need(self, turn: Turn, frame: Frame, need: Need) -> Reply:
        turn.state = dialogue.ask_need(turn.state, frame, need.slot, need.question, need.choices)
        return replace(_worded(questions.asked_by_books(turn.state), frame), outcome="ask")

    def _in_the_way(self, turn: Turn, frame: Frame, refusal: BusinessError) -> Reply:
        """Later documents stand on it: offered along with it, when all of them can be undone by this person."""
        number = refusal.facts["number"]
        try:
            preview(self.books, turn.actor, ReverseTogether(number), turn.now, turn.talk.channel)
        except BusinessError as neither:
            said = self._refused(turn, frame, refusal)
            return replace(said, text=f"{said.text}\n一起撤也不行：{neither}")
        choices = (
            Choice("一起撤", {"together": True}, 1),
            Choice("不撤", {"together": False}, 2),
        )
        question = f"{number} 不能单独撤回：{refusal.facts['why']}。要一起撤吗？"
        named = replace(frame, slots=frame.slots | {"document_no": number})
        return self._ask_need(turn, named, Need("together", question, choices))

    def _refused(self, turn: Turn, frame: Frame, refusal: BusinessError) -> Reply:
        turn.state = _idle(turn.state) | {"last_frame": frame.to_dict()}
        return Reply(str(refusal), outcome="reject", intent=frame.intent)

    def _may_post_at_once(self, turn: Turn, frame: Frame, prepared: Prepared) -> bool:
        """All of decision 36, or a preview."""
        if prepared.draft is None and prepared.card["title"] in SAID_IS_DONE:
            return True
        actor = turn.actor
        return (
            actor.posts_directly
            and not turn.talk.is_group
            and turn.talk.kind == "typed"
            and frame.exact
            and turn.frame is frame
            and not prepared.defaulted
            and not prepared.warnings
            and not prepared.card.get("asks")
            and prepared.amount_fen <= actor.limit_fen
        )

    def _propose(
        self, turn: Turn, frame: Frame, command: Any, prepared: Prepared, changed: bool = False
    ) -> Reply:
        old = turn.talk.state.get("proposal")
        corrected = bool(old) and (turn.frame.intent == "correct" or changed)
        code = proposals.propose(
            self.books,
            self.company_id,
            turn.actor.id,
            turn.talk.conversation_id,
            type(command).__name__,
            dump(command),
            prepared.card,
            prepared.digest,
            turn.now,
            replaces=old if corrected else None,
        )
        with self.books.read() as conn:
            waiting = len(
                [
                    row
                    for row in proposals.still_open(conn, turn.talk.conversation_id)
                    if row.code != code and row.expires_at > turn.now
                ]
            )
        turn.state = turn.state | {
            "pending": "confirm",
            "frame": frame.to_dict(),
            "proposal": code,
            "options": [],
            "proposed_at": turn.now.isoformat(),
        }
        said = replies.preview(
            prepared.card, turn.actor, code, prepared.defaulted, prepared.warnings, waiting, changed
        )
        return Reply(said.text, said.buttons, "confirm", frame.intent, code)

    def _show_again(self, turn: Turn, row: Any) -> Reply:
        """A parked proposal is not fired by a bare 确认 that may have meant another: it is shown first."""
        try:
            prepared = preview(
                self.books, turn.actor, load(row.command, row.body), turn.now, turn.talk.channel
            )
        except (Need, BusinessError) as problem:
            with self.books.bookkeeping() as conn:
                proposals.close(conn, self.company_id, row.code, "cancelled")
            return Reply(f"之前那笔（{row.code}）现在不能记了：{problem}", outcome="reject", intent="confirm")
        turn.state = _idle(turn.state) | {"pending": "confirm", "proposal": row.code}
        said = replies.preview(prepared.card, turn.actor, row.code, prepared.defaulted, prepared.warnings)
        return Reply(said.text, said.buttons, "confirm", "confirm", row.code)

    def _post(
        self, turn: Turn, command: Any, key: str, code: str | None, digest: str | None, frame: Frame
    ) -> Reply:
        talk = turn.talk
        order = Order(
            command,
            key,
            talk.channel,
            code,
            digest,
            ReplyTo(talk.inbox_id, talk.conversation_id, talk.channel, talk.recipient),
        )
        try:
            result = execute(self.books, turn.actor, order, turn.now)
        except FactsChanged as change:
            return self._propose(turn, frame, command, change.prepared, changed=True)
        except Need as need:
            return self._ask_need(turn, frame, need)
        except BusinessError as refusal:
            turn.state = _idle(turn.state)
            return Reply(str(refusal), outcome="reject", intent=frame.intent)
        done = _idle(turn.state) | {"last_frame": frame.to_dict(), "last_document": result.get("number")}
        said = replies.posted(result, turn.actor)
        offered = learning.offer(turn.state, done, frame, turn.catalog, turn.actor, turn.now)
        turn.state = offered[0] if offered else done
        if offered:
            said = Outgoing(
                f"{said.text}\n——\n{offered[1].text}",
                (*said.buttons, *(Button(text, say) for text, say in offered[1].buttons)),
            )
        return Reply(
            said.text,
            said.buttons,
            "posted",
            frame.intent,
            code,
            (result["number"],) if result.get("number") else (),
        )

    def _wanted_proposal(self, turn: Turn, code: str) -> Any | None:
        """By its code, at any age; a bare 确认 reaches this person's newest of the last 30 minutes, or another's in this chat."""
        with self.books.read() as conn:
            if code:
                return proposals.by_code(conn, self.company_id, code)
            rows = [
                row
                for row in proposals.still_open(conn, turn.talk.conversation_id)
                if row.expires_at > turn.now
            ]
            own = turn.state.get("proposal")
            fresh = [
                row
                for row in rows
                if row.created_at > turn.now - proposals.BARE_CONFIRM and (own is None or row.code == own)
            ]
            if fresh:
                return fresh[0]
            return proposals.others_in_chat(conn, turn.talk.conversation_id) if turn.talk.is_group else None

    def _name(self, staff_id: int) -> str:
        with self.books.read() as conn:
            other = actor_by_id(conn, staff_id)
        return str(other.name) if other else "别人"


STEPS: dict[type, Callable[[Clerk, Turn, Frame], Reply]] = {
    Ask: Clerk.ask,
    Query: Clerk.query,
    Do: Clerk.do,
    Fire: Clerk.fire,
    Drop: Clerk.drop,
    Say: Clerk.say,
}


def _idle(state: State) -> State:
    """Nothing is asked any more; what was talked about last stays."""
    return {k: v for k, v in state.items() if k in ("last_frame", "last_document", "alerts", "offered")} | {
        "pending": "none",
        "frame": None,
        "options": [],
        "proposal": None,
    }


def _worded(question: questions.Question, frame: Frame) -> Reply:
    return Reply(
        question.text,
        tuple(Button(label, say) for label, say in question.buttons),
        frame.outcome,
        frame.intent,
    )
