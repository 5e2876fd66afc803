"""Refuse answers that could not become a working service: all problems at once, each with its remedy."""

import json
import keyword
import re
import sys
import unicodedata

# Packages that the service installs. uv takes a project of the same name for the package itself, and then
# leaves the package out without a word.
PACKAGES = """
aiosqlite alembic annotated-doc annotated-types anyio argon2-cffi argon2-cffi-bindings asgiref
ast-serialize async-timeout attrs beartype burner-redis cachetools certifi cffi charset-normalizer
click cloudpickle colorama coverage croniter cronsim cryptography deprecated fastapi fastapi-offline
flatbuffers googleapis-common-protos graphql-core greenlet grimp h11 harfile httpcore2 httptools
httpx2 httpx2-jsfetch hypothesis hypothesis-graphql idna import-linter iniconfig joblib
jsonschema-rs librt limits mako markdown-it-py markupsafe mdurl mirakuru ml-dtypes mypy
mypy-extensions narwhals numpy onnx onnxruntime opentelemetry-api
opentelemetry-exporter-http-transport opentelemetry-exporter-otlp-common
opentelemetry-exporter-otlp-proto-common opentelemetry-exporter-otlp-proto-http opentelemetry-proto
opentelemetry-sdk opentelemetry-semantic-conventions orjson packaging pathspec pluggy port-for prek
procrastinate prometheus-client protobuf psutil psycopg psycopg-binary psycopg-pool pwdlib
py-key-value-aio pycparser pydantic pydantic-core pydantic-settings pydocket pygments pyjwt
pyrate-limiter pytest pytest-cov pytest-postgresql pytest-redis python-dateutil python-dotenv
python-json-logger python-multipart pyyaml redis requests rich ruff schemathesis scikit-learn scipy
shellingham skl2onnx sortedcontainers sqlalchemy starlette structlog threadpoolctl truststore ty
typer typing-extensions typing-inspection tzdata uncalled-for urllib3 uvicorn uvloop watchfiles
websockets werkzeug wrapt
"""

# How plurals end, and their singulars: the first row that fits. No table knows all of English, so
# `singular:plural` gives both. Rows that change nothing are the endings of words that are no plurals.
ENDINGS = (
    *((same, same) for same in ("ss", "tus", "sis", "news", "series", "species")),
    *(("quizzes", "quiz"), ("aliases", "alias"), ("shoes", "shoe"), ("ouses", "ouse"), ("auses", "ause")),
    *(("movies", "movie"), ("cookies", "cookie"), ("caches", "cache")),
    *((word + "es", word) for word in ("ss", "x", "ch", "sh", "zz", "us", "o")),
    *(("yses", "ysis"), ("ies", "y"), ("s", "")),
)

# Singulars that would hide, or be, another name in the exemplar's code, and plurals that are parts or routes
# of the service, or mean something to Alembic. Without underscores.
SINGULARS = """
after annotated any apirouter app asynciterator asyncsession cast changes column columns conflicterror
create data database delete depends engine entity field get getrepository int key later limit listpage
mapped mappedcolumn mapping name notfounderror now opendatabase paging pagingdep query querydep
repository repositorydep request response router row rowid rows select self sequence service session
sessiondep setattr settings sorted status str task taskrecord tasks tasksdep update utc uuid value
"""
PLURALS = """
auth aux base calls clock con database databases docs domains engine errors factory head heads health
idempotency list login logs main metrics middleware migrations model models nul openapi pages paging
predict predictions prn probe probes processes queues redoc repositories requests responses routers
routing schemas scripts services sessions settings simulation simulations state states sync tasks
telemetry tests worker workers
"""


# Answers that do not go together, and the remedy.
IMPOSSIBLE = (
    (
        {"tasks": ("postgresql",), "database": ("sqlite", "none")},
        "tasks: PostgreSQL brings tasks to workers only where it is the database too; "
        "choose database=postgresql, or tasks=in-process, or tasks=redis",
    ),
)


def singular(plural: str) -> str:
    for ending, replacement in ENDINGS:
        if plural.endswith(ending):
            return plural[: -len(ending)] + replacement
    return plural


