"""召回的行一找就到：哪些批次正在召回，每次到货都要问。"""

from alembic import op

revision = "0002_recall"
down_revision = "0001"


def upgrade() -> None:
    op.get_bind().exec_driver_sql("CREATE INDEX line_recall ON document_line(batch_id) WHERE role='recall'")


def downgrade() -> None:
    op.get_bind().exec_driver_sql("DROP INDEX line_recall")
