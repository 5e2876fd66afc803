"""From the files of the template domain to those of another one.

What belongs to one field is a line, or a block in brackets, with the name of the field of its type, such as
`decimal_field`. It is repeated for each field of that type under the name of that one, or left out.
"""

import re
from collections.abc import Iterator, Mapping

from .fields import OTHERS, TYPES, Domain, Field
from .imports import tidy_imports
# % if cookiecutter.auth == "none"
from .names import in_camel_case

# % else
from .names import in_camel_case
from .ownership import FOREIGN_KEY, plain_reference

# % endif
KINDS = "|".join(sorted([*TYPES, *OTHERS], key=len, reverse=True))
# The names that are replaced: of a field, of what it refers to, and of the domain.
NAMES = re.compile(rf"({KINDS})_field|(ENUM)_FIELD|Widget(Enum)Field|(gadget)(?:s|_id)?|[Ww]idgets?")
# What stands where lists, or the database, do something with a field, and what a field is there for it.
WANTED = {
    "indexed(": "indexed",
    "for column in": "indexed",
    "Sort = ": "sorted",
    "PageQuery)": "filtered",
    "UniqueConstraint(": "unique",
    "unique_constraint(": "unique",
    'type_="unique"': "unique",
    "create_index(": "indexed",
    "drop_index(": "indexed",
}
VALUES = re.compile(r'^( *)"one",\n *"two",', re.MULTILINE)
NOT_UNIQUE = re.compile(r"\n *unique=True,|, unique=True|(?<=\()unique=True(, |(?=\)))| = unique\(\)")
# What a field that may be null has in a model, a migration, a schema, and among the fields of the tests.
OPTIONAL = (
    (r"Mapped\[(.+)\] =", r"Mapped[\1 | None] ="),
    (r"nullable=False", "nullable=True"),
    (r" = MISSING$", " | None = MISSING"),
    (r"^(    \w+: \w+)( = (?:unique|reference)\(.*\))$", r"\1 | None\2"),
    (r"^(    \w+: [^=]+)$", r"\1 | None = None"),
    (r"^(    \w+=\w+)\(\),$", r"\1(optional=True),"),
    (r"^(    \w+=\w+\((?!optional).+)\),$", r"\1, optional=True),"),
)


def render(text: str, domain: Domain, singulars: Mapping[str, str]) -> str:
    """A file of the template domain, as one of this domain. Singulars are those of what it refers to."""
    lines = [*expand(text.split("\n"), domain, singulars, "")]
    whole = re.sub(r"([(\[{])\n *([)\]}])", r"\1\2", "\n".join(lines))
    return tidy_imports(whole)


def expand(lines: list[str], domain: Domain, singulars: Mapping[str, str], around: str) -> Iterator[str]:
    """The lines, with those of fields repeated or left out. `around` says what they are part of."""
    run: list[list[str]] = []
    for block in [*blocks(lines), []]:
        if len(kinds_in(block)) == 1:
            run.append(block)
            continue
        for field in domain.fields:
            for each in run:
                if is_wanted(field, each, around, domain):
                    yield adapt("\n".join(each), field, domain, singulars, around)
        run = []
        if kinds_in(block):
            named = block[1:2] if block[1:] and block[1].lstrip().startswith('"') else []
            inside = "".join([around, block[0], *named])
            if "together" not in inside or domain.together:
                yield rename(block[0], domain)
                yield from expand(block[1:], domain, singulars, inside)
        else:
            yield from (rename(line, domain) for line in block)


def blocks(lines: list[str]) -> Iterator[list[str]]:
    """Each line with the deeper ones below it, and the bracket that ends them."""
    block: list[str] = []
    blank: list[str] = []
    for line in lines:
        depth, deeper = (indent(each[0]) if each else 0 for each in (block, [line]))
        if not line:
            blank.append(line)
        elif block and (deeper > depth or (deeper == depth and re.match(r" *[)\]}]", line))):
            block += [*blank, line]
            blank = []
        else:
            yield from ([block] if block else [])
            yield from ([each] for each in blank)
            block, blank = [line], []
    yield block
    yield from ([each] for each in blank)


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def kinds_in(block: list[str]) -> set[str]:
    """The types of the fields that it names."""
    # Whichever migration comes before that of the template domain belongs to no field.
    named = [line for line in block if not line.startswith("down_revision")]
    found = (next(filter(None, match.groups()), "") for match in NAMES.finditer("\n".join(named)))
    return {"reference" if kind == "gadget" else kind.lower() for kind in found if kind}


def is_wanted(field: Field, block: list[str], around: str, domain: Domain) -> bool:
    if field.type == domain.plural and block[0].startswith("from "):
        # A module imports nothing from itself.
        return False
    there = around + "".join(block)
    if "together" in there:
        return field.kind == "reference" and kinds_in(block) == {"reference"}
    wanted = all(getattr(field, what) for mark, what in WANTED.items() if mark in there)
    return wanted and kinds_in(block) == {field.kind}


def adapt(text: str, field: Field, domain: Domain, singulars: Mapping[str, str], around: str) -> str:
    """What belongs to the field of a type, for another field of that type."""
    text = VALUES.sub(lambda found: "\n".join(f'{found[1]}"{value}",' for value in field.values), text)
    # % if cookiecutter.auth != "none"
    if field.to_shared and FOREIGN_KEY.search(text):
        text = plain_reference(text)
    # % endif
    if not field.unique:
        text = NOT_UNIQUE.sub("", text)
    for pattern, optional in OPTIONAL if field.optional else ():
        text = re.sub(pattern, optional, text, flags=re.MULTILINE)
    if "(EntityRead)" in around:
        # What clients receive is always there.
        text = text.removesuffix(" = None")
    names = words_of(domain) | {
        "ENUM_FIELD": field.column.upper(),
        "WidgetEnumField": in_camel_case(domain.singular) + in_camel_case(field.name),
        "gadget_id": field.column,
        "gadgets": field.type,
        "gadget": singulars.get(field.type, ""),
    }
    return NAMES.sub(lambda found: names.get(found[0], field.column), text)


def words_of(domain: Domain) -> dict[str, str]:
    """The name of the template domain in each of its four spellings, and what takes its place."""
    words = {"widget": domain.singular, "widgets": domain.plural}
    return words | {name.title(): in_camel_case(word) for name, word in words.items()}


def rename(text: str, domain: Domain) -> str:
    words = words_of(domain)
    return re.sub("[Ww]idgets?", lambda found: words[found[0]], text)
