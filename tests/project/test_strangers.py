"""What a stranger meets first: forms, workflows, hooks and containers, held to GitHub's schemas and to the project's own files.

GitHub tells nobody that a form is malformed: it shows an empty one, or none. The schemas are those of check-jsonschema.
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest
import yaml
from places import ROOT

GITHUB = ROOT / ".github"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))

SCHEMAS: dict[str, list[pathlib.Path]] = {
    "vendor.github-issue-forms": FORMS,
    "vendor.github-issue-config": [GITHUB / "ISSUE_TEMPLATE" / "config.yml"],
    "vendor.github-workflows": WORKFLOWS,
    "vendor.dependabot": [GITHUB / "dependabot.yml"],
    "vendor.citation-file-format": [ROOT / "CITATION.cff"],
}


def load(path: pathlib.Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def check(schema: str, *paths: pathlib.Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_are_what_their_readers_expect(schema: str) -> None:
    assert SCHEMAS[schema]
    done = check(schema, *SCHEMAS[schema])
    assert done.returncode == 0, done.stdout


def test_the_schema_refuses_a_form_without_what_github_requires(tmp_path: pathlib.Path) -> None:
    broken = tmp_path / "form.yml"
    for missing in ("name", "description", "body"):
        form = load(FORMS[0])
        del form[missing]
        broken.write_text(yaml.safe_dump(form), encoding="utf-8")
        done = check("vendor.github-issue-forms", broken)
        assert done.returncode == 1
        assert f"'{missing}' is a required property" in done.stdout


def fields(path: pathlib.Path) -> dict[str, dict[str, Any]]:
    body = load(path)["body"]
    by_id = {field["id"]: field for field in body}
    assert len(by_id) == len(body), f"{path.name}: two fields of one id"
    assert len({field["attributes"]["label"] for field in body}) == len(body), f"{path.name}: two fields of one label"
    return by_id


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_every_form_asks_for_code_that_runs_and_for_what_the_engine_says_of_itself(path: pathlib.Path) -> None:
    asked = fields(path)
    for name, render in (("code", "python"), ("about", "text")):
        assert asked[name]["validations"]["required"]
        assert asked[name]["attributes"]["render"] == render
    assert "python -m autograd" in asked["about"]["attributes"]["label"]
    placeholder = asked["code"]["attributes"].get("placeholder", "")
    exec(compile(placeholder, path.name, "exec"), {})  # what a form shows as an example runs


def test_there_is_a_form_for_each_kind_of_report() -> None:
    assert [path.stem for path in FORMS] == ["false-diagnosis", "missed-fault", "wrong-gradient"]
    assert len({load(path)["name"] for path in FORMS}) == len(FORMS)


def test_the_template_of_a_pull_request_has_three_ticks() -> None:
    assert (GITHUB / "pull_request_template.md").read_text(encoding="utf-8").count("- [ ] ") == 3


# --- workflow ----------------------------------------------------------------------------------------------------------


def commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_the_workflow_runs_the_command_of_the_readme_on_every_python_that_the_project_claims() -> None:
    jobs = load(GITHUB / "workflows" / "tests.yml")["jobs"]
    claimed = [match[1] for line in PROJECT["classifiers"] if (match := re.fullmatch(r".* :: (3\.\d+)", line))]
    assert PROJECT["requires-python"] == f">={claimed[0]}"
    assert jobs["readme"]["strategy"]["matrix"]["python"] == claimed
    assert commands(jobs["readme"]) == [".ci/packages", "make test", "make test-slow"]
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert ".ci/packages\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_job_without_extras_installs_nothing_but_the_project() -> None:
    bare = load(GITHUB / "workflows" / "tests.yml")["jobs"]["bare"]
    install, *rest = commands(bare)
    assert install == "python -m pip install ."
    assert rest
    for command in rest:  # they run here too, with the same switches, and -I: no folder of the checkout is on the path
        assert command.startswith("python -I -W error ")
        assert command.endswith("-m autograd") or (ROOT / command.split()[-1]).is_file()


def test_dependabot_looks_where_packages_are_named() -> None:
    updates = load(GITHUB / "dependabot.yml")["updates"]
    npm = next(update["directories"] for update in updates if update["package-ecosystem"] == "npm")
    assert {folder.strip("/") for folder in npm} == {
        path.parent.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("package.json")
        if "node_modules" not in path.parts
    }


# --- hooks and container -----------------------------------------------------------------------------------------------


def test_the_hooks_of_a_commit_ask_what_make_test_asks_with_the_same_tools() -> None:
    (repository,) = load(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    asked = [hook["entry"].replace(".venv/bin/", "").replace(" --force-exclude", "") for hook in repository["hooks"]]
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ntest:")[2].partition("\n\n")[0]
    made = [line.strip().removeprefix("$(BIN)/").removesuffix(" .") for line in recipe.splitlines()[1:] if "pytest" not in line]
    assert asked == [command.removesuffix(" --check") for command in made]


def test_the_container_is_made_with_a_python_that_is_new_enough_and_the_packages_of_the_tests() -> None:
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert container["postCreateCommand"] == ".ci/packages && make .venv/test"
    (feature,) = container["features"].values()
    assert PROJECT["requires-python"] == f">={feature['version']}"
