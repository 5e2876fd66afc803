"""The names of domains and of their fields: how they are written, and which are taken."""

import builtins
import keyword
import re

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
# Names of domains that are taken, and by what. `widget` stands for the domain in the template domain.
TAKEN = {
    "|".join([*keyword.kwlist, *(name for name in dir(builtins) if not name.islower())]): "Python",
    "(sqlite|pg|alembic|procrastinate)_.*|background_tasks|auth_(accounts|tokens)": "tables of other parts",
    "build|dist|node_modules|venv": "test runners and linters, which skip a folder of this name",
    "con|prn|aux|nul|com[0-9]|lpt[0-9]": "Windows",
    "(?i).*(widget|gadget).*": "the template domain",
    "Entity|Repository|list": "the modules of every domain",
}
# Names of columns that are taken, and by what.
TAKEN_COLUMNS = {
    "|".join(keyword.kwlist): "Python",
    "id|created_at|updated_at|version": "every domain",
    "metadata|registry|self|type_annotation_map": "SQLAlchemy",
    "construct|copy|dict|from_orm|json|mro|parse_(file|obj|raw)|register|schema(_json)?": "pydantic",
    "update_forward_refs": "pydantic",
    "[ilo]": "the linter, which reads it as a digit",
    "validate|model_(config|construct|copy|extra|json_schema|parametrized_name|post_init)": "pydantic",
    "model_(computed_fields|fields(_set)?|dump.*|rebuild|validate.*)": "pydantic",
}
# Only where lists can be filtered by the column.
PAGING = "limit|cursor|sort|column|descending|filters|next_page|position"


def in_snake_case(text: str) -> str:
    return re.sub("([a-z0-9])([A-Z])", r"\1_\2", text.strip()).replace("-", "_").lower()


def in_camel_case(name: str) -> str:
    return "".join(map(str.capitalize, name.split("_")))


def singular_of(plural: str) -> str:
    """By its ending. No table knows all of English, so `singular:plural` gives both."""
    return next(re.sub(ending, rest, plural) for ending, rest in ENDINGS if re.search(ending, plural))


def owner_of(name: str, taken: dict[str, str]) -> str:
    return next((owner for pattern, owner in taken.items() if re.fullmatch(pattern, name)), "")


def rule_of(word: str, example: str) -> str:
    """How a name is written, when this one is not; else empty."""
    if re.fullmatch(NAME, word):
        return ""
    plain = re.sub("[ _]+", "_", word).strip("_")
    comma = ", or put commas between them" if " " in word else ""
    shown = plain if re.fullmatch(NAME, plain) else example
    return f"use lower-case words joined by underscores, at most 25 characters, such as '{shown}'{comma}"


def name_problem(singular: str, plural: str) -> str:
    """What is wrong with the name of a domain, and the remedy; empty when it is good."""
    if rule := rule_of(plural, "order_lines") or rule_of(singular, "order_line"):
        return rule
    if plural == "none":
        return "it means no domain at all; leave it out, or the others"
    if singular == plural:
        known = re.findall(rf"\S+:{plural}\b", IRREGULAR) or ["orders' or 'person:people"]
        return f"this is no regular plural; write '{known[0]}'"
    for name in (plural, in_camel_case(singular)):
        if owner := owner_of(name, TAKEN):
            other = re.sub("widget|gadget", "item", f"shop_{plural}")
            return f"the name '{name}' is taken by {owner}; call it '{other}'"
    return ""


def column_problem(column: str, filtered: bool) -> str:
    """What is wrong with the name of a field, and the remedy; empty when it is good."""
    if rule := rule_of(column.removesuffix("_id"), "unit_price"):
        return rule
    owner = owner_of(column, TAKEN_COLUMNS)
    if not owner and filtered and re.fullmatch(PAGING, column):
        owner = "the parameters of lists"
    return f"the name '{column}' is taken by {owner}; call it 'own_{column}'" if owner else ""
