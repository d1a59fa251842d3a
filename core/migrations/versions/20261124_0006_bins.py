"""库位和拣货：货放在哪一格，哪些批次已经为订单留出来。"""

import sqlalchemy as sa
from alembic import op

revision = "0006_bins"
down_revision = "0005_order_template"


def upgrade() -> None:
    for table, column in (
        ("document_line", "bin"),
        ("document_line", "to_bin"),
        ("availability", "home_bin"),
    ):
        op.add_column(table, sa.Column(column, sa.Text, nullable=False, server_default=""))
    op.add_column(
        "order_open",
        sa.Column(
            "picked_milli",
            sa.BigInteger,
            sa.CheckConstraint("picked_milli>=0 AND picked_milli<=open_milli", name="order_open_picked"),
            nullable=False,
            server_default="0",
        ),
    )
    op.get_bind().exec_driver_sql(
        "CREATE INDEX order_open_picked ON order_open(company_id, order_id) WHERE picked_milli>0"
    )
    op.get_bind().exec_driver_sql(
        "INSERT INTO account(company_id, role, warehouse_id, bin, name) "
        "SELECT company_id, '已拣', id, '', '已拣/' || name FROM warehouse"
    )


def downgrade() -> None:
    op.get_bind().exec_driver_sql("DROP INDEX order_open_picked")
    for table, column in (
        ("document_line", "bin"),
        ("document_line", "to_bin"),
        ("availability", "home_bin"),
        ("order_open", "picked_milli"),
    ):
        op.drop_column(table, column)
    op.get_bind().exec_driver_sql("DELETE FROM account WHERE role = '已拣'")
