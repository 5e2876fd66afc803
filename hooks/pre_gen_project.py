"""Refuse answers that could not become a working service: all problems at once, each with its remedy."""

import builtins
import json
import keyword
import re
import sys

# Pairs of question and answer that do not go together, and the remedy.
IMPOSSIBLE: dict[tuple[tuple[str, str], ...], str] = {
    (("tasks", "postgresql"), ("database", other)): "tasks: needs database=postgresql; or choose redis"
    for other in ("sqlite", "none")
}
# Line breaks and their like, what reorders the text around it, and what has no place in a text file.
CONTROL = r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"

# What follows, up to `domain_problems`, is the same in the service's scripts/domain.py.
# Alembic has 32 characters for a revision, such as `create_order_lines`.
NAME = "(?!.{26})[a-z][a-z0-9]*(_[a-z0-9]+)*"
# How plurals end, and what stays of them: the first row that fits. The words of the first are no plurals.
ENDINGS = (
    ("(ss|tus|sis|news|series|species)$", r"\1"),
    ("(shoe|ouse|ause|movie|cookie|cache)s$|(quiz)zes$|(alias|ss|x|ch|sh|zz|us|o)es$", r"\1\2\3"),
    ("yses$", "ysis"),
    ("ies$", "y"),
    ("s?$", ""),
)
IRREGULAR = """child:children datum:data equipment_item:equipment feedback_item:feedback health_check:health
medium:media metadata_item:metadata news_item:news person:people staff_member:staff"""
# Names that are taken, and by what. `widget` stands for the domain in the template domain.
TAKEN = {
    "|".join([*keyword.kwlist, *(name for name in dir(builtins) if not name.islower())]): "Python",
    "(sqlite|pg|alembic|procrastinate)_.*|background_tasks": "tables of other parts",
    "build|dist|node_modules|venv": "test runners and linters, which skip a folder of this name",
    "con|prn|aux|nul|com[0-9]|lpt[0-9]": "Windows",
    "(?i).*widget.*": "the template domain",
    "Entity|Request|Response|Repository|list": "the modules of every domain",
}


def singular_of(plural: str) -> str:
    """By its ending. No table knows all of English, so `singular:plural` gives both."""
    return next(re.sub(ending, rest, plural) for ending, rest in ENDINGS if re.search(ending, plural))


def read_domains(text: str) -> list[tuple[str, str]]:
    """The (singular, plural) of each name in a text such as "users, person:people"; "none" has none."""
    pairs = []
    for name in text.split(",") if text.strip() not in ("", "none") else ():
        first, colon, second = (part.strip() for part in name.partition(":"))
        pairs.append((first, second) if colon else (singular_of(first), first))
    return sorted(pairs, key=lambda pair: pair[1])


def name_problem(singular: str, plural: str) -> str:
    """What is wrong with the name of a domain, and the remedy; empty when it is good."""
    for word in (plural, singular):
        if not re.fullmatch(NAME, word):
            plain = re.sub("[ _-]+", "_", re.sub("([a-z0-9])([A-Z])", r"\1_\2", word)).strip("_").lower()
            example = plain if re.fullmatch(NAME, plain) else "order_lines"
            return f"use lower-case words joined by underscores, at most 25 characters, such as '{example}'"
    if singular == plural:
        known = re.findall(rf"\S+:{plural}\b", IRREGULAR) or ["orders' or 'person:people"]
        return f"this is no regular plural; write '{known[0]}'"
    for name in (plural, "".join(map(str.capitalize, singular.split("_")))):
        for owner in (owner for pattern, owner in TAKEN.items() if re.fullmatch(pattern, name)):
            other = f"shop_{plural}".replace("widget", "gadget")
            return f"the name '{name}' is taken by {owner}; call it '{other}'"
    return ""


def domain_problems(text: str) -> list[str]:
    """Every problem with an answer to "which domains?"."""
    pairs = read_domains(text)
    if not pairs and text.strip() != "none":
        return ["domains: name at least one, such as 'users, orders', or write 'none'"]
    words = [word.replace("_", "") for pair in pairs for word in {*pair}]
    found = [(plural, name_problem(singular, plural)) for singular, plural in pairs]
    for pair in pairs:
        if any(words.count(word.replace("_", "")) > 1 for word in pair):
            found.append((pair[1], "shares a name with another domain; name each thing once"))
    return list(dict.fromkeys(f"domains: {name!a}: {problem}" for name, problem in found if problem))


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


def slug_problem(slug: str) -> str:
    """What is wrong with the name of the folder, and the remedy; empty when it is good."""
    if not re.fullmatch("[a-z][a-z0-9]*(-[a-z0-9]+)*", slug) or len(slug) > 50:
        return "use lower-case letters, digits and single dashes, first a letter, at most 50 characters"
    devices = "con|prn|aux|nul|com[0-9]|lpt[0-9]"
    return f"Windows has a device of this name; try '{slug}-service'" if re.fullmatch(devices, slug) else ""


def main() -> None:
    answers = json.loads(r"""{{ cookiecutter | tojson }}""")
    texts = {"project_name": True, "description": False, "author_name": True, "author_email": True}
    found = {name: text_problem(answers[name], required) for name, required in texts.items()}
    found["project_slug"] = slug_problem(str(answers["project_slug"]))
    problems = [f"{name}: {problem}" for name, problem in found.items() if problem]
    problems += domain_problems(str(answers["domains"]))
    problems += [why for pairs, why in IMPOSSIBLE.items() if all(answers[q] == a for q, a in pairs)]
    if problems:
        sys.exit("\n  - ".join(["This service cannot be made:", *problems]))


if __name__ == "__main__":
    main()
