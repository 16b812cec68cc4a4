"""Run by Alembic for every command: hands it the caller's connection."""

from alembic import context

connection = context.config.attributes["connection"]
# Batch mode rewrites a table where SQLite cannot alter it in place.
context.configure(connection=connection, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
