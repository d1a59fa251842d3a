"""绑定：老板发六位码，员工私聊发“绑定 123456”，从此这个账号就是他。"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from core.db import upsert
from core.errors import Invalid, NotFound
from core.prepared import Prepared
from core.staff import actor_by_id, api_token, binding_code, identity
from core.tx import Tx

CODE_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IssueBindingCode:
    staff_id: int


@dataclass(frozen=True, slots=True)
class IssueToken:
    staff_id: int


@dataclass(frozen=True, slots=True)
class BindIdentity:
    code: str
    channel: str
    account: str
    external_id: str
    in_group: bool = False
    address: dict[str, Any] = field(default_factory=dict)


def hashed(secret: str) -> str:
    """Secrets are kept as sha256: a copy of the database opens nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def prepare_code(tx: Tx, command: IssueBindingCode) -> Prepared:
    who = actor_by_id(tx.conn, command.staff_id)
    if who is None or who.company_id != tx.company_id:
        raise NotFound("not_found", "没有这位员工，或已停用。请先在后台建好员工。")
    return Prepared({"title": "发绑定码", "name": who.name}, [command.staff_id])


def do_code(tx: Tx, command: IssueBindingCode, prepared: Prepared) -> dict[str, Any]:
    code = f"{secrets.randbelow(10**6):06d}"
    tx.conn.execute(
        delete(binding_code).where(
            binding_code.c.company_id == tx.company_id,
            binding_code.c.staff_id == command.staff_id,
            binding_code.c.used_at.is_(None),
        )
    )
    tx.conn.execute(
        binding_code.insert(),
        {
            "company_id": tx.company_id,
            "code_hash": hashed(code),
            "staff_id": command.staff_id,
            "expires_at": tx.now + CODE_LIFE,
            "used_at": None,
        },
    )
    return prepared.card | {"secret": code, "kind": ""}


def prepare_token(tx: Tx, command: IssueToken) -> Prepared:
    return prepare_code(tx, IssueBindingCode(command.staff_id))


def do_token(tx: Tx, command: IssueToken, prepared: Prepared) -> dict[str, Any]:
    token = secrets.token_urlsafe(32)
    tx.conn.execute(
        api_token.insert(),
        {"token_hash": hashed(token), "staff_id": command.staff_id, "created_at": tx.now, "revoked_at": None},
    )
    return prepared.card | {"title": "发接口令牌", "secret": token, "kind": ""}


def prepare_binding(tx: Tx, command: BindIdentity) -> Prepared:
    """Raises Invalid in a group, NotFound for a wrong, used or old code; one answer for all three."""
    if command.in_group:
        raise Invalid("bind_in_group", "请私聊我发送绑定码，群里不能绑定。")
    row = tx.conn.execute(
        select(binding_code).where(
            binding_code.c.company_id == tx.company_id,
            binding_code.c.code_hash == hashed(command.code),
            binding_code.c.used_at.is_(None),
            binding_code.c.expires_at > tx.now,
        )
    ).one_or_none()
    who = actor_by_id(tx.conn, row.staff_id) if row is not None else None
    if who is None:
        raise NotFound(
            "binding_code", "绑定码不对或已过期。请找老板重新要一个六位绑定码，再发“绑定 六位数字”。"
        )
    return Prepared(
        {"title": "绑定", "name": who.name, "staff_id": who.id, "roles": list(who.roles)}, [who.id]
    )


def do_binding(tx: Tx, command: BindIdentity, prepared: Prepared) -> dict[str, Any]:
    tx.conn.execute(
        update(binding_code)
        .where(binding_code.c.company_id == tx.company_id, binding_code.c.code_hash == hashed(command.code))
        .values(used_at=tx.now)
    )
    made = upsert(tx.conn, identity).values(
        channel=command.channel,
        account=command.account,
        external_id=command.external_id,
        staff_id=prepared.card["staff_id"],
        address=command.address,
        used_at=tx.now,
    )
    tx.conn.execute(
        made.on_conflict_do_update(
            index_elements=["channel", "account", "external_id"],
            set_={"staff_id": prepared.card["staff_id"], "address": command.address, "used_at": tx.now},
        )
    )
    return prepared.card | {"kind": ""}
