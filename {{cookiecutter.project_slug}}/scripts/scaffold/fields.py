"""The language of domains: `orders(total:decimal, status:new|paid, customer:customers, note:text?)`."""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

from .names import column_problem, in_snake_case, name_problem, singular_of

VALUE = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,49}"
ENTRY = re.compile(r"\s*([^(]*?)\s*(?:\((.*)\)\s*(.*?)\s*|\s(shared)\s*)?", re.DOTALL | re.IGNORECASE)
FIELD = re.compile(r"([^:?]*?)(?::([^?]*?))?(?:(\?)(.*)|\s+([^\s:]+))?", re.DOTALL)


@dataclass(frozen=True)
class Type:
    """What fields of it may be, and whether lists are filtered and sorted by them."""

    unique: bool = False
    filtered: bool = False
    sorted: bool = False


TYPES = {
    "text": Type(unique=True),
    "longtext": Type(),
    "int": Type(unique=True, sorted=True),
    "decimal": Type(unique=True, sorted=True),
    "float": Type(sorted=True),
    "bool": Type(filtered=True, sorted=True),
    "date": Type(unique=True, sorted=True),
    "datetime": Type(unique=True, sorted=True),
    "uuid": Type(unique=True),
    "json": Type(),
}
OTHERS = {
    "enum": Type(filtered=True, sorted=True),
    "reference": Type(unique=True, filtered=True, sorted=True),
}

# What other languages call them.
SYNONYMS = (
    ("text", "str|string|(var)?char"),
    ("int", "(big)?int(eger)?|number"),
    ("bool", "boolean"),
    ("decimal", "money|numeric"),
    ("datetime", "time(stamp)?"),
)


@dataclass(frozen=True)
class Field:
    text: str = dataclasses.field(compare=False)
    name: str
    type: str
    """As it is written: a type, values with `|` between them, or the plural of a domain."""
    optional: bool
    word: str
    """What comes after it, `unique` or nothing."""
    to_shared: bool = dataclasses.field(default=False, compare=False)
    """Whether the row that it refers to belongs to everybody."""

    @property
    def kind(self) -> str:
        """The field of the template domain that it is made of."""
        return self.type if self.type in TYPES else "enum" if "|" in self.type else "reference"

    @property
    def column(self) -> str:
        return f"{self.name}_id" if self.kind == "reference" else self.name

    @property
    def values(self) -> list[str]:
        return [value.strip() for value in self.type.split("|")]

    @property
    def unique(self) -> bool:
        return self.word == "unique"

    @property
    def filtered(self) -> bool:
        return self.unique or (TYPES | OTHERS)[self.kind].filtered

    @property
    def sorted(self) -> bool:
        return not self.optional and (self.unique or (TYPES | OTHERS)[self.kind].sorted)

    @property
    def indexed(self) -> bool:
        """A unique one has an index of its own."""
        return not self.unique and (self.filtered or self.sorted)


@dataclass(frozen=True)
class Domain:
    text: str = dataclasses.field(compare=False)
    singular: str
    plural: str
    fields: tuple[Field, ...]
    word: str = ""
    """What comes after the fields: `unique`, `shared`, both or nothing."""

    def written(self) -> "Domain":
        """With the text that says what it is."""
        regular = singular_of(self.plural) == self.singular
        name = self.plural if regular else f"{self.singular}:{self.plural}"
        text = f"{name}({', '.join(field.text for field in self.fields)}) {self.word}".strip()
        return replace(self, text=text)

    @property
    def shared(self) -> bool:
        """Whether its rows belong to everybody, where others belong to their owners."""
        return "shared" in self.word.split()

    @property
    def references(self) -> list[Field]:
        return [field for field in self.fields if field.kind == "reference"]

    @property
    def together(self) -> bool:
        """Whether no two rows refer to the same: so it is where two references are all there is."""
        return "unique" in self.word.split() or len(self.references) == len(self.fields) == 2


