"""The scripts of the page: modules that say what they build on, laid out and without mistakes that a linter finds.

prettier and eslint are those of tests/dap, where `npm install` puts them; with them all JavaScript of the project is held.
"""

import re
import shutil
import subprocess

import pytest
from places import ROOT

from autograd import Value
from viz.pages.page import SCRIPTS, STYLES, page

WEB = ROOT / "viz" / "pages" / "web"
TOOLS = ROOT / "tests" / "dap" / "node_modules" / ".bin"
needs_tools = pytest.mark.skipif(
    not (TOOLS / "eslint").exists() or not (TOOLS / "prettier").exists() or shutil.which("node") is None,
    reason="eslint and prettier are not installed: `npm install` in tests/dap",
)


def run(*command: str, given: str | None = None) -> tuple[int, str]:
    done = subprocess.run(
        [str(TOOLS / command[0]), *command[1:]], cwd=ROOT, input=given, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout + done.stderr


def joined() -> str:
    """The script of a page, as a browser gets it."""
    return page(Value(1.0)).rpartition("<script>")[2].partition("</script>")[0]


def test_every_script_and_style_is_on_the_page() -> None:
    assert sorted(SCRIPTS) == sorted(path.name for path in WEB.glob("*.js"))
    assert sorted(STYLES) == sorted(path.name for path in WEB.glob("*.css"))


def test_a_script_imports_from_those_before_it_and_by_the_names_they_have_there() -> None:
    for place, name in enumerate(SCRIPTS):
        text = (WEB / name).read_text(encoding="utf-8")
        imports = re.findall(r'^import \{([^}]*)\} from "\./(.*)";$', text, re.MULTILINE)
        assert len(imports) == len(re.findall(r"^import\b", text, re.MULTILINE)), name
        for names, source in imports:
            assert source in SCRIPTS[:place], (name, source)
            exported = set(
                re.findall(r"^export (?:function|class|const) (\w+)", (WEB / source).read_text("utf-8"), re.MULTILINE)
            )
            assert {word.strip() for word in names.split(",") if word.strip()} <= exported, (name, source)


def test_every_file_begins_with_what_it_is() -> None:
    for name in SCRIPTS + STYLES:
        assert re.match(r"// \w|/\* \w", (WEB / name).read_text(encoding="utf-8")), name


def test_the_page_is_packed_without_what_is_for_readers_only() -> None:
    script = joined()
    assert not re.search(r"^(import|export)\b|^ *//|^ ", script, re.MULTILINE)
    assert not re.search(r"/\*|^ ", page(Value(1.0)).partition("<style>")[2].partition("</style>")[0], re.MULTILINE)
    assert sum(len((WEB / name).read_bytes()) for name in SCRIPTS) > len(script) > 50_000


@needs_tools
def test_all_javascript_is_laid_out_by_prettier() -> None:
    assert run("prettier", "--check", "**/*.{js,mjs,css}") == (
        0,
        "Checking formatting...\nAll matched files use Prettier code style!\n",
    )


@needs_tools
def test_eslint_finds_nothing_in_any_javascript() -> None:
    assert run("eslint", "--max-warnings=0", ".") == (0, "")


@needs_tools
def test_eslint_finds_nothing_in_the_joined_script() -> None:
    """Names of two files that collide, and what is exported and used nowhere, show in the whole alone."""
    assert run("eslint", "--max-warnings=0", "--stdin", "--stdin-filename", "joined.js", given=joined()) == (0, "")


@needs_tools
@pytest.mark.parametrize(
    ("mistake", "rule"),
    [
        ("neverDefined();", "no-undef"),
        ("export const a = document.title ? 1 : document.body ? 2 : 3;", "no-nested-ternary"),
        ("export const text = `over\n  lines`;", "no-restricted-syntax"),
        ("const unused = 1;", "no-unused-vars"),
        ("export function long() {\n" + "  window.close();\n" * 50 + "}", "max-lines-per-function"),
    ],
)
def test_eslint_would_find(mistake: str, rule: str) -> None:
    status, said = run("eslint", "--stdin", "--stdin-filename", "viz/pages/web/mistake.js", given=mistake + "\n")
    assert status == 1
    assert rule in said


@needs_tools
def test_eslint_would_find_a_function_that_no_script_uses() -> None:
    status, said = run(
        "eslint", "--stdin", "--stdin-filename", "joined.js", given=joined()[:-7] + "\nfunction idle() {}\n})();\n"
    )
    assert status == 1
    assert "'idle' is defined but never used" in said
    assert said.count("error") <= 3
