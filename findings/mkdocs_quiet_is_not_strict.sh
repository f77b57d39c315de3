#!/usr/bin/env bash
# mkdocs build --strict stops at a broken link; with --quiet beside it the same site is built without a word.
#
# Guess, written down first: --quiet prints less, and --strict goes on deciding about the exit status.
# Seen with mkdocs 1.6.1: --strict alone exits with 1 and "Aborted with 1 warnings in strict mode!". With --quiet as well it exits
# with 0. --strict counts the warnings that reach a handler of the logger; --quiet sets the logger's level to ERROR, so that
# no warning is made. The help says "Silence warnings" of --quiet, and nothing of --strict. A CI job that wants a calm log
# so loses the check of its links.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'mkdocs==1.6.1' 2>/dev/null

mkdir "$folder/docs"
echo 'site_name: links' >"$folder/mkdocs.yml"
echo '[a page that is not there](gone.md)' >"$folder/docs/index.md"
cd "$folder"
strict=0 both=0
venv/bin/mkdocs build --strict >strict.txt 2>&1 || strict=$?
venv/bin/mkdocs build --strict --quiet >both.txt 2>&1 || both=$?
echo "--strict:         exit status $strict, $(grep -c WARNING strict.txt) warning"
echo "--strict --quiet: exit status $both, $(wc -c <both.txt) bytes of output"
[ "$strict" = 1 ] && [ "$both" = 0 ] || { echo "this has changed" >&2; exit 1; }
