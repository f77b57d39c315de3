#!/usr/bin/env bash
# TensorFlow.js: the second derivative of x*exp(x) at 1 is 5.44 instead of 8.15, and that of log1p(exp(-x)), a convex loss, is below 0.
#
# Guess, written down first: tf.grad can be nested (its documentation does so); the second derivative of what has a first one is right,
# or, where an operation is not supported, an error.
# Seen with TensorFlow.js 4.22.0: the gradients of exp, sigmoid and tanh are written with the saved output. That output is cloned for saving
# while the kernel runs, before the kernel itself is noted on the tape (runKernelFunc in engine.ts), and a pass along the tape in its
# order finds the clone of something that it has not seen yet. So the saved output is a constant the second time. If nothing else leads
# back to x there is an error, as for exp(x) alone; if another path does, as in a product, the rest is returned without a word.
# Functions whose gradient is written with the saved input (square, sin, sqrt) have right second derivatives.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @tensorflow/tfjs@4.22.0 >/dev/null 2>&1

cat >show.js <<'JS'
const assert = require("assert");
console.warn = () => {};
const tf = require("@tensorflow/tfjs");

// The function for tensors, the same for numbers, and the second derivative as it was seen at 1; null is an error.
const s = (x) => 1 / (1 + Math.exp(-x));
const CASES = {
  "x*exp(x)": [(x) => tf.mul(x, tf.exp(x)), (x) => x * Math.exp(x), 5.436564],
  "log1p(exp(-x))": [(x) => tf.log1p(tf.exp(tf.neg(x))), (x) => Math.log1p(Math.exp(-x)), -0.072329],
  "x*sigmoid(x)": [(x) => tf.mul(x, tf.sigmoid(x)), (x) => x * s(x), 0.393224],
  "x*tanh(x)": [(x) => tf.mul(x, tf.tanh(x)), (x) => x * Math.tanh(x), 0.839949],
  "exp(x)": [tf.exp, Math.exp, null],
  "x*sin(x)": [(x) => tf.mul(x, tf.sin(x)), (x) => x * Math.sin(x), 0.239134],
  "x*sqrt(x)": [(x) => tf.mul(x, tf.sqrt(x)), (x) => x * Math.sqrt(x), 0.75],
};

(async () => {
  await tf.setBackend("cpu");
  for (const [name, [f, g, seen]] of Object.entries(CASES)) {
    const h = 1e-4;
    const right = (g(1 + h) - 2 * g(1) + g(1 - h)) / (h * h);
    const first = tf.grad(f)(tf.scalar(1)).dataSync()[0];
    assert(Math.abs(first - (g(1 + h) - g(1 - h)) / (2 * h)) < 1e-5, `the first derivative of ${name} has changed`);
    let second = null;
    try {
      second = tf.grad((x) => tf.grad(f)(x))(tf.scalar(1)).dataSync()[0];
    } catch (error) {
      assert(error.message.startsWith("Cannot compute gradient"));
    }
    console.log(`${name} at 1: first ${first.toFixed(6)}, second ${second === null ? "an error" : second.toFixed(6)}, right ${right.toFixed(6)}`);
    assert(seen === null ? second === null : Math.abs(second - seen) < 2e-6, `the second derivative of ${name} has changed`);
    const wrong = second === null || Math.abs(second - right) > 0.01;
    assert.strictEqual(wrong, !["x*sin(x)", "x*sqrt(x)"].includes(name), `${name} has changed`);
  }
  console.log("TensorFlow.js", tf.version.tfjs);
})();
JS
node show.js
