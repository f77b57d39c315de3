"""Graphviz in WebAssembly inside of Pyodide, where the browser itself runs it: `exports` is what wasmtime has elsewhere.

The program asks its host for files, a clock and an environment, as any program in C does. There are none: it lays out text.
"""

import functools
import importlib
from typing import Any

# What the program asks for: it gets an empty environment, the time 0, and nothing that it writes is kept. Whatever else it
# asks for is "bad file descriptor".
HOST = """
bytes => {
  let memory;
  const view = () => new DataView(memory.buffer);
  const put = (at, number) => view().setUint32(at, number, true);
  const known = {
    environ_get: () => 0,
    environ_sizes_get: (count, size) => { put(count, 0); put(size, 0); return 0; },
    clock_time_get: (clock, precision, at) => { view().setBigUint64(at, 0n, true); return 0; },
    random_get: (at, length) => { new Uint8Array(memory.buffer, at, length).fill(7); return 0; },
    fd_write: (file, parts, count, written) => {
      let length = 0;
      for (let n = 0; n < count; n++) length += view().getUint32(parts + 8 * n + 4, true);
      put(written, length);
      return 0;
    },
    proc_exit: code => { throw new Error(`Graphviz ends with ${code}`); },
  };
  const host = new Proxy(known, { get: (some, name) => some[name] || (() => 8) });
  const program = new WebAssembly.Module(bytes);
  const { exports } = new WebAssembly.Instance(program, { wasi_snapshot_preview1: host });
  memory = exports.memory;
  return {
    call: (name, numbers) => exports[name](...numbers),
    read: (from, to) => new Uint8Array(memory.buffer).slice(from, to),
    write: (data, at) => new Uint8Array(memory.buffer).set(data, at),
  };
}
"""


class Memory:
    """The memory of a program, as wasmtime has it."""

    def __init__(self, program: Any) -> None:
        self._program = program

    def read(self, _: Any, start: int, stop: int) -> bytes:
        """Bytes from one address to another."""
        return bytes(self._program.read(start, stop).to_bytes())

    def write(self, _: Any, data: bytes, address: int) -> None:
        """Put bytes at an address."""
        self._program.write(_to_js(data), address)


class Exports:
    """The functions and the memory of a program, by name, as wasmtime has them."""

    def __init__(self, wasm: bytes) -> None:
        self._program = importlib.import_module("pyodide.code").run_js(HOST)(_to_js(wasm))

    def __getitem__(self, name: str) -> Any:
        if name == "memory":
            return Memory(self._program)
        return lambda _, *numbers: self._program.call(name, _to_js(list(numbers)))


def _to_js(thing: Any) -> Any:
    return importlib.import_module("pyodide.ffi").to_js(thing)


@functools.cache
def failure() -> type[Exception]:
    """The class of errors of the browser: a stack that is too small, a program that ends."""
    error: type[Exception] = importlib.import_module("pyodide.ffi").JsException
    return error
