"""自证用的 SQL：哪个余额由哪些流水推出，哪笔流水由哪行明细推出；两种数据库同一份。"""
# ruff: noqa: S608 — put together from the constants of this file and of posting_rules, never from what anybody said

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from core import proof_names as names
from core.posting_rules import (
    CORRECTED,
    ESTIMATED,
    ON_HAND,
    PER_WAREHOUSE,
    RULES,
    Account,
    Kind,
    Measure,
    Role,
)


@dataclass(frozen=True, slots=True)
class Check:
    """`book` and `proved` are SELECTs of (k1, k2, k3, value); values of one key add up, and the sums must agree.

    table, keys, column: the balance to be put right; empty when the figure is history and cannot be.
    """

    what: str
    book: str
    proved: str
    figure: Callable[[Connection, tuple[int, ...]], Callable[[int], str]]  # how its values are written
    row: Callable[..., str]  # how its keys are called
    table: str = ""
    keys: tuple[str, ...] = ()
    column: str = ""


def _roles(*roles: Account) -> str:
    return ", ".join(f"'{role.value}'" for role in roles)


# What enters (+) and leaves (−) an account.
FLOWS = """
  account_of AS (SELECT id, role, COALESCE(warehouse_id, 0) AS place, bin FROM account WHERE company_id = :company),
  flow AS (SELECT document_id, line_no, measure, product_id, batch_id, partner_id, target_id AS account_id, amount FROM entry WHERE company_id = :company
           UNION ALL
           SELECT document_id, line_no, measure, product_id, batch_id, partner_id, source_id, -amount FROM entry WHERE company_id = :company)"""
GOODS = f"FROM flow f JOIN account_of a ON a.id = f.account_id WHERE f.measure = {int(Measure.GOODS)}"
PROMISES = f"FROM flow f JOIN account_of a ON a.id = f.account_id WHERE f.measure = {int(Measure.PROMISE)}"
MONEY = f"FROM flow f JOIN account_of a ON a.id = f.account_id WHERE f.measure = {int(Measure.MONEY)}"
OWN = "JOIN product p ON p.id = {0}.product_id AND p.company_id = :company"
ORDER_KINDS = f"'{Kind.SALES_ORDER}', '{Kind.PURCHASE_ORDER}'"
SIDE = "CASE WHEN side = 'R' THEN 0 ELSE 2 END + CASE WHEN sign > 0 THEN 1 ELSE 2 END"  # R+1 1 · R−1 2 · P+1 3 · P−1 4


# Receipt lines whose price is only estimated: no correction that stands points at them.
UNPRICED = f"""SELECT l.document_id, l.line_no, l.product_id FROM document_line l JOIN document d ON d.id = l.document_id AND d.company_id = :company
  WHERE d.kind = '{Kind.GOODS_RECEIPT}' AND l.reason = '{ESTIMATED}' AND d.reverses_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM document r WHERE r.reverses_id = d.id)
    AND NOT EXISTS (SELECT 1 FROM document_line m JOIN document c ON c.id = m.document_id
                    WHERE m.order_id = l.document_id AND m.order_line = l.line_no AND m.reason = '{CORRECTED}'
                      AND c.reverses_id IS NULL AND NOT EXISTS (SELECT 1 FROM document r WHERE r.reverses_id = c.id))"""


def _available(column: str, word: str, proved: str) -> Check:
    return Check(
        word,
        f"SELECT v.product_id, v.warehouse_id, 0, v.{column} FROM availability v {OWN.format('v')}",
        proved,
        names.of_product,
        names.product_at,
        "availability",
        ("product_id", "warehouse_id"),
        column,
    )


