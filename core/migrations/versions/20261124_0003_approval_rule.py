"""审批规则：哪种单、超过多少、要谁批。"""

import sqlalchemy as sa
from alembic import op

revision = "0003_approval_rule"
down_revision = "0002_recall"

ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "approval_rule",
        sa.Column("id", ID, primary_key=True),
        sa.Column("company_id", sa.BigInteger, sa.ForeignKey("company.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("over_fen", sa.BigInteger),  # NULL = every document of the kind
        sa.Column("needs", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("company_id", "kind", "needs"),
        sa.CheckConstraint("over_fen >= 0"),
    )


def downgrade() -> None:
    op.drop_table("approval_rule")