def read_domains(text: str) -> list[tuple[str, str]]:
    """The (singular, plural) of each name in a text such as "users, person:people"; "none" has none."""
    pairs = []
    for name in text.split(",") if text.strip() not in ("", "none") else ():
        first, colon, second = (part.strip() for part in name.partition(":"))
        pairs.append((first, second) if colon else (singular(first), first))
    return sorted(pairs, key=lambda pair: pair[1])


def name_problem(one: str, many: str) -> str:
    """What is wrong with the name of a domain, and the remedy; empty when it is good."""
    if not all(re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+)*", word) and len(word) <= 30 for word in (one, many)):
        return "use lower-case words joined by underscores, at most 30 characters, such as 'order_lines'"
    if one == many:
        return "this is no plural; give one, such as 'orders', or both forms, such as 'person:people'"
    taken = one.replace("_", "") in SINGULARS.split() or many.replace("_", "") in PLURALS.split()
    if taken or any(keyword.iskeyword(form) for word in (one, many) for form in (word, word.capitalize())):
        return f"'{one}' or '{many}' is taken by Python or by the service; use another, such as 'shop_{many}'"
    if "widget" in one + many:
        return "the word 'widget' belongs to the exemplar; use another"
    return ""


def domain_problems(text: str) -> list[str]:
    """Every problem with an answer to "which domains?"."""
    pairs = read_domains(text)
    if not pairs and text.strip() != "none":
        return ["domains: name at least one, such as 'users, orders', or write 'none'"]
    words = [word.replace("_", "") for pair in pairs for word in {*pair}]
    found = [(many, name_problem(one, many)) for one, many in pairs]
    for one, many in pairs:
        if any(words.count(word.replace("_", "")) > 1 for word in (one, many)):
            found.append((many, "shares a name with another domain; name each thing once"))
    return list(dict.fromkeys(f"domains: {name!a}: {problem}" for name, problem in found if problem))


def is_control(char: str) -> bool:
    """Whether a character breaks the line, reorders the text around it, or has no place in a text file."""
    reorders = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    kinds = (unicodedata.category(char), unicodedata.bidirectional(char))
    return kinds[0] in ("Cc", "Cs", "Zl", "Zp") or kinds[1] in reorders or char in "\ufffe\uffff"


def text_problem(text: object, required: bool) -> str:
    """What is wrong with a text answer, and the remedy; empty when it is good."""
    if not isinstance(text, str):
        return "is no text; put it in quotes in your configuration file"
    if required and not text.strip():
        return "is empty; write something"
    for char in filter(is_control, text):
        return f"has a control character, U+{ord(char):04X}; remove it"
    if re.search("[{][%#{]", text) or text.lstrip().startswith("# " + "%"):
        return "reads like template code; put a space after each brace, and no '# %' at the start"
    return ""


def slug_problem(slug: str) -> str:
    """What is wrong with the name of the folder and package, and the remedy; empty when it is good."""
    if not re.fullmatch("[a-z][a-z0-9]*(-[a-z0-9]+)*", slug) or len(slug) > 50:
        return "use lower-case letters, digits and single dashes, first a letter, at most 50 characters"
    if re.fullmatch("con|prn|aux|nul|com[0-9]|lpt[0-9]", slug) or slug in PACKAGES.split():
        return f"a package or a Windows device has this name; use another, such as '{slug}-service'"
    return ""


def main() -> None:
    answers = json.loads(r"""{{ cookiecutter | tojson }}""")
    texts = {"project_name": True, "description": False, "author_name": True, "author_email": True}
    found = {name: text_problem(answers[name], required) for name, required in texts.items()}
    found["project_slug"] = slug_problem(str(answers["project_slug"]))
    problems = [f"{name}: {problem}" for name, problem in found.items() if problem]
    problems += domain_problems(str(answers["domains"]))
    for answered, remedy in IMPOSSIBLE:
        if all(answers[question] in given for question, given in answered.items()):
            problems.append(remedy)
    if problems:
        sys.exit("\n  - ".join(["This service cannot be made:", *problems]))


if __name__ == "__main__":
    main()
