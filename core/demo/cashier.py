"""演示店的钱：客户按各自的脾气来付，供应商到期就付，够付才付。"""

from core.accounts import funds
from core.commands import PaySupplier, TakePayment
from core.demo import script
from core.demo.memory import Memory

KEEP_FEN = 200_000  # never empty a fund


def take_money(memory: Memory) -> None:
    rng = memory.pen.rng
    for customer in memory.stage.partners.values():
        days = (2, 5) if customer.size > 3 else (5,)
        comes = customer.terms == "现结" or memory.day.isoweekday() in days
        fen = memory.due(customer) if customer.is_customer and customer.late_days < 365 and comes else 0
        if fen > 50_000 and rng.randrange(4) == 0:  # pays a round sum, the rest next time
            memory.debts[customer.code].append((memory.day, fen % 10_000))
            fen -= fen % 10_000
        if fen:
            memory.pen.write(
                rng.choice(script.CASHIERS),
                TakePayment(memory.stage.ids[customer.code], fen, customer.method),
            )


def pay_suppliers(memory: Memory) -> None:
    """On Wednesdays, from the fullest fund."""
    if memory.day.isoweekday() != 3:
        return
    with memory.pen.books.read() as conn:
        balance = {row.name: row.balance_fen for row in funds(conn, memory.pen.company_id)}
    for supplier in memory.stage.partners.values():
        fen = memory.due(supplier) if supplier.is_supplier and not supplier.is_customer else 0
        fund = max(balance, key=lambda name: balance[name])
        if fen and fen + KEEP_FEN > balance[fund]:
            memory.debts[supplier.code].append((memory.day, fen))
        elif fen:
            memory.pen.write(
                memory.pen.rng.choice(script.CASHIERS),
                PaySupplier(memory.stage.ids[supplier.code], fen, fund),
            )
            balance[fund] -= fen
