"""Refuse answers that could not become a working service: all problems at once, each with its remedy.

Cookiecutter 2.4 and newer has asked check_answers.py before. An older one and cruft have not.
"""

import json
import re
import shlex
import sys

# Pairs of question and answer that do not go together, and the remedy.
IMPOSSIBLE: dict[tuple[tuple[str, str], ...], str] = {
    (("tasks", "postgresql"), ("database", other)): "tasks: needs database=postgresql; or choose redis"
    for other in ("sqlite", "none")
}
# Pods share neither memory nor a file: a worker would have rows of its own.
IMPOSSIBLE |= {
    (("deployment", "kubernetes"), ("tasks", "redis"), ("database", other)): (
        "deployment: kubernetes with workers needs database=postgresql; or choose tasks=in-process, or docker"
    )
    for other in ("sqlite", "none")
}
# Accounts are rows, and their mails are tasks.
IMPOSSIBLE |= {
    (("auth", "accounts"), ("database", "none")): "auth: accounts need a database; or choose oidc",
    (("auth", "accounts"), ("tasks", "none")): "auth: accounts need tasks, for their mails; or choose oidc",
}
# Line breaks and their like, what reorders the text around it, and what has no place in a text file.
CONTROL = r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"


def text_problem(text: object, required: bool) -> str:
    """What is wrong with a text answer, and the remedy; empty when it is good."""
    if not isinstance(text, str):
        return "is no text; put it in quotes in your configuration file"
    if required and not text.strip():
        return "is empty; write something"
    for char in re.findall(CONTROL, text):
        return f"has a control character, U+{ord(char):04X}; remove it"
    if re.search("[{][%#{]", text) or text.lstrip().startswith("# " + "%"):
        return "reads like template code; put a space after each brace, and no '# %' at the start"
    return ""


def plain_slug(slug: str) -> str:
    """The nearest good name of a folder. Windows has devices that are named like one."""
    plain = re.sub("[^a-z0-9]+", "-", slug.lower()).lstrip("-0123456789")[:50].rstrip("-") or "my-service"
    return f"{plain}-service" if re.fullmatch("con|prn|aux|nul|com[0-9]|lpt[0-9]", plain) else plain


def slug_problem(slug: str) -> str:
    """What is wrong with the name of the folder, and the remedy; empty when it is good."""
    rule = "use lower-case letters, digits and single dashes, at most 50 characters, such as"
    return "" if slug == plain_slug(slug) else f"{rule} '{plain_slug(slug)}'"


def problems(answers: dict) -> list[str]:
    """Every problem but those of the domains, which scripts/scaffold/ of the service knows."""
    texts = ("project_name", "description", "author_name", "author_email")
    found = {name: text_problem(answers[name], name != "description") for name in texts}
    found["project_slug"] = slug_problem(str(answers["project_slug"]))
    listed = [f"{name}: {problem}" for name, problem in found.items() if problem]
    return listed + [why for pairs, why in IMPOSSIBLE.items() if all(answers[q] == a for q, a in pairs)]


def refusal(found: list[str], answers: dict) -> str:
    """Every problem with its remedy, and how to keep the answers that no problem speaks of."""
    said = "\n  - ".join(["This service cannot be made:", *found])
    good = [name for name in answers if name[0] != "_" and not re.search(rf"\b{name}[:=]", said)]
    if re.search(r"\bproject_name:", said):  # The slug was made of it.
        good = [name for name in good if name != "project_slug"]
    kept = " ".join(f"{name}={shlex.quote(answers[name])}" for name in good)
    hint = f"\nTo keep your other answers, put them after the template in your command: {kept}"
    return said + hint if kept else said


def main() -> None:
    answers = json.loads(r"""{{ cookiecutter | tojson }}""")
    if answers.get("__checked", "") not in ("", "yes"):  # not rendered
        sys.exit("This template needs cookiecutter 2.1 or newer, such as: uvx cookiecutter")
    if found := problems(answers):
        sys.exit(refusal(found, answers))


if __name__ == "__main__":
    main()
