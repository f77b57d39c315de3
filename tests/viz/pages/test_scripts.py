"""The scripts of the page: modules that say what they build on, laid out and without mistakes that a linter finds.

prettier and eslint are those of tests/dap, where `npm install` puts them; with them all JavaScript of the project is held.
"""

import json
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


def joined() -> str:
    """The script of a page, as a browser gets it."""
    return page(Value(1.0)).rpartition("<script>")[2].partition("</script>")[0]


def test_every_script_and_style_is_on_the_page() -> None:
    assert sorted(SCRIPTS) == sorted(path.name for path in WEB.glob("*.js"))
    assert sorted(STYLES) == sorted(path.name for path in WEB.glob("*.css") if path.name != "beside.css")


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
    done = subprocess.run(
        [str(TOOLS / "prettier"), "--check", "**/*.{js,mjs,css}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("Checking formatting...\nAll matched files use Prettier code style!\n", "")
    assert done.returncode == 0


# ESLint is started once for all: a start takes a second, and most of a second file's time is the rules' own loading.
LINT = """
const { ESLint } = require(process.argv[1]);
const eslint = new ESLint();
(async () => {
  const found = { "": await eslint.lintFiles(["."]) };
  for (const [name, [path, text]] of Object.entries(JSON.parse(require("fs").readFileSync(0, "utf8"))))
    found[name] = await eslint.lintText(text, { filePath: path });
  const said = (files) => files.flatMap((f) => f.messages.map((m) => [f.filePath, m.line, m.ruleId, m.message]));
  console.log(JSON.stringify(Object.fromEntries(Object.entries(found).map(([name, files]) => [name, said(files)]))));
})();
"""
MISTAKES = {
    "no-undef": "neverDefined();",
    "no-nested-ternary": "export const a = document.title ? 1 : document.body ? 2 : 3;",
    "no-restricted-syntax": "export const text = `over\n  lines`;",
    "no-unused-vars": "const unused = 1;",
    "max-lines-per-function": "export function long() {\n" + "  window.close();\n" * 50 + "}",
}
Remark = tuple[str, int, str, str]  # the file, the line, the rule, the message


@pytest.fixture(scope="module")
def linted() -> dict[str, list[Remark]]:
    """What ESLint says: of the project's files under "", and of texts by name."""
    whole = joined()
    texts = {rule: ("viz/pages/web/mistake.js", text + "\n") for rule, text in MISTAKES.items()}
    texts["joined"] = ("joined.js", whole)
    texts["idle"] = ("joined.js", whole[:-7] + "\nfunction idle() {}\n})();\n")
    eslint = TOOLS.parent / "eslint"
    done = subprocess.run(
        ["node", "-e", LINT, str(eslint)],
        cwd=ROOT,
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    said: dict[str, list[Remark]] = json.loads(done.stdout)
    return said


@needs_tools
def test_eslint_finds_nothing_in_any_javascript(linted: dict[str, list[Remark]]) -> None:
    assert linted[""] == []


@needs_tools
def test_eslint_finds_nothing_in_the_joined_script(linted: dict[str, list[Remark]]) -> None:
    """Names of two files that collide, and what is exported and used nowhere, show in the whole alone."""
    assert linted["joined"] == []


@needs_tools
@pytest.mark.parametrize("rule", MISTAKES)
def test_eslint_would_find(linted: dict[str, list[Remark]], rule: str) -> None:
    assert rule in [found for _, _, found, _ in linted[rule]]


@needs_tools
def test_eslint_would_find_a_function_that_no_script_uses(linted: dict[str, list[Remark]]) -> None:
    assert "'idle' is defined but never used." in [message.partition(" Allowed")[0] for *_, message in linted["idle"]]
    assert len(linted["idle"]) <= 3
