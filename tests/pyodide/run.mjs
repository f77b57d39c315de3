// Runs the engine in Pyodide, which is CPython in WebAssembly, under Node.js: the doctests of autograd/*.py, chains so
// deep that freeing them node within node would kill the interpreter, and what viz has without other packages. The
// packages of this checkout are mounted, nothing is installed.
//
//     cd tests/pyodide && npm install && node run.mjs
//
// A failure is exit code 1, also when the interpreter is killed.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "pyodide";

const checkout = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
try {
  const pyodide = await loadPyodide();
  pyodide.mountNodeFS("/checkout", checkout);
  process.exit(
    pyodide.runPython(`
import sys
sys.dont_write_bytecode = True
sys.path[:0] = ["/checkout", "/checkout/tests/pyodide"]
import checks
checks.main()
`),
  );
} catch (error) {
  console.error(error);
  process.exit(1);
}
