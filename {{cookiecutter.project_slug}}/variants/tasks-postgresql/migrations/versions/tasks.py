"""Create the tables of Procrastinate, and the table of tasks that follows them."""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager

revision = "tasks"
down_revision = None

FOLLOW = """
CREATE FUNCTION procrastinate_tell_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tasks SET
        state = CASE
            WHEN NEW.status = 'todo' THEN 'queued'
            WHEN NEW.status = 'doing' THEN 'running'
            WHEN NEW.status = 'aborted' OR NEW.status = 'failed' AND OLD.abort_requested THEN 'cancelled'
            ELSE NEW.status::text
        END,
        attempts = attempts + (NEW.status = 'doing')::int,
        started_at = CASE WHEN NEW.status = 'doing' THEN clock_timestamp() ELSE started_at END,
        ended_at = CASE WHEN NEW.status NOT IN ('todo', 'doing') THEN clock_timestamp() END
    WHERE job_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER procrastinate_tell_tasks AFTER UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION procrastinate_tell_tasks();
"""
DROP = """
DO $$
DECLARE name regprocedure;
BEGIN
    FOR name IN SELECT oid FROM pg_proc WHERE proname LIKE 'procrastinate%' LOOP
        EXECUTE 'DROP FUNCTION ' || name || ' CASCADE';
    END LOOP;
END $$;
DROP TABLE procrastinate_periodic_defers, procrastinate_events, procrastinate_jobs, procrastinate_workers;
DROP TYPE procrastinate_job_status, procrastinate_job_event_type, procrastinate_job_to_defer_v1;
"""


def upgrade() -> None:
    # Later versions of Procrastinate bring changes of its tables: write a migration that runs those.
    for script in (SchemaManager.get_schema(), FOLLOW):
        op.get_bind().exec_driver_sql(script, execution_options={"no_parameters": True})
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        sa.Column("fingerprint", sa.String(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        sa.UniqueConstraint("idempotency_key", name="uq_tasks_idempotency_key"),
        sa.UniqueConstraint("job_id", name="uq_tasks_job_id"),
    )
    op.create_index("ix_tasks_state", "tasks", ["state"])
    op.create_index("ix_tasks_ended_at", "tasks", ["ended_at"])


def downgrade() -> None:
    op.drop_table("tasks")
    op.get_bind().exec_driver_sql(DROP, execution_options={"no_parameters": True})
