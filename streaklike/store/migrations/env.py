"""Alembic's entry: always over the connection that `migrate` hands in."""

from alembic import context

from streaklike.store.models import Base
from streaklike.store.search_terms import is_modelled

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    include_name=is_modelled,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
