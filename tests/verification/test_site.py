"""What the page renders, in a real browser: the same as on any machine, and refused in the same words."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.cruft import commit, cruft, git, put
from support.fixtures import Record, Rendered
from support.hooks import PRE_GEN, SCAFFOLD
from support.options import DEFAULTS, QUESTIONS, Answers
from support.presets import PRESETS
from support.programs import attempt
from support.site.combinations import SHARED, combination
from support.site.fixtures import NewVisitor
from support.site.visitor import Visitor
from support.site.words import ENGLISH
from support.union import write

# In one process: they share a browser, which loads Python once.
pytestmark = [pytest.mark.xdist_group("site"), pytest.mark.timeout(600)]


def assert_same(visitor: Visitor, rendered: Rendered, answers: Answers) -> None:
    made = visitor.follow(answers).zip()
    assert made.pop(".cruft.json")
    expected = rendered(**answers)
    assert [*made] == [*expected]
    assert [name for name in made if made[name] != expected[name]] == []


def test_before_the_first_render_there_is_no_verdict_and_little_is_loaded(visitors: NewVisitor) -> None:
    visitor = visitors().visit().follow({"tasks": "postgresql"})
    visitor.page.wait_for_timeout(500)
    assert visitor.text("#verdict") == ""
    assert visitor.see(".mark:not(:empty)").count() == 0


def test_a_refusal_has_the_words_of_the_hook(visitor: Visitor) -> None:
    answers = {"tasks": "postgresql", "domains": "order(x"}
    visitor.follow(answers).page.click("#render")
    visitor.done()
    given = DEFAULTS | dict.fromkeys(("project_name", "description", "author_name", "author_email"), "x")
    said = PRE_GEN.problems(given | {"project_slug": "x"} | answers) + SCAFFOLD.domain_problems("order(x")
    assert len(said) == 2
    # What to put into a command is not among them.
    assert visitor.text("#refusal") == "\n  - ".join(["This service cannot be made:", *said])
    for problem in said:
        expect(visitor.see("#verdict")).to_contain_text(problem)
    assert visitor.see("#answer-domains").get_attribute("aria-invalid") == "true"
    visitor.shoot("refusal")
    visitor.page.check("#tasks-none")
    expect(visitor.see("#refusal")).to_be_empty()


def test_an_impossible_choice_has_its_remedy_while_one_chooses(visitor: Visitor) -> None:
    visitor.follow({}).render()
    [remedy] = PRE_GEN.problems(DEFAULTS | text_answers() | {"tasks": "postgresql"})
    expect(visitor.see("#tasks-postgresql-mark")).to_have_text(remedy)
    visitor.page.check("#database-postgresql")
    expect(visitor.see("#tasks-postgresql-mark")).to_be_empty()
    visitor.page.check("#tasks-postgresql")
    expect(visitor.see("#verdict.good")).to_be_visible()
    expect(visitor.see("#database-sqlite-mark")).to_have_text(remedy)


def text_answers() -> Answers:
    texts = {name: "x" for name, default in QUESTIONS.items() if name[0] != "_" and isinstance(default, str)}
    return texts


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_rendered_as_on_any_machine(name: str, visitor: Visitor, rendered: Rendered) -> None:
    assert_same(visitor, rendered, PRESETS[name])


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(number, marks=pytest.mark.long if number < 5 else pytest.mark.weekly)
        for number in range(20)
    ],
)
def test_random_answers_are_rendered_as_on_any_machine(
    number: int, visitor: Visitor, rendered: Rendered, record_property: Record
) -> None:
    assert_same(visitor, rendered, combination(number))
    record_property("services rendered in a browser, the same to the byte", 1)


def test_hostile_texts_are_rendered_as_on_any_machine(visitor: Visitor, rendered: Rendered) -> None:
    answers = {"project_name": "책 <b>\"가게\"</b> 'x' \\ 🎉", "description": "a & b | c $(d) `e` %27 + é"}
    assert_same(visitor, rendered, answers)


def test_a_preset_is_chosen_by_its_button(visitor: Visitor) -> None:
    visitor.follow({"license": "Proprietary"})
    for name, answers in PRESETS.items():
        visitor.page.locator("#presets button", has_text=name).click()
        assert visitor.answers() | answers == visitor.answers(), name
    assert visitor.answers()["license"] == QUESTIONS["license"][0]


@pytest.mark.parametrize("shared", SHARED)
def test_a_link_keeps_working(shared: str, visitor: Visitor) -> None:
    """What it does not say, or what is not offered any more, is the default."""
    visitor.visit(f"{visitor.url}{shared}")
    given = json.loads(visitor.page.evaluate("new URLSearchParams(location.hash.slice(1)).get('answers')"))
    found = visitor.answers()
    asked = [name for name in QUESTIONS if name[0] != "_"]
    assert [*found] == asked
    for name in asked:
        default = DEFAULTS.get(name, "" if name == "project_slug" else QUESTIONS[name])
        good = isinstance(given.get(name), str) and (name not in DEFAULTS or given[name] in QUESTIONS[name])
        assert found[name] == (given[name] if good else default), name


def test_the_link_and_the_command_have_the_answers(visitor: Visitor, visitors: NewVisitor) -> None:
    answers = {"project_name": "It's 책", "database": "none", "domains": "a_things(n:int?)"}
    visitor.follow(answers).tab("take")
    other = visitors().visit(visitor.text("#link"))
    assert other.answers() == visitor.answers()
    assert other.answers() | answers == other.answers()
    command = visitor.text("#command")
    assert command.endswith(
        """--no-input project_name='It'"'"'s 책' domains='a_things(n:int?)' database=none"""
    )


def test_a_service_of_the_page_follows_its_template(
    visitor: Visitor, site_history: Path, tmp_path: Path, rendered: Rendered
) -> None:
    """By `cruft check` and `cruft update`; what `cruft create` leaves there is the same."""
    answers = {"project_name": "Shop", "database": "none"}
    made = visitor.follow(answers).zip()
    words = ("create", site_history, "--no-input", "--extra-context", json.dumps(answers))
    cruft(*words, cwd=tmp_path)
    created = json.loads((tmp_path / "shop" / ".cruft.json").read_text(encoding="utf-8"))
    assert json.loads(made[".cruft.json"]) == created
    service = write(made, tmp_path / "downloaded")
    git(service, "init", "--quiet")
    (service / "app" / "main.py").write_bytes(made["app/main.py"] + b"# Of the team.\n")
    commit(service)
    assert "up to date" in cruft("check", cwd=service)
    put(site_history, "\n# What a newer template has.\n")
    code, _ = attempt(["cruft", "check"], service, {"HOME": str(tmp_path)}, 120)
    assert code == 1
    assert "Good work!" in cruft("update", "--skip-apply-ask", cwd=service)
    assert "# What a newer template has." in (service / "app" / "health.py").read_text(encoding="utf-8")
    assert "# Of the team." in (service / "app" / "main.py").read_text(encoding="utf-8")
    put(site_history)


def test_the_difference_to_the_choice_before_is_shown(visitor: Visitor, rendered: Rendered) -> None:
    visitor.follow({"database": "none"}).render()
    visitor.follow({"database": "none", "license": "Proprietary", "ci": "none"}).render().tab("changes")
    before, after = rendered(database="none"), rendered(database="none", license="Proprietary", ci="none")
    names = sorted(name for name in before | after if before.get(name) != after.get(name))
    assert paths(visitor, "#changes-list") == names
    visitor.page.locator("#changes-list summary", has_text="LICENSE").click()
    expect(visitor.see("#changes-list .minus").first).to_contain_text("MIT")
    visitor.shoot("changes")


def paths(visitor: Visitor, where: str) -> list[str]:
    expect(visitor.see(f"{where} summary").first).to_be_visible()
    return [text.split()[-1] for text in visitor.see(f"{where} summary").all_inner_texts()]


def test_the_difference_between_two_releases_is_shown(visitor: Visitor, rendered: Rendered) -> None:
    """In the release before, each module of the service had a line more at its end."""
    visitor.follow({}).render().tab("releases")
    found = paths(visitor, "#releases-list")
    modules = {name for name in rendered() if "app/" in name and name.endswith(".py")}
    assert {*found} == {name for name in modules if not name.endswith("__.py")}
    visitor.page.locator("#releases-list summary", has_text="app/health.py").click()
    expect(visitor.see("#releases-list pre")).to_contain_text("-# What an older template had.")
    visitor.shoot("releases")


def test_a_render_can_be_cancelled_and_asked_for_again(visitors: NewVisitor, rendered: Rendered) -> None:
    visitor = visitors().follow({"database": "none"})
    visitor.page.click("#render")
    visitor.page.click("#cancel")
    visitor.done()
    expect(visitor.see("body.rendered")).to_have_count(0)
    assert visitor.text("#status") == ENGLISH["cancelled"]
    visitor.render()
    assert visitor.text("#status") == ENGLISH["rendered"].format(slug="my-service")
    assert visitor.text("#counts").split()[0] != ""
    visitor.page.check("#ci-none")
    visitor.page.click("#render")
    visitor.page.click("#cancel")
    assert_same(visitor, rendered, {"database": "none", "ci": "none"})
