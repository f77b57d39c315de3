#!/usr/bin/env bash
# TensorFlow.js: the gradients of avgPool with "same", of mirrorPad and of a resize with half-pixel centres are those of other functions.
#
# Guess, written down first: what tf.grad gives for a linear operation on images is its transpose, at the border as in the middle; so the
# gradients of the sum of the outputs add up to what the outputs grow by when every input grows by one.
# Seen with TensorFlow.js 4.22.0 on its CPU backend, no error and no warning: avgPool divides by the pixels that are inside the image,
# and its gradient always by the area of the window: at a corner 1 instead of 2.25; avgPool3d counts the missing depth, too.
# mirrorPad's gradient cuts the middle out, as if zeros had been put around: the copies give nothing back ([1, 1, 1], right is
# [1, 3, 1]). The gradients of resizeNearestNeighbor and resizeBilinear do not know halfPixelCenters, so a pixel gets its neighbour's.
# With "valid", with pad and without half-pixel centres the same lines are right. A network trained with these learns, only worse.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @tensorflow/tfjs@4.22.0 >/dev/null 2>&1

cat >show.js <<'JS'
const assert = require("assert");
console.warn = () => {};
const tf = require("@tensorflow/tfjs");

const { resizeBilinear, resizeNearestNeighbor } = tf.image;
// What is done, to an image of which shape, and what the gradient of the sum was seen to be; null means that it is right.
const CASES = {
  "avgPool same": [(x) => tf.avgPool(x, 2, 1, "same"), [2, 2, 1], [0.25, 0.5, 0.5, 1]],
  "avgPool valid": [(x) => tf.avgPool(x, 2, 1, "valid"), [2, 2, 1], null],
  "avgPool3d same": [(x) => tf.avgPool3d(x, 2, 1, "same"), [2, 2, 1, 1], [0.125, 0.25, 0.25, 0.5]],
  "mirrorPad reflect": [(x) => tf.mirrorPad(x, [[1, 1]], "reflect"), [3], [1, 1, 1]],
  "mirrorPad symmetric": [(x) => tf.mirrorPad(x, [[1, 1]], "symmetric"), [3], [1, 1, 1]],
  pad: [(x) => tf.pad(x, [[1, 1]]), [3], null],
  nearest: [(x) => resizeNearestNeighbor(x, [3, 5]), [2, 2, 1], null],
  "nearest half-pixel": [(x) => resizeNearestNeighbor(x, [3, 5], false, true), [2, 2, 1], [6, 4, 3, 2]],
  bilinear: [(x) => resizeBilinear(x, [3, 5]), [2, 2, 1], null],
  "bilinear half-pixel": [(x) => resizeBilinear(x, [3, 5], false, true), [2, 2, 1], [2.4, 4.267, 3, 5.333]],
};

(async () => {
  await tf.setBackend("cpu");
  for (const [name, [f, shape, seen]] of Object.entries(CASES)) {
    const size = shape.reduce((a, b) => a * b);
    const total = (values) => f(tf.tensor(values, shape)).sum().dataSync()[0];
    // The operations are linear, so the slope is what one unit input alone gives.
    const right = Array.from({ length: size }, (_, i) => total(Array.from({ length: size }, (_, j) => (i === j ? 1 : 0))));
    const got = [...tf.grad((x) => f(x).sum())(tf.tensor(right, shape)).dataSync()];
    const show = (numbers) => numbers.map((n) => +n.toFixed(3)).join(" ");
    console.log(`${name}: gradient ${show(got)}, right ${show(right)}`);
    const close = (a, b) => a.every((n, i) => Math.abs(n - b[i]) < 1e-3);
    assert(close(got, seen || right), `the gradient of ${name} has changed`);
    assert.strictEqual(close(got, right), seen === null, `${name} has changed`);
  }
  console.log("TensorFlow.js", tf.version.tfjs);
})();
JS
node show.js