CHECKS: tuple[Check, ...] = (
    Check(
        "库存",
        f"SELECT s.batch_id, s.account_id, 0, s.qty_milli FROM stock s {OWN.format('s')}",
        f"SELECT f.batch_id, f.account_id, 0, f.amount {GOODS} AND a.role IN ({_roles(*sorted(ON_HAND))})",
        names.of_batch,
        names.batch_at,
        "stock",
        ("batch_id", "account_id"),
        "qty_milli",
    ),
    Check(
        "拣货占用",
        f"SELECT s.batch_id, s.account_id, 0, s.picked_milli FROM stock s {OWN.format('s')}",
        f"""SELECT f.batch_id, o.id, 0, f.amount FROM flow f JOIN account_of a ON a.id = f.account_id AND a.role = '{Account.PICKED}'
              JOIN account_of o ON o.place = a.place AND o.bin = a.bin AND o.role = '{Account.OK}'
              WHERE f.measure = {int(Measure.PROMISE)}""",
        names.of_batch,
        names.batch_at,
        "stock",
        ("batch_id", "account_id"),
        "picked_milli",
    ),
    Check(
        "批次数量",
        f"SELECT b.id, 0, 0, b.qty_milli FROM batch b {OWN.format('b')}",
        f"SELECT f.batch_id, 0, 0, f.amount {GOODS} AND a.role IN ({_roles(*sorted(ON_HAND))})",
        names.of_batch,
        names.batch,
        "batch",
        ("id",),
        "qty_milli",
    ),
    Check(
        "批次金额",
        f"SELECT b.id, 0, 0, b.value_fen FROM batch b {OWN.format('b')}",
        f"SELECT f.batch_id, 0, 0, f.amount {MONEY} AND a.role = '{Account.INVENTORY}' AND f.batch_id IS NOT NULL",
        names.fen,
        names.batch,
        "batch",
        ("id",),
        "value_fen",
    ),
    _available(
        "sellable_milli",
        "可售",
        f"SELECT f.product_id, a.place, 0, f.amount {GOODS} AND a.role = '{Account.OK}'",
    ),
    _available(
        "in_transit_milli",
        "在途",
        f"SELECT f.product_id, a.place, 0, f.amount {GOODS} AND a.role = '{Account.TRANSIT}'",
    ),
    _available(
        "reserved_milli",
        "锁定",
        f"SELECT f.product_id, a.place, 0, f.amount {PROMISES} AND a.role = '{Account.RESERVED}'",
    ),
    _available(
        "on_order_milli",
        "在订",
        f"SELECT f.product_id, a.place, 0, f.amount {PROMISES} AND a.role = '{Account.ON_ORDER}'",
    ),
    Check(
        "资金",
        "SELECT u.account_id, 0, 0, u.balance_fen FROM fund u JOIN account_of a ON a.id = u.account_id",
        f"SELECT f.account_id, 0, 0, f.amount {MONEY} AND a.role = '{Account.CASH}'",
        names.fen,
        names.account,
        "fund",
        ("account_id",),
        "balance_fen",
    ),
    Check(
        "未清往来",
        "SELECT id, 0, 0, open_fen FROM open_item WHERE company_id = :company",
        """SELECT id, 0, 0, amount_fen FROM open_item WHERE company_id = :company
             UNION ALL SELECT s.debit_id, 0, 0, -s.amount_fen FROM settlement s JOIN open_item i ON i.id = s.debit_id AND i.company_id = :company
             UNION ALL SELECT s.credit_id, 0, 0, -s.amount_fen FROM settlement s JOIN open_item i ON i.id = s.credit_id AND i.company_id = :company""",
        names.fen,
        names.open_item,
        "open_item",
        ("id",),
        "open_fen",
    ),
    Check(
        "暂估",
        "SELECT i.document_id, 0, 0, CASE WHEN i.provisional THEN 1 ELSE 0 END FROM open_item i WHERE i.company_id = :company AND i.sign = 1 AND NOT EXISTS (SELECT 1 FROM document r WHERE r.reverses_id = i.document_id)",
        f"""SELECT i.document_id, 0, 0, MAX(1) FROM open_item i JOIN ({UNPRICED}) AS u ON u.document_id = i.document_id
              WHERE i.sign = 1 GROUP BY i.document_id""",
        names.yes_or_no,
        names.document,
    ),
    Check(
        "核销单",
        f"""SELECT l.document_id, 0, 0, CASE WHEN l.role = '{Role.REOPENED}' THEN -l.amount_fen ELSE l.amount_fen END
              FROM document_line l JOIN document d ON d.id = l.document_id AND d.company_id = :company
              WHERE d.kind = '{Kind.SETTLEMENT}' AND d.reverses_id IS NULL""",
        f"""SELECT s.document_id, 0, 0, s.amount_fen FROM settlement s JOIN document d ON d.id = s.document_id AND d.company_id = :company
              WHERE d.kind = '{Kind.SETTLEMENT}' AND d.reverses_id IS NULL""",
        names.fen,
        names.document,
    ),
    Check(
        "订单未完成",
        "SELECT order_id, order_line, 0, open_milli FROM order_open WHERE company_id = :company",
        f"""SELECT CASE WHEN d.kind IN ({ORDER_KINDS}) AND d.reverses_id IS NULL THEN d.id ELSE l.order_id END,
                     CASE WHEN d.kind IN ({ORDER_KINDS}) AND d.reverses_id IS NULL THEN l.line_no ELSE l.order_line END, 0, f.amount
              FROM flow f JOIN account_of a ON a.id = f.account_id JOIN document d ON d.id = f.document_id
              JOIN document_line l ON l.document_id = f.document_id AND l.line_no = f.line_no
              WHERE f.measure = {int(Measure.PROMISE)} AND a.role IN ({_roles(Account.RESERVED, Account.ON_ORDER)})""",
        names.of_order_line,
        names.order_line,
        "order_open",
        ("order_id", "order_line"),
        "open_milli",
    ),
    Check(
        "订单在拣",
        "SELECT order_id, order_line, 0, picked_milli FROM order_open WHERE company_id = :company",
        f"""SELECT l.order_id, l.order_line, 0, f.amount FROM flow f JOIN account_of a ON a.id = f.account_id AND a.role = '{Account.PICKED}'
              JOIN document_line l ON l.document_id = f.document_id AND l.line_no = f.line_no
              WHERE f.measure = {int(Measure.PROMISE)}""",
        names.of_order_line,
        names.order_line,
        "order_open",
        ("order_id", "order_line"),
        "picked_milli",
    ),
    Check(
        "往来笔数",
        f"SELECT document_id, partner_id, {SIDE}, amount_fen FROM open_item WHERE company_id = :company",
        f"""SELECT f.document_id, COALESCE(f.partner_id, 0),
                     CASE WHEN a.role = '{Account.RECEIVABLE}' THEN CASE WHEN f.amount > 0 THEN 1 ELSE 2 END ELSE CASE WHEN f.amount < 0 THEN 3 ELSE 4 END END,
                     ABS(f.amount) {MONEY} AND a.role IN ({_roles(Account.RECEIVABLE, Account.PAYABLE)})""",
        names.fen,
        names.owed_by_document,
    ),
    Check(
        "往来余额",
        "SELECT partner_id, CASE WHEN side = 'R' THEN 1 ELSE 2 END, 0, sign * open_fen FROM open_item WHERE company_id = :company",
        f"""SELECT COALESCE(f.partner_id, 0), CASE WHEN a.role = '{Account.RECEIVABLE}' THEN 1 ELSE 2 END, 0,
                     CASE WHEN a.role = '{Account.RECEIVABLE}' THEN f.amount ELSE -f.amount END {MONEY} AND a.role IN ({_roles(Account.RECEIVABLE, Account.PAYABLE)})""",
        names.fen,
        names.partner_side,
    ),
    Check(
        "单据合计",
        "SELECT id, 0, 0, total_fen FROM document WHERE company_id = :company AND state = 'posted'",
        "SELECT l.document_id, 0, 0, l.amount_fen FROM document_line l JOIN document d ON d.id = l.document_id AND d.company_id = :company",
        names.fen,
        names.document,
    ),
    Check(
        "老价格",
        f"SELECT v.product_id, v.partner_id, CASE WHEN v.side = 'P' THEN 1 ELSE 2 END, v.document_id FROM last_deal v {OWN.format('v')}",
        f"""SELECT l.product_id, d.partner_id, CASE WHEN d.kind = '{Kind.GOODS_RECEIPT}' THEN 1 ELSE 2 END, MAX(d.id)
              FROM document_line l JOIN document d ON d.id = l.document_id AND d.company_id = :company
              WHERE d.kind IN ('{Kind.GOODS_RECEIPT}', '{Kind.DELIVERY}') AND l.role = 'line' AND l.price_e4 > 0 AND d.partner_id IS NOT NULL
                AND d.reverses_id IS NULL AND NOT EXISTS (SELECT 1 FROM document r WHERE r.reverses_id = d.id)
              GROUP BY 1, 2, 3""",
        names.of_deal,
        names.deal,
    ),
)


