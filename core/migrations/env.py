"""alembic 的入口；结构变更时外键检查先关后查，免得重建表时连带删行。"""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
