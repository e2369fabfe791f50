"""Everything that the first release has.

Until it is tagged nobody has an older database, so this revision follows the tables. With the
tag it is replaced by the statements it then emits, and every later change gets its own revision.
"""

from alembic import op

from storage.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    metadata.create_all(op.get_bind(), checkfirst=False)