def _all_checks() -> str:
    """One statement for all: (number of the check, keys, book, proved) of what does not agree."""
    parts = [
        f"""SELECT {n} AS n, k1, k2, k3, SUM(book) AS book, SUM(proved) AS proved FROM (
        SELECT k1, k2, k3, v AS book, 0 AS proved FROM (SELECT 0 AS k1, 0 AS k2, 0 AS k3, 0 AS v WHERE 1 = 0 UNION ALL {check.book}) AS b{n}
        UNION ALL SELECT k1, k2, k3, 0, v FROM (SELECT 0 AS k1, 0 AS k2, 0 AS k3, 0 AS v WHERE 1 = 0 UNION ALL {check.proved}) AS p{n}) AS c{n}
        GROUP BY k1, k2, k3 HAVING SUM(book) <> SUM(proved)"""
        for n, check in enumerate(CHECKS)
    ]
    return f"WITH {FLOWS}\n" + "\nUNION ALL\n".join(parts)


def _rule_rows() -> str:
    """RULES as a table: kind, role, measure, number, ends, and where each end lies (0 nowhere, 1 the line's warehouse, 2 on the way)."""

    def lies(role: Account) -> int:
        return 0 if role not in PER_WAREHOUSE else 2 if role is Account.TRANSIT else 1

    return ",\n".join(
        f"('{kind}', '{role}', {int(move.measure)}, '{move.number}', '{move.source}', '{move.target}', {lies(move.source)}, {lies(move.target)})"
        for kind, roles in RULES.items()
        for role, moves in roles.items()
        for move in moves
    )


