"""The page of the proof: of one template only, and what proved nothing is counted as nothing."""

from pathlib import Path

import proof_page
import pytest
import template
import write_proof
from proof_results import ABSENT, Result, results, with_absent
from support.paths import ROOT

GOOD, BAD = "", "<failure/>"
MODULE = "tests.test_proof_page"


def case(name: str, inside: str = GOOD, digest: str = "one") -> str:
    about = f'<properties><property name="template" value="{digest}"/></properties>'
    return f'<testcase classname="{MODULE}" name="{name}" time="2">{about}{inside}</testcase>'


def report(path: Path, *cases: str) -> str:
    """What pytest writes of a run."""
    path.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>", encoding="utf-8")
    return str(path)


def test_a_proof_counts_each_test_as_it_was_run_last(tmp_path: Path) -> None:
    first = report(tmp_path / "first.xml", case("a", BAD))
    second = report(tmp_path / "second.xml", case("a"))
    assert len(results([first, second], "one")) == 1
    for paths in ([second, first], [first], [report(tmp_path / "none.xml")]):
        with pytest.raises(SystemExit, match="Nothing is proven"):
            results(paths, "one")


def test_results_of_another_template_are_refused(tmp_path: Path) -> None:
    ours, theirs = report(tmp_path / "1.xml", case("a")), report(tmp_path / "2.xml", case("b", digest="two"))
    for paths, digest in (([ours, theirs], "one"), ([theirs], "one"), ([ours], "three")):
        with pytest.raises(SystemExit, match="another template"):
            results(paths, digest)
    unknown = case("a").replace("template", "other")
    with pytest.raises(SystemExit, match="no template"):
        results([report(tmp_path / "3.xml", unknown)], "one")


def test_what_ran_nothing_or_was_not_run_is_no_pass(tmp_path: Path) -> None:
    nothing = case("b").replace(
        "</properties>", '<property name="ran nothing" value="same code"/></properties>'
    )
    path = report(tmp_path / "1.xml", case("a"), nothing, case("c", '<skipped message="no server"/>'))
    found = with_absent(results([path], "one"), [(MODULE, "a"), (MODULE, "d")])
    assert f"{proof_page.purpose(MODULE)} | `test_proof_page.py` | 1 | 1 | 2 | 6 |" in proof_page.layers(
        found
    )
    reasons = proof_page.reasons(found)
    assert "| ran nothing | same code | 1 |" in reasons
    assert "| not run | no server | 1 |" in reasons
    assert f"| not run | {ABSENT} | 1 |" in reasons


def test_a_row_that_proved_nothing_says_so() -> None:
    absent = Result(MODULE, "test_a_service_works[3.14 newest-x]", "not run", ABSENT)
    assert "| not run | 0 | 1 | 0 |" in proof_page.layers([absent])
    table = proof_page.pythons([absent])
    assert "| 3.14 | newest | not run | 0 | 1 |" in table
    assert "| 3.12 | lowest | not run | 0 | 0 |" in table


def test_the_page_names_the_template_and_every_answer() -> None:
    page = write_proof.written([Result(MODULE, "a", "passed", properties={"run": "a day", "made": "3"})])
    assert f"Digest of the template: `{template.digest()}`" in page
    assert "Run on: a day." in page
    assert "| made | 3 |" in page
    assert "| `database` | `none` | not run | not run | not run |" in page


def test_mutants_that_survived_are_listed_and_not_counted() -> None:
    about = {"mutants killed": "9", "mutants that survived": "1", "survivor: app/a.py: `x`": "1"}
    found = [Result(MODULE, "a", "passed", properties=about)]
    assert proof_page.survivors(found) == "- app/a.py: `x`\n\n"
    assert "| mutants killed | 9 |" in proof_page.counts(found)
    assert "app/a.py" not in proof_page.counts(found)
    assert "not run" in proof_page.survivors([Result(MODULE, "a", "passed")])


def test_the_digest_is_that_of_what_is_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hooks" / "__pycache__").mkdir(parents=True)
    (tmp_path / "cookiecutter.json").write_bytes((ROOT / "cookiecutter.json").read_bytes())
    monkeypatch.setattr(template, "ROOT", tmp_path)
    before = template.digest()
    (tmp_path / "README.md").touch()
    (tmp_path / "hooks" / "__pycache__" / "a.pyc").touch()
    assert template.digest() == before
    (tmp_path / "hooks" / "a.py").touch()
    assert template.digest() != before