def read_field(text: str) -> Field:
    plain = re.sub(r"\s*([|:?])\s*", r"\1", text.strip())
    name, type_, optional, *words = FIELD.fullmatch(plain).groups()  # type: ignore[union-attr]
    word = "".join(filter(None, words))
    type_ = "text" if type_ is None else type_
    if "|" not in type_:
        type_ = type_.lower() if type_.lower() in TYPES else in_snake_case(type_)
    name = in_snake_case(name)
    field = Field(text.strip(), name, type_, bool(optional), word.lower())
    return replace(field, name=name.removesuffix("_id")) if field.kind == "reference" else field


def parts(text: str) -> list[str]:
    """What commas outside of parentheses divide."""
    return [part for part in re.split(r",(?![^(]*\))", text) if part.strip()]


def read_domain(text: str) -> Domain:
    found = ENTRY.fullmatch(text)
    if found is None:
        return Domain(text.strip(), "", "", ())
    name, fields, words, word = found.groups()
    first, colon, second = (in_snake_case(part) for part in name.partition(":"))
    singular, plural = (first, second) if colon else (singular_of(first), first)
    fields = "name:text unique" if fields is None else fields
    word = " ".join((words or word or "").lower().split())
    return Domain(text.strip(), singular, plural, tuple(map(read_field, parts(fields))), word)


def read_domains(text: str, shared: Set[str] = frozenset()) -> list[Domain]:
    """Those of a text such as "users, orders(total:decimal)", by their names; "none" has none.

    Shared are those that the service has.
    """
    entries = [] if text.strip().lower() in ("", "none") else parts(text)
    domains = sorted(map(read_domain, entries), key=lambda domain: domain.plural)
    known = {*shared, *shared_names(domains)}
    return [
        replace(domain, fields=tuple(refer(field, known) for field in domain.fields)) for domain in domains
    ]


def shared_names(domains: Iterable[Domain]) -> set[str]:
    return {domain.plural for domain in domains if domain.shared}


def refer(field: Field, shared: Set[str]) -> Field:
    return replace(field, to_shared=field.kind == "reference" and field.type in shared)


def in_order(domains: list[Domain]) -> list[Domain]:
    """Each after those that it refers to. CycleError where there is no such order."""
    own = {domain.plural: domain for domain in domains}
    before = {
        domain.plural: sorted({field.type for field in domain.references} & {*own} - {domain.plural})
        for domain in domains
    }
    return [own[plural] for plural in TopologicalSorter(before).static_order()]


# What is wrong, each with its remedy


def domain_problems(text: str, known: Mapping[str, str] | None = None, owned: bool = False) -> list[str]:
    """Every problem with an answer to "which domains?". Known are those that the service has."""
    if not text.strip(" ,"):
        return ["domains: name at least one, such as 'users, orders', or write 'none'"]
    if before := before_wrong_parenthesis(text):
        remedy = "a parenthesis is not closed, or closed twice; write 'orders(total:decimal)'"
        return [f"domains: {before!r}: {remedy}"]
    domains = read_domains(text)
    plurals = {*(known or ()), *(domain.plural for domain in domains)}
    found = [
        f"{domain.plural or domain.text!r}: {problem}"
        for domain in domains
        for problem in problems_of(domain, plurals)
    ]
    # `obstacles` knows of those of the service whether they are shared.
    found += [] if known else owner_problems(domains, owned)
    return [f"domains: {problem}" for problem in dict.fromkeys([*found, *problems_together(domains)])]


def before_wrong_parenthesis(text: str) -> str:
    """The text up to the parenthesis that is one too many, or all of it when one is missing; else nothing."""
    depth = 0
    for place, letter in enumerate(text, 1):
        depth += (letter == "(") - (letter == ")")
        if depth not in (0, 1):
            return text[:place]
    return text if depth else ""


