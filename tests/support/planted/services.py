"""Faults that only show in a service."""

from ..paths import SERVICE
from .fault import DOCUMENTS, EXTREMES, PAIRWISE, SMOKE, Fault

SERVICES = {
    "a route not included": Fault(
        f"{SERVICE}/app/factory.py",
        "    app.include_router(tasks_router)\n",
        "",
        "tests/test_service_documents.py",
        "address",
        "/tasks",
    ),
    "a part that does not open": Fault(
        f"{SERVICE}/app/factory.py",
        '        logger.info("service_started")\n',
        "        raise OSError\n",
        SMOKE,
        "opens and sqlite",
        "OSError",
    ),
    "a stale command in a README": Fault(
        f"{SERVICE}/README.md",
        "| `make fix` |",
        "| `make mend` |",
        EXTREMES,
        "explains and default",
        "mend",
    ),
    "an answer that the README does not know": Fault(
        "README.md", "`sqlite`, `postgresql`,", "`sqlite`,", DOCUMENTS, "questions", "postgresql"
    ),
    "a model without its migration": Fault(
        f"{SERVICE}/migrations/versions/create_widgets.py",
        "nullable=False",
        "nullable=True",
        PAIRWISE,
        "own_checks and one",
        "nullable",
    ),
    "a pod that is killed while it stops": Fault(
        f"{SERVICE}/deploy/kubernetes/base/deployment.yaml",
        "terminationGracePeriodSeconds: 60",
        "terminationGracePeriodSeconds: 50",
        "tests/test_raw.py",
        "own_tests",
        "terminationGracePeriodSeconds has to be at least",
    ),
    "a database that no pod may reach": Fault(
        f"{SERVICE}/deploy/kubernetes/base/network-policy.yaml",
        "port: 5432",
        "port: 5433",
        "tests/test_kubernetes.py",
        "network",
        "5432",
    ),
    "a table that migrations do not know": Fault(
        f"{SERVICE}/migrations/env.py",
        "import app.factory",
        "import app.domains",
        PAIRWISE,
        "own_checks and no and process and postgresql",
        "remove_table",
    ),
}
