#!/usr/bin/env bash
# math.derivative("acoth(x)", "x") has the wrong sign everywhere, and the derivative of nthRoot(x, 3) is a complex number left of 0.
#
# Guess, written down first: where math.evaluate gives real numbers for a smooth function, math.derivative gives the slope that a difference
# quotient of these numbers has. A function that it cannot differentiate is an error, as for gamma and log2.
# Seen with mathjs 15.2.0: right for asech, acsch and some thirty others, on both sides of 0. acoth's is -1/(1 - x**2), above 0 where the
# function falls; the right one is 1/(1 - x**2), like atanh's. (The comment in derivative.js says the same as the code.)
# nthRoot and cbrt are the real roots, nthRoot(-8, 3) is -2. Their derivative is written with a power, x ^ (-2/3) / 3, and that is
# the principal one: at -8 it is -0.042 - 0.072i, where the slope is 0.083, and the real part of the answer has the wrong sign as well.
# A descent that uses such a derivative climbs the first, and leaves the real line at the second.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund mathjs@15.2.0 >/dev/null 2>&1

cat >show.js <<'JS'
const assert = require("assert");
const math = require("mathjs");

// Where each expression is asked for, and what has been seen there.
const CASES = [
  ["acoth(x)", [-3, 2], "wrong sign"],
  ["x * acoth(2 x)", [-3, 2], "wrong"],
  ["nthRoot(x, 3)", [-8, -0.5], "complex"],
  ["nthRoot(x^2, 3)", [-8, -0.5], "complex"],
  ["cbrt(x)", [-8, -0.5], "complex"],
  ["nthRoot(x, 3)", [8, 0.5], "right"],
  ["atanh(x)", [-0.5, 0.5], "right"],
  ["acsch(x)", [-3, 2], "right"],
];

function judged(value, right) {
  if (typeof value !== "number") return "complex";
  const close = (a, b) => Math.abs(a - b) < 1e-6 * Math.max(1, Math.abs(b));
  return close(value, right) ? "right" : close(value, -right) ? "wrong sign" : "wrong";
}

for (const [expression, places, seen] of CASES) {
  const derivative = math.derivative(expression, "x");
  for (const x of places) {
    const h = 1e-5;
    const right = (math.evaluate(expression, { x: x + h }) - math.evaluate(expression, { x: x - h })) / (2 * h);
    const value = derivative.evaluate({ x });
    console.log(`${expression} at ${x}: ${math.format(value, 6)}, right ${right.toFixed(6)}; written ${derivative}: ${judged(value, right)}`);
    assert.strictEqual(judged(value, right), seen, `the derivative of ${expression} has changed`);
  }
}
console.log("mathjs", math.version);
JS
node show.js
