"""收货允收期：这个商品到货时保质期至少要剩多少。"""

import sqlalchemy as sa
from alembic import op

revision = "0004_accept"
down_revision = "0003_approval_rule"


def upgrade() -> None:
    op.add_column("product", sa.Column("accept_permille", sa.Integer))


def downgrade() -> None:
    op.drop_column("product", "accept_permille")
