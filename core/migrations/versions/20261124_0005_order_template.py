"""订单模板：常订的一张单，存着下回再用。"""

import sqlalchemy as sa
from alembic import op

revision = "0005_order_template"
down_revision = "0004_accept"

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "order_template",
        sa.Column("id", ID, primary_key=True),
        sa.Column("company_id", sa.BigInteger, sa.ForeignKey("company.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("partner_id", sa.BigInteger, sa.ForeignKey("partner.id"), nullable=False),
        sa.Column("staff_id", sa.BigInteger, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column(
            "saved_at", sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql"), nullable=False
        ),
        sa.UniqueConstraint("company_id", "name"),
    )
    op.create_table(
        "order_template_line",
        sa.Column("template_id", sa.BigInteger, sa.ForeignKey("order_template.id"), primary_key=True),
        sa.Column("line_no", sa.Integer, primary_key=True),
        sa.Column("product_id", sa.BigInteger, sa.ForeignKey("product.id"), nullable=False),
        sa.Column("said_milli", sa.BigInteger, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("gift", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("order_template_line")
    op.drop_table("order_template")