def _place(side: str) -> str:
    return f"CASE r.{side}_lies WHEN 0 THEN 0 WHEN 1 THEN l.warehouse_id ELSE COALESCE(l.to_warehouse_id, l.warehouse_id) END"


ENTRY_KEY = "document_id, line_no, measure, source, target, source_place, target_place, product_id, batch_id"
# The entries that the lines must have made, against those that are there. Reversals are compared with what they undo.
EXPECTED = text(f"""
WITH {FLOWS}, rules(kind, role, measure, number, source, target, source_lies, target_lies) AS (VALUES {_rule_rows()})
SELECT {ENTRY_KEY}, SUM(book) AS book, SUM(proved) AS proved FROM (
  SELECT l.document_id, l.line_no, r.measure, r.source, r.target, {_place("source")} AS source_place, {_place("target")} AS target_place,
         COALESCE(l.product_id, 0) AS product_id, COALESCE(l.batch_id, 0) AS batch_id, 0 AS book,
         CASE r.number WHEN 'qty' THEN l.qty_milli WHEN 'open' THEN CASE WHEN l.order_id IS NULL THEN 0 ELSE l.qty_milli END
                       WHEN 'amount' THEN l.amount_fen WHEN 'gone' THEN l.amount_fen - l.cost_fen ELSE l.cost_fen END AS proved
  FROM document d JOIN document_line l ON l.document_id = d.id JOIN rules r ON r.kind = d.kind AND r.role = l.role
  WHERE d.company_id = :company AND d.reverses_id IS NULL AND d.state = 'posted'
  UNION ALL
  SELECT d.id, e.line_no, e.measure, t.role, s.role, t.place, s.place, COALESCE(e.product_id, 0), COALESCE(e.batch_id, 0), 0, e.amount
  FROM document d JOIN entry e ON e.document_id = d.reverses_id JOIN account_of s ON s.id = e.source_id JOIN account_of t ON t.id = e.target_id
  WHERE d.company_id = :company AND d.state = 'posted'
  UNION ALL
  SELECT e.document_id, e.line_no, e.measure, s.role, t.role, s.place, t.place, COALESCE(e.product_id, 0), COALESCE(e.batch_id, 0), e.amount, 0
  FROM entry e JOIN account_of s ON s.id = e.source_id JOIN account_of t ON t.id = e.target_id WHERE e.company_id = :company) AS both_ways
GROUP BY {ENTRY_KEY} HAVING SUM(book) <> SUM(proved) ORDER BY document_id, line_no""")

NUMBERS = text("""
SELECT series, SUM(found) AS found, SUM(top) AS top, SUM(last) AS last FROM (
  SELECT SUBSTR(number, 1, 11) AS series, COUNT(*) AS found, MAX(CAST(SUBSTR(number, 13) AS BIGINT)) AS top, 0 AS last
  FROM document WHERE company_id = :company GROUP BY 1
  UNION ALL
  SELECT prefix || '-' || REPLACE(CAST(day AS TEXT), '-', ''), 0, 0, last FROM counter WHERE company_id = :company) AS series_of
GROUP BY series HAVING SUM(found) <> SUM(last) OR SUM(top) <> SUM(last) ORDER BY series""")

