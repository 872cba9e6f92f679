"""What Alembic runs for each command: our connection, our tables, no file of its own."""

from alembic import context
from sqlalchemy import create_engine

from mailbot.store.tables import METADATA


def run() -> None:
    """Run the steps on the caller's connection; for `alembic revision` on an address in the configuration."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        with create_engine(context.config.get_main_option("sqlalchemy.url", "sqlite://")).connect() as own:
            _run_on(own)
    else:
        _run_on(connection)


def _run_on(connection: object) -> None:
    context.configure(
        connection=connection,  # type: ignore[arg-type]
        target_metadata=METADATA,
        render_as_batch=True,
        user_module_prefix="columns.",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
