#!/usr/bin/env bash
# TensorFlow.js: the gradient of softmaxCrossEntropy in the labels is the one in the logits with the sign turned, and floorDiv's is div's.
#
# Guess, written down first: a gradient that an operation offers is its own. A cross entropy -sum(labels * logSoftmax(logits)) is
# linear in the labels, with slope -logSoftmax(logits), which is above 0; whole numbers that come from a floor do not move, so their
# slope is 0, as floor's is.
# Seen with TensorFlow.js 4.22.0: in the labels it is labels - softmax(logits): 0.11, 0.055 and -0.165, where 2.41, 1.41 and 0.41 are
# right. Written out with logSoftmax it is right, and so is the gradient in the logits. A program that learns its labels (two networks
# that teach each other, learned smoothing of labels) gets a plausible small vector that vanishes when both agree.
# floorDiv(x, 2) has slope 1/2 in x and -x/4 in the divisor, while floor(div(x, 2)) has 0 in both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @tensorflow/tfjs@4.22.0 >/dev/null 2>&1

cat >show.js <<'JS'
const assert = require("assert");
console.warn = () => {};
const tf = require("@tensorflow/tfjs");

const logits = tf.tensor2d([[1, 2, 3]]);
const labels = tf.tensor2d([[0.2, 0.3, 0.5]]);
const builtIn = (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits);
const writtenOut = (labels, logits) => labels.mul(logits.logSoftmax()).sum().neg();

/** The gradients in both arguments, as lists. */
const slopes = (f, a, b) => tf.grads((a, b) => f(a, b).sum())([a, b]).map((g) => [...g.dataSync()]);
/** The slopes in the first argument from central differences. */
function quotients(f, a, b) {
  const values = [...a.dataSync()];
  const moved = (i, by) => f(tf.tensor(values.map((v, j) => (i === j ? v + by : v)), a.shape), b).sum().dataSync()[0];
  return values.map((_, i) => (moved(i, 0.125) - moved(i, -0.125)) / 0.25);
}
const show = (numbers) => numbers.map((n) => n.toFixed(4)).join(" ");
const close = (a, b) => a.every((n, i) => Math.abs(n - b[i]) < 1e-3);

(async () => {
  await tf.setBackend("cpu");
  const [inLabels, inLogits] = slopes(builtIn, labels, logits);
  const [rightLabels, rightLogits] = slopes(writtenOut, labels, logits);
  console.log("in the labels:", show(inLabels), "right", show(rightLabels), "differences", show(quotients(builtIn, labels, logits)));
  console.log("in the logits:", show(inLogits), "right", show(rightLogits));
  assert(close(rightLabels, quotients(builtIn, labels, logits)) && close(inLogits, rightLogits));
  assert(!close(inLabels, rightLabels), "the gradient in the labels is right now");
  assert(close(inLabels, inLogits.map((n) => -n)), "the gradient in the labels has changed");

  const [x, two] = [tf.tensor1d([5.5, -3.5]), tf.tensor1d([2, 2])];
  const [quotient, floored] = [slopes(tf.floorDiv, x, two), slopes((a, b) => a.div(b).floor(), x, two)];
  console.log("floorDiv:", show(quotient[0]), "and", show(quotient[1]), "differences", show(quotients(tf.floorDiv, x, two)));
  console.log("floor of div:", show(floored[0]), "and", show(floored[1]));
  assert(close(quotients(tf.floorDiv, x, two), [0, 0]) && floored.flat().every((n) => n === 0 || n === -0));
  assert(close(quotient[0], [0.5, 0.5]) && close(quotient[1], [-1.375, 0.875]), "the gradient of floorDiv has changed");
  console.log("TensorFlow.js", tf.version.tfjs);
})();
JS
node show.js
