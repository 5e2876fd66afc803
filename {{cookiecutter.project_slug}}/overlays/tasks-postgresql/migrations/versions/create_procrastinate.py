"""Create the tables of Procrastinate, and have the background tasks follow its jobs."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "create_procrastinate"
down_revision = "create_background_tasks"

FOLLOW = """
CREATE INDEX procrastinate_jobs_task_id ON procrastinate_jobs ((args ->> 'task_id'));
CREATE FUNCTION procrastinate_follow_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE background_tasks SET
        state = CASE
            WHEN NEW.status = 'todo' THEN 'queued'
            WHEN NEW.status = 'doing' THEN 'running'
            WHEN NEW.status = 'aborted' OR NEW.status = 'failed' AND OLD.abort_requested THEN 'cancelled'
            ELSE NEW.status::text
        END,
        attempts = attempts + (NEW.status = 'doing')::int,
        started_at = CASE WHEN NEW.status = 'doing' THEN clock_timestamp() ELSE started_at END,
        ended_at = CASE WHEN NEW.status NOT IN ('todo', 'doing') THEN clock_timestamp() END
    -- The end of a task is stored by the attempt itself; its job follows.
    WHERE id = (NEW.args ->> 'task_id')::uuid AND ended_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER procrastinate_follow_job AFTER UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION procrastinate_follow_job();
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


def execute(script: str) -> None:
    # No colon in it is a parameter.
    op.execute(script.replace(":", r"\:"))


def upgrade() -> None:
    # Later versions of Procrastinate change its tables: write a migration that runs those changes.
    execute(SchemaManager.get_schema())
    execute(FOLLOW)


def downgrade() -> None:
    execute(DROP)
