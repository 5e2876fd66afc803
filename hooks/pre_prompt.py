"""Let cookiecutter load `check_answers.py`, which refuses bad answers before there is a folder.

Cookiecutter runs this since version 2.4, in a copy of the template. An older one does not, nor does cruft,
which could not load it: there pre_gen_project.py alone refuses answers.
"""

import json
from pathlib import Path


def main() -> None:
    path = Path("cookiecutter.json")
    questions = json.loads(path.read_text(encoding="utf-8"))
    questions["_extensions"] = ["check_answers.CheckAnswers"]
    path.write_text(json.dumps(questions), encoding="utf-8")


if __name__ == "__main__":
    main()
