#!/usr/bin/env bash
# The engine's tests over compiled nodes that are built with the address and undefined-behaviour sanitizers: a read of freed
# memory, an overflow, a misaligned pointer ends the run. The checkout is copied, so that its own extension stays.
#
#     make sanitize              or        tests/shared/sanitize.sh PYTHON [TESTS...]
set -euo pipefail
cd "$(dirname "$0")/../.."
python=$(realpath -s "${1:-.venv/bin/python}")
shift || true
[ $# -gt 0 ] || set -- tests/autograd/test_core.py tests/autograd/test_core_memory.py tests/autograd/test_many.py \
    tests/autograd/test_value.py tests/autograd/test_functions.py tests/autograd/test_observers.py tests/autograd/test_copying.py \
    tests/autograd/test_modes.py tests/autograd/test_micrograd.py tests/autograd/test_threads.py tests/autograd/transforms \
    tests/autograd/replay/native

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r autograd nn viz stepgrad tests setup.py pyproject.toml README.md LICENSE docs "$copy"
cd "$copy"
find . -name '*.so' -delete
CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g" \
    "$python" setup.py -q build_ext --inplace
ls autograd/_core*.so autograd/replay/native/_tape*.so

# Python's own allocator hides what happens inside its pools; leaks are looked for by tests, in counts that Python keeps.
export PYTHONPATH="$copy" PYTHONMALLOC=malloc AUTOGRAD_CORE=compiled ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
LD_PRELOAD="$(cc -print-file-name=libasan.so) $(cc -print-file-name=libubsan.so)" \
    "$python" -m pytest -q -n 0 -m "not exhaustive" -p no:cacheprovider "$@"
