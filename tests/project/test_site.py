"""The documentation as a site: built strictly, complete, without requests to anybody else, its formulas set by the browser."""

import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from places import ROOT

DOCS = ROOT / "docs"


def build(root: pathlib.Path, out: pathlib.Path) -> subprocess.CompletedProcess[str]:
    # Not --quiet: with it mkdocs 1.6 does not count the warnings that it does not print, and --strict finds nothing.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=root, env=quiet, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    out = tmp_path_factory.mktemp("site")
    done = build(ROOT, out)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return out


class Found(html.parser.HTMLParser):
    """What a page fetches when it is opened, and the formulas in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.formulas = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.formulas += tag == "math"
        if tag in ("script", "img", "iframe", "source") and values.get("src"):
            self.fetched.append(str(values["src"]))
        if tag == "link" and values.get("rel") in ("stylesheet", "icon", "preconnect", "preload"):
            self.fetched.append(str(values["href"]))


@pytest.mark.slow
def test_every_page_of_the_docs_is_on_the_site_and_in_the_list_of_pages(site: pathlib.Path) -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    for path in DOCS.rglob("*.md"):
        page = path.relative_to(DOCS)
        assert (site / page.with_suffix(".html")).exists()
        assert re.search(rf"[-:] {re.escape(page.as_posix())}$", nav, re.MULTILINE), f"mkdocs.yml does not list {page}"


@pytest.mark.slow
def test_files_that_pages_link_to_outside_the_docs_are_pages_too(site: pathlib.Path) -> None:
    gallery = (site / "faults.html").read_text(encoding="utf-8")
    scripts = re.findall(r'href="(source/tests/[^"]+?\d\d_\w+\.py\.html)"', gallery)
    assert len(scripts) >= 60
    for script in scripts:
        assert "# &lt;- here" in (site / script).read_text(encoding="utf-8")
    readme = (site / "project" / "readme.html").read_text(encoding="utf-8")
    assert 'href="../debugging.html"' in readme
    assert 'src="../pictures/neuron.svg"' in readme


@pytest.mark.slow
def test_a_page_fetches_nothing_from_elsewhere_and_finds_what_it_fetches(site: pathlib.Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 80
    pictures = 0
    for page in pages:
        if page.name == "404.html":
            continue  # its paths begin at the top of the server
        for target in Found(page.read_text(encoding="utf-8")).fetched:
            assert "//" not in target, f"{page.name} fetches {target}"
            assert (page.parent / target).exists(), f"{page.name} does not find {target}"
            pictures += target.endswith(".svg")
    assert pictures >= 7


@pytest.mark.slow
def test_no_list_or_table_is_shown_as_a_paragraph(site: pathlib.Path) -> None:
    """The site's Markdown wants a blank line before a list and four spaces for what is in one; the repository's does not."""
    for page in site.rglob("*.html"):
        for paragraph in re.findall(r"<p>(.*?)</p>", page.read_text(encoding="utf-8"), re.DOTALL):
            lost = re.search(r"\n(?:[*-] |\d+\. |\|.*\|)|(?:^|\n)(?:make |_P\(|\.venv/|```)", paragraph)
            assert not lost, f"{page.name}: {paragraph}"


def formulas(text: str) -> int:
    prose = re.sub(r"^(```+).*?^\1$|^    .*$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
    blocks = len(re.findall(r"\$\$.+?\$\$", prose, re.DOTALL))
    return blocks + len(re.findall(r"(?<![\w$])\$[^$\n ][^$\n]*\$(?!\d)", re.sub(r"\$\$.+?\$\$", "", prose, flags=re.DOTALL)))


@pytest.mark.slow
def test_every_formula_is_mathml(site: pathlib.Path) -> None:
    seen = 0
    for path in DOCS.rglob("*.md"):
        page = (site / path.relative_to(DOCS).with_suffix(".html")).read_text(encoding="utf-8")
        expected = formulas(path.read_text(encoding="utf-8"))
        assert Found(page).formulas == expected, path.name
        assert "arithmatex" not in page
        seen += expected
    assert seen > 70


@pytest.mark.slow
def test_a_broken_link_a_missing_anchor_and_a_page_that_is_not_listed_stop_the_build(tmp_path: pathlib.Path) -> None:
    """A site of a few pages with the settings and hooks of ours."""
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("hooks.py", "site.css"):
        shutil.copy(DOCS / name, docs)
    top = [path.name for path in ROOT.glob("*.md")]
    for name in top:
        (tmp_path / name).write_text(f"# {name}\n", encoding="utf-8")
    nav = "".join(f"  - {name}\n" for name in ["index.md", "page.md", *(f"project/{name.lower()}" for name in top)])
    ours = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")
    (tmp_path / "mkdocs.yml").write_text(f"{ours[0]}{ours[1]}{nav}", encoding="utf-8")
    (docs / "page.md").write_text("# A page\n\n## Somewhere\n", encoding="utf-8")
    sound = "# Start\n\n[somewhere](page.md#somewhere)\n"
    (docs / "index.md").write_text(sound, encoding="utf-8")
    done = build(tmp_path, tmp_path / "out")
    assert (done.returncode, done.stderr.count("WARNING")) == (0, 0), done.stderr
    (docs / "index.md").write_text(f"{sound}[gone](gone.md) and [nowhere](page.md#nowhere)\n", encoding="utf-8")
    (docs / "unlisted.md").write_text("# Unlisted\n", encoding="utf-8")
    done = build(tmp_path, tmp_path / "out")
    assert done.returncode == 1
    for complaint in ("unlisted.md", "'gone.md'", "'#nowhere'"):
        assert complaint in done.stderr
    assert done.stderr.count("WARNING") == 3


@pytest.mark.parametrize(("latex", "block", "made"), [
    (r"\partial C / \partial w_j", False, '<mi>&#x02202;</mi><mi>C</mi><mo lspace="0" rspace="0">&#x0002F;</mo>'),
    (r"2 \cdot (-1)", False, '<mo stretchy="false">&#x00028;</mo><mo form="prefix">&#x02212;</mo><mn>1</mn>'),
    (r"u \bmod v + \operatorname{sgn}(v)", False, "<mo>mod</mo><mi>v</mi><mo>&#x0002B;</mo><mi>sgn</mi>"),
    (r"\operatorname{leaky\_relu}(u)", False, "<mtext>leaky_relu</mtext>"),
    (r"x = 1 \tag{3}", True, '<div class="formula"><math xmlns="http://www.w3.org/1998/Math/MathML" display="block">'),
])  # fmt: skip
def test_formulas_are_converted(latex: str, block: bool, made: str) -> None:
    from docs.hooks import mathml

    assert made in mathml(latex, block=block)


def test_a_formula_that_cannot_be_read_stops_the_build() -> None:
    from mkdocs.exceptions import PluginError

    from docs.hooks import mathml

    with pytest.raises(PluginError, match="has a command that latex2mathml does not know"):
        mathml(r"\undefined{x}", block=False)
