"""Random texts of domains, each the same for the same number: most of them good, some with one mistake."""

import random
from collections.abc import Callable
from dataclasses import dataclass

NOUNS = """
account address batch branch city company customer day employee event file group hero house prefix invoice
item
journey key label line match model note order order_line page person:people policy price product query
request result role session shelf:shelves size status tag task tax test ticket type user value version
aaaaaaaaaaaa_bbbbbbbbbbb
"""
NAMES = """
age amount answer args body brand changes client code color column count country cursor data date day due_on
email end fields filters first_name format group height hash items key kind label language level limit link
list map max min model_id month name next note number object order owner page paid parent path phone position
price priority private query range rank rate result role row select size sku sort source start state status
street sum table tags target task text time title to_date total type unit url user value values weight width
year zip zzzzzzzzzzzzzzzzzzzzzzzzz
"""
# They are parameters of lists, which may have no filter of this name.
PAGING = {"limit", "cursor", "sort", "column", "filters", "position"}
VALUES = ("new", "paid", "Shipped", "in-transit", "2nd", "v1.0", "class", "None", "x_y", "A", "a")
FREE = ("longtext", "int", "decimal", "float", "date", "datetime", "uuid", "json", "text")
UNIQUE = {"text", "int", "decimal", "date", "datetime", "uuid"}


@dataclass(frozen=True)
class Text:
    """What is asked for, the domains of a good one, and whether it has a mistake."""

    text: str
    plurals: tuple[str, ...]
    wrong: bool


def plural_of(noun: str) -> str:
    if ":" in noun:
        return noun.partition(":")[2]
    if noun.endswith(("s", "x", "ch")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s"


def draw_type(chance: random.Random, name: str, noun: str, before: list[str]) -> str:
    kinds = list(FREE)
    if name not in PAGING:
        kinds += ["bool"] + ["enum"] * 2 + ["reference"] * 4 * bool(before) + ["self"]
    # The class of its values would be too long, or have the name of a class of the domain.
    if len(noun + name) > 45 or name in ("page", "query", "sort"):
        kinds = [kind for kind in kinds if kind != "enum"]
    kind = chance.choice(kinds)
    optional = chance.random() < 0.3
    unique = kind in UNIQUE and name not in PAGING and chance.random() < 0.25
    if kind == "enum":
        kind = "|".join(chance.sample(VALUES, chance.randint(2, 5)))
    elif kind == "reference":
        kind, unique = chance.choice(before), chance.random() < 0.15
    elif kind == "self":
        kind, optional = plural_of(noun), True
    return f"{kind}{'?' * optional}{' unique' * unique}"


def draw_domain(chance: random.Random, noun: str, before: list[str]) -> str:
    name = noun if ":" in noun else plural_of(noun)
    if chance.random() < 0.1:
        return name
    names = chance.sample(NAMES.split(), chance.randint(0, 8))
    types = [draw_type(chance, each, noun, before) for each in names]
    fields = [
        each if type_ == "text" else f"{each}:{type_}" for each, type_ in zip(names, types, strict=True)
    ]
    known = {*before, plural_of(noun)}
    references = sum(type_.split()[0].rstrip("?") in known for type_ in types)
    word = " unique" if references > 1 and chance.random() < 0.4 else ""
    return f"{name}({', '.join(fields)}){word}"


def add(field: str) -> Callable[[str], str]:
    return lambda text: f"{text}, extras({field})"


MISTAKES: dict[str, Callable[[str], str]] = {
    "no type": add("total:decimel"),
    "no domain": add("thing:things"),
    "a singular": add("extra:extra"),
    "a keyword": add("class:int"),
    "a column of every domain": add("id:int"),
    "a name of pydantic": add("json:json"),
    "a parameter of lists": add("limit:bool"),
    "a name twice": add("a, b, a"),
    "a value twice": add("kind:a|b|a"),
    "no value": add("kind:a|"),
    "unique json": add("data:json unique"),
    "a parent that must be": add("parent:extras"),
    "another word": add("total:int uniq"),
    "a type in front": add("shadow:int, int:int, str"),
    "a circle": lambda text: f"{text}, extras(other:others), others(extra:extras)",
    "an open parenthesis": lambda text: f"{text}, extras(name",
    "no plural": lambda text: f"{text}, extra(name)",
    "no reference": lambda text: f"{text}, extras(name) unique",
    "a domain twice": lambda text: f"extras, {text}, extras",
}


def draw(number: int) -> Text:
    chance = random.Random(number)
    nouns = chance.sample(NOUNS.split(), chance.randint(1, 6))
    plurals = [plural_of(noun) for noun in nouns]
    domains = [draw_domain(chance, noun, plurals[:place]) for place, noun in enumerate(nouns)]
    chance.shuffle(domains)
    text = chance.choice((", ", ",", " ,\n")).join(domains)
    if chance.random() < 0.2:
        return Text(chance.choice([*MISTAKES.values()])(text), (), True)
    return Text(text, tuple(sorted(plurals)), False)
