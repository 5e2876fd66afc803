"""A service that is rendered over another one, as `cookiecutter -f` does."""

from pathlib import Path

from support.fixtures import Bake, Render
from support.paths import files

ANSWERS = {"domains": "users, orders", "license": "BSD-3-Clause", "ci": "github"}
OURS = b"OURS = 1\n"
MODELS = "app/domains/users/models.py"


def test_a_service_rendered_over_another_is_the_new_one(render: Render, bake: Bake, tmp_path: Path) -> None:
    """The domains that are there stay as the team has made them."""
    models = render(tmp_path, {"domains": "users", "ci": "github"}) / MODELS
    ours = models.read_bytes() + OURS
    models.write_bytes(ours)
    service = render(tmp_path, ANSWERS, overwrite_if_exists=True)
    # The chain of migrations continues from what was there, which another database may have run already.
    migrations = {name: text for name, text in files(service).items() if "/versions/create_" in name}
    expected = files(bake(**ANSWERS)) | {MODELS: ours}
    own = {name: text for name, text in migrations.items() if name.endswith(("orders.py", "users.py"))}
    assert files(service) == expected | own
    assert b'down_revision = "create_users"' in own["migrations/versions/create_orders.py"]
    assert b'down_revision = "create_background_tasks"' in own["migrations/versions/create_users.py"]
