// What eslint holds the JavaScript of the project to: the page (viz/pages/web), the extension (editors/vscode), and
// what runs in tests. Layout is prettier's; here are mistakes, and what makes a program hard to read. The packages are
// those of tests/dap, where `npm install` puts them.

import { createRequire } from "node:module";

const require = createRequire(new URL("tests/dap/package.json", import.meta.url));
const js = require("@eslint/js");
const globals = require("globals");

const readable = {
  curly: ["error", "multi-line"],
  eqeqeq: "error",
  "max-len": ["error", { code: 120 }],
  "max-lines": ["error", 400],
  "max-lines-per-function": ["error", { max: 50, skipComments: true, skipBlankLines: true }],
  "no-nested-ternary": "error",
  "no-self-compare": "error",
  "no-shadow": "error",
  "no-var": "error",
  "no-void": "error",
  "one-var": ["error", "never"],
  "prefer-const": "error",
};
// A file of tests grows with what it tests, and a dialogue with an adapter is one function.
const tests = { "max-lines": "off", "max-lines-per-function": "off" };
// The page is packed without indentation, which would be missed inside of a text.
const noTextOverLines = {
  selector: "TemplateElement[value.raw=/\\n/]",
  message: "The page is packed without indentation.",
};

const commonjs = { sourceType: "commonjs", globals: globals.node };
const modules = { sourceType: "module", globals: globals.node };
const page = { sourceType: "module", globals: globals.browser };

export default [
  { ignores: ["**/node_modules/", ".*/", "build/"] },
  js.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  { ignores: ["joined.js"], rules: readable },
  {
    files: ["viz/pages/web/*.js"],
    languageOptions: page,
    rules: { "no-restricted-syntax": ["error", noTextOverLines] },
  },
  { files: ["viz/widgets/web/*.js", "tests/shared/*.js"], languageOptions: page },
  // The script of a page, as viz/pages/page.py joins it: what is exported and never used shows here.
  { files: ["joined.js"], languageOptions: { sourceType: "script", globals: globals.browser } },
  { files: ["editors/**/*.js"], languageOptions: commonjs },
  { files: ["tests/dap/*.js"], languageOptions: commonjs, rules: tests },
  { files: ["**/*.mjs"], languageOptions: modules },
];
