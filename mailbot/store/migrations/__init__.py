"""The way of the tables from one form to the next, by Alembic, run from code when the store is opened.

All steps of one start are one transaction: after a kill in their midst the old form is
there, whole. A store of a newer mailbot is refused, never bent back.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from mailbot.errors import StoreError

if TYPE_CHECKING:
    from alembic.config import Config

# The newest step in versions/; a test shows that it is.
HEAD = "0026"


def present(connection: Connection) -> str | None:
    """Return the form the tables have, None for an empty file."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def require_present(connection: Connection) -> None:
    """Raise StoreError unless the tables have the form that this mailbot knows."""
    with connection.begin():
        found = present(connection)
    if found != HEAD:
        raise StoreError(
            f"the database has form {found or 'none'}, this mailbot needs {HEAD}; "
            "start or restart `mailbot run` of this version, which brings an older one up to date"
        )


def is_older(form: str) -> bool:
    """Whether tables of that form, "" for none at all, are to be brought up to date; not so for a newer mailbot's."""
    return form not in {"", HEAD} and form in _known()


def require_known(form: str) -> None:
    """Raise StoreError for the form of a newer mailbot; "" is none at all."""
    if form not in {"", HEAD} and form not in _known():
        raise StoreError(
            f"the database was made by a newer mailbot (form {form}, this one knows {HEAD}); "
            "install that version, or restore a backup from before"
        )


def upgrade(connection: Connection) -> None:
    """Bring the tables to the present form; raise StoreError for a store of a newer mailbot."""
    with connection.begin():
        found = present(connection)
        if found == HEAD:
            return
        # Alembic takes a fifth of a second to import, and is needed once per form.
        from alembic import command  # noqa: PLC0415

        require_known(found or "")
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _known() -> set[str]:
    """The forms that this mailbot has steps from."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