def problems_of(domain: Domain, plurals: set[str]) -> Iterator[str]:
    if problem := name_problem(domain.singular, domain.plural):
        yield problem
    if wrong := [word for word in domain.word.split() if word not in ("unique", "shared")]:
        yield f"after the parentheses, write 'unique', 'shared' or nothing, not {' '.join(wrong)!r}"
    if domain.together and len(domain.references) < 2:
        yield "'unique' after the parentheses is for two references or more; put it after the field"
    columns = [field.column for field in domain.fields]
    for field in domain.fields:
        if problem := field_problem(field, domain, plurals):
            yield f"field {field.text!r}: {problem}"
        elif columns.count(field.column) > 1:
            yield f"field {field.text!r}: another field has this name; name each once"


def field_problem(field: Field, domain: Domain, plurals: set[str]) -> str:
    if field.word in TYPES and field.type == "text":
        return f"a colon comes before the type; write '{field.name}:{field.word}'"
    if field.word not in ("", "unique"):
        return f"after the type, write 'unique' or nothing, not {field.word!r}"
    if field.kind == "reference" and field.type not in plurals:
        return f"{field.type!r} is no type and no domain; {type_hint(field.type, plurals)}"
    if problem := column_problem(field.column, field.filtered):
        return problem
    if field.unique and not (TYPES | OTHERS)[field.kind].unique:
        return f"a field of the type {field.kind} cannot be unique; leave the word out"
    if field.type == domain.plural and not field.optional:
        return f"no row could be the first; write '{field.name}:{field.type}?'"
    return values_problem(field, domain) if field.kind == "enum" else ""


def owner_problems(domains: list[Domain], owned: bool) -> Iterator[str]:
    """With fields that know whether what they refer to is shared."""
    for domain in domains:
        for field in domain.fields:
            if problem := owner_problem(field, domain, owned):
                yield f"{domain.plural!r}: field {field.text!r}: {problem}"


def owner_problem(field: Field, domain: Domain, owned: bool) -> str:
    if owned and field.column == "owner_id":
        return "the name 'owner_id' is taken by whom a row belongs to; call it 'holder'"
    if domain.shared and field.kind == "reference" and not field.to_shared:
        return f"what is shared refers to nothing that is not; write 'shared' after {field.type}, too"
    return ""


def type_hint(type_: str, plurals: set[str]) -> str:
    if re.search(r"[\s;:]", type_):
        return "put a comma between fields, as in 'total:decimal, note:text'"
    meant = [known for known, other in SYNONYMS if re.fullmatch(other, type_)]
    near = meant or get_close_matches(type_, [*TYPES, *plurals], 1)
    known = f"list the domain, write values as 'new|paid', or use {', '.join(TYPES)}"
    return f"did you mean {near[0]}?" if near else known


def values_problem(field: Field, domain: Domain) -> str:
    if long := [value for value in field.values if len(value) > 50]:
        return f"the value {long[0]!r} is too long; use at most 50 characters"
    if wrong := [value for value in field.values if not re.fullmatch(VALUE, value)]:
        return f"the value {wrong[0]!r} is none; use letters, digits, '_', '-' and '.', such as 'new|paid'"
    if len({*field.values}) < len(field.values):
        return "a value is there twice; write each once"
    if len(domain.singular + field.name) > 45:
        return (
            f"the name is too long for {domain.singular!r}; use one of {45 - len(domain.singular)} characters"
        )
    return ""


def problems_together(domains: list[Domain]) -> Iterator[str]:
    words = [word.replace("_", "") for each in domains for word in {each.singular, each.plural}]
    for domain in domains:
        if any(words.count(word.replace("_", "")) > 1 for word in (domain.singular, domain.plural)):
            yield f"{domain.plural!r}: shares a name with another domain; name each thing once"
    try:
        in_order(domains)
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        yield f"{circle}: each refers to the next, so none could be first; leave one out, and add it by hand"
