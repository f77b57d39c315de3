"""What the site does with the docs beyond Markdown: files outside docs/ become pages, formulas become MathML.

The pages are written to be read in the repository, where they link to README.md, to scripts and to settings of editors. The
site takes those along: the files that stand at the top for readers are pages of the section "Project", everything else that
a page links to is a page that shows its text. Formulas are converted when the site is built; a reader's browser needs no
script for them, and a formula that cannot be read stops the build.
"""

import html
import pathlib
import posixpath
import re

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOP = {
    f"project/{name.lower()}": name
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
}
_LINK = re.compile(r"(?<=\]\()([^)\s#:]+)(?=(?:#[^)\s]*)?\))")
_MATH = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
_CODE = re.compile(r"^```python\n(>>> .*?)\n*^```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {".py": "python", ".lua": "lua", ".md": "markdown"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The files of the top folder, and what any page links to outside docs/."""
    texts = {uri: (ROOT / name).read_text(encoding="utf-8") for uri, name in TOP.items()}
    pages = {f.src_uri: f.content_string for f in files.documentation_pages()} | texts
    for uri, text in pages.items():
        for target in _LINK.findall(text):
            name = _in_repository(uri, target)
            if name and _uri(name).startswith("source/") and (ROOT / name).is_file():
                texts[_uri(name)] = _shown(name)
    for uri, text in texts.items():
        level = InclusionLevel.INCLUDED if uri in TOP else InclusionLevel.NOT_IN_NAV
        files.append(File.generated(config, uri, content=text, inclusion=level))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links to where a file is on the site; sessions of Python without the blank line that doctest wants at their end."""
    here = page.file.src_uri

    def moved(match: re.Match[str]) -> str:
        name = _in_repository(here, match[1])
        if name is None or files.get_file_from_path(_uri(name)) is None:
            return match[1]
        return posixpath.relpath(_uri(name), posixpath.dirname(here) or ".")

    return _CODE.sub(r"```pycon\n\1\n```", _LINK.sub(moved, markdown))


def on_page_content(content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Formulas as MathML."""
    return _MATH.sub(lambda match: mathml(html.unescape(match[2]), block=match[1] == "div"), content)


# What the converter leaves to be said: the distance of a number from its formula; names of functions, d and division without
# a gap around them; and a minus that is a sign because nothing stands before it.
_TAG = (re.compile(r"\\tag\{(\w+)\}"), r"\\qquad (\1)")
_LOW_LINE = (re.compile(r"\\operatorname\{(\w+)\\_(\w+)\}"), r"\\text{\1_\2}")  # of which it makes a product of letters
_SPACING = (
    (re.compile("<mo>(&#x02202;|(?!mod)[A-Za-z_]{2,})</mo>"), r"<mi>\1</mi>"),
    (re.compile("<mo>&#x0002F;</mo>"), '<mo lspace="0" rspace="0">&#x0002F;</mo>'),
    (re.compile(r"((?:<mo[^>]*>(?:&#x00028;|=|,)</mo>|<mrow>))<mo>&#x02212;</mo>"), r'\1<mo form="prefix">&#x02212;</mo>'),
)


def mathml(latex: str, *, block: bool) -> str:
    """A formula, as the browser sets it."""
    text = latex.strip()
    for pattern, better in (_TAG, _LOW_LINE):
        text = pattern.sub(better, text)
    made = str(convert(text, display="block" if block else "inline"))
    for pattern, better in _SPACING:
        made = pattern.sub(better, made)
    if "\\" in made or "&#x0005C;" in made:  # the converter writes a command that it does not know as it found it
        raise PluginError(f"the formula {latex!r} has a command that latex2mathml does not know; write it with another one")
    return f'<div class="formula">{made}</div>' if block else made


def _in_repository(uri: str, target: str) -> str | None:
    """The path from the top folder of what a page links to; None outside of it."""
    at = TOP.get(uri) or ("" if uri.startswith("source/") else f"docs/{uri}")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(at), target))
    return None if path.startswith("..") else path


def _uri(name: str) -> str:
    """Where a file of the repository is on the site."""
    if name in TOP.values():
        return f"project/{name.lower()}"
    return name.removeprefix("docs/") if name.startswith("docs/") else f"source/{name}.md"


def _shown(name: str) -> str:
    text = (ROOT / name).read_text(encoding="utf-8")
    fence = "`" * (3 + max(map(len, re.findall("`+", text)), default=0))
    return f"# {name}\n\n{fence}{LANGUAGES.get(pathlib.PurePath(name).suffix, 'text')}\n{text.rstrip()}\n{fence}\n"