# Rows that must not exist: (what, document number or row, what is wrong with it).
STRAY = text(f"""
SELECT '流水日期' AS what, d.number AS row_name, CAST(e.business_date AS TEXT) AS book, CAST(d.business_date AS TEXT) AS proved
FROM entry e JOIN document d ON d.id = e.document_id WHERE e.company_id = :company AND e.business_date <> d.business_date
UNION ALL
SELECT '核销', d.number, '借贷方向、往来单位或应收应付不配对', '一借一贷、同一单位同一边'
FROM settlement s JOIN document d ON d.id = s.document_id JOIN open_item a ON a.id = s.debit_id JOIN open_item b ON b.id = s.credit_id
WHERE d.company_id = :company AND (a.sign <> 1 OR b.sign <> -1 OR a.side <> b.side OR a.partner_id <> b.partner_id)
UNION ALL
SELECT '反核销', d.number, '与原来的核销对不上', '同一对，金额相反'
FROM settlement s JOIN document d ON d.id = s.document_id JOIN settlement o ON o.id = s.reverses_id
WHERE d.company_id = :company AND (s.debit_id <> o.debit_id OR s.credit_id <> o.credit_id OR s.amount_fen <> -o.amount_fen)
UNION ALL
SELECT '红冲', d.number, '未清 ' || CAST(i.open_fen AS TEXT) || ' 分', '红冲的两张单都清了'
FROM open_item i JOIN document d ON d.id = i.document_id
WHERE d.company_id = :company AND i.open_fen > 0 AND (d.reverses_id IS NOT NULL OR EXISTS (SELECT 1 FROM document r WHERE r.reverses_id = d.id))
UNION ALL
SELECT '留痕', d.number, '没有留痕', '记账时留的一行'
FROM document d WHERE d.company_id = :company AND d.kind NOT IN ('{Kind.EXPIRE}', '{Kind.SALES_CLOSE}', '{Kind.PICK_CLOSE}')
  AND NOT EXISTS (SELECT 1 FROM audit u WHERE u.document_id = d.id)
UNION ALL
SELECT '审批', d.number, CASE d.state WHEN 'posted' THEN '已记账' WHEN 'draft' THEN '待审' ELSE '已作废' END, '与审批的每一步一致，自己不批自己的'
FROM document d WHERE d.company_id = :company AND (
  (d.state = 'posted' AND EXISTS (SELECT 1 FROM approval v WHERE v.document_id = d.id AND (v.decision IS NULL OR v.decision <> 'yes')))
  OR (d.state = 'draft' AND NOT EXISTS (SELECT 1 FROM approval v WHERE v.document_id = d.id AND v.decision IS NULL))
  OR (d.state = 'draft' AND EXISTS (SELECT 1 FROM approval v WHERE v.document_id = d.id AND v.decision <> 'yes'))
  OR (d.state = 'cancelled' AND NOT EXISTS (SELECT 1 FROM approval v WHERE v.document_id = d.id AND v.decision IN ('no', 'withdrawn')))
  OR EXISTS (SELECT 1 FROM approval v WHERE v.document_id = d.id AND v.decision IN ('yes', 'no') AND v.staff_id = d.staff_id))
UNION ALL
SELECT '召回', p.name || ' 批次' || b.batch_no, '还在可售', '召回没结束，该在冻结'
FROM stock s JOIN account a ON a.id = s.account_id AND a.company_id = :company AND a.role = '{Account.OK}' JOIN batch b ON b.id = s.batch_id
JOIN product p ON p.id = s.product_id WHERE s.qty_milli > 0 AND s.batch_id IN (
  SELECT l.batch_id FROM document_line l JOIN document d ON d.id = l.document_id
  WHERE l.role = 'recall' AND d.company_id = :company AND d.reverses_id IS NULL AND NOT EXISTS (SELECT 1 FROM document r WHERE r.reverses_id = d.id)
  GROUP BY l.batch_id HAVING MAX(CASE WHEN d.kind = '{Kind.HOLD}' THEN d.id ELSE 0 END) > MAX(CASE WHEN d.kind = '{Kind.UNHOLD}' THEN d.id ELSE 0 END))
UNION ALL
SELECT '过期', p.name || ' 批次' || b.batch_no, '还在可售', '已过期，该在过期'
FROM stock s JOIN account a ON a.id = s.account_id AND a.company_id = :company AND a.role = '{Account.OK}' JOIN batch b ON b.id = s.batch_id
JOIN product p ON p.id = s.product_id JOIN company c ON c.id = :company WHERE s.qty_milli > 0 AND b.expiry_date < c.today""")

ALL_CHECKS = text(_all_checks())
