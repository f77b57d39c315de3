// What a box says, now and during the pass: its lines, its state, and the room that they need. Colour and outline are
// not all: every one of them is said in words or numbers as well.

import {
  MINUS,
  groupOperations,
  groupTitle,
  madeOf,
  madeOfGroup,
  number,
  plural,
  shortened,
  span,
  thingsIn,
  withCommas,
  wordFor,
} from "./words.js";

export const FONT = { size: 12, line: 16 };
const LONGEST = 30; // characters of a name in a box
export const NAMED = {
  parameter: "parameter",
  input: "input",
  operation: "operation",
  output: "output",
  constant: "constant",
  scope: "folded scope",
  siblings: "several alike, folded",
  rest: "the rest of several, folded",
  part: "folded stretch of the computation",
  loop: "repeated step, folded",
  step: "a step of a loop, folded",
  steps: "steps of a loop, folded",
  chain: "folded sum or product",
};
// What an outline takes away beside the text, and above or below it.
const MORE_WIDTH = { input: 10, part: 10, step: 10, steps: 10, output: 6 };
const MORE_HEIGHT = { scope: 6, output: 6 };

// How wide a text is, in pixels.
export const textWidth = (() => {
  const canvas = document.createElement("canvas").getContext("2d");
  const widths = new Map();
  return (text, bold = false) => {
    const key = (bold ? "b" : "n") + text;
    if (!widths.has(key)) {
      canvas.font = `${bold ? "600 " : ""}${FONT.size}px "DejaVu Sans", system-ui, sans-serif`;
      widths.set(key, canvas.measureText(text).width);
    }
    return widths.get(key);
  };
})();

// What is written on an arrow: its local derivative, or how many it stands for; '' on that of a constant.
export function labelOf(model, arrow) {
  if (arrow.constant) return "";
  if (arrow.operands > 1) return plural(arrow.operands, "arrow");
  const local = model.local[arrow.slot];
  return Number.isNaN(local) ? "" : `\u00d7${number(local, 3)}`;
}

// The room that such a text takes.
export const labelWidth = text => (text ? textWidth(text) * 0.84 + 6 : 0);

function titleOf(model, box) {
  if (box.group >= 0) return shortened(groupTitle(model, box.group), LONGEST);
  const parts = [shortened(model.nameOf(box.node), LONGEST), shortened(madeOf(model, box.node), LONGEST)];
  return parts.filter(Boolean).join(" = ");
}

// What the numbers of some nodes have in common; `read` gives undefined where there is none yet.
function rangeOf(nodes, read) {
  const range = { low: NaN, high: NaN, known: 0, zeros: 0, nans: 0, infinities: 0, unknown: 0 };
  let low = Infinity;
  let high = -Infinity;
  for (const i of nodes) {
    const x = read(i);
    if (x === undefined) {
      range.unknown++;
      continue;
    }
    range.known++;
    if (Number.isNaN(x)) {
      range.nans++;
      continue;
    }
    if (x < low) low = x;
    if (x > high) high = x;
    if (x === 0) range.zeros++;
    else if (x === Infinity || x === -Infinity) range.infinities++;
  }
  if (range.known > range.nans) Object.assign(range, { low, high });
  return range;
}

export const gradRange = (model, pass, g) => rangeOf(model.groups.nodesOf(g), i => pass.grad(i));

export function dataRange(model, g) {
  let found = model.dataRanges.get(g);
  if (!found) {
    found = rangeOf(model.groups.nodesOf(g), i => model.data[i]);
    model.dataRanges.set(g, found);
  }
  return found;
}

export function spanOf(range) {
  if (range.known === 0) return "\u2013";
  return Number.isNaN(range.low) ? "nan" : span(range.low, range.high);
}

// What a box says now: its lines, and what its colour and border are to be.
export function faceOf(model, pass, box) {
  if (box.slots) return faceOfConstants(model, box.slots);
  return box.node >= 0 ? faceOfNode(model, pass, box) : faceOfGroup(model, pass, box);
}

function faceOfConstants(model, slots) {
  const lines = [spanOf(rangeOf(slots, model.constantAt))];
  if (slots.length > 1) lines.push(plural(slots.length, "constant"));
  return { lines, state: "done", low: NaN, high: NaN };
}

function faceOfNode(model, pass, box) {
  const i = box.node;
  const grad = pass.grad(i);
  const state = pass.state(i);
  const notes = state === "done" ? model.notes.get(i) || [] : [];
  return {
    lines: [titleOf(model, box), `data ${number(model.data[i])}`, gradLine(model, grad), ...notes],
    state,
    low: grad,
    high: grad,
    alarm: !Number.isFinite(model.data[i]) || (grad !== undefined && !Number.isFinite(grad)),
    badge: state === "adding" ? `${pass.received[i]} of ${pass.steps.count[i]}` : "",
  };
}

const gradLine = (model, grad) => `grad ${number(grad)}${wordFor(model, grad)}`;

function faceOfGroup(model, pass, box) {
  const g = box.group;
  if (model.groups.kind[g] === "chain") {
    return faceOfNode(model, pass, Object.assign({}, box, { node: model.groups.itemsOf(g).at(-1) }));
  }
  const grads = gradRange(model, pass, g);
  const data = dataRange(model, g);
  const size = model.groups.to[g] - model.groups.from[g];
  const largest = grads.nans === grads.known ? NaN : Math.max(Math.abs(grads.low), Math.abs(grads.high));
  const word = grads.known ? wordFor(model, largest) : "";
  const kind = model.groups.kind[g];
  const countSaysMore = ["scope", "part", "loop", "step", "steps"].includes(kind) || size !== thingsIn(model, g);
  const rules = model.groups.rules.get(g) || [];
  const alike = kind === "siblings" || kind === "rest";
  const made = alike ? madeOfGroup(model, g) : groupOperations(model, g);
  const said = rules.length || (alike && groupTitle(model, g).includes(made)); // by the lines, or by the title
  const contents = [countSaysMore ? plural(size, "value") : "", said ? "" : made];
  const lines = [
    titleOf(model, box),
    ...rules,
    contents.filter(Boolean).join(": "),
    `data ${spanOf(data)}`,
    `grad ${spanOf(grads)}${word}`,
    exceptions(grads, size),
  ];
  return {
    lines: lines.filter(Boolean),
    state: stateOfGroup(model, pass, g, grads.unknown),
    low: grads.low,
    high: grads.high,
    alarm: grads.nans + grads.infinities + data.nans + data.infinities > 0,
    badge: "",
  };
}

function stateOfGroup(model, pass, g, unknown) {
  const nodes = model.groups.nodesOf(g);
  if (unknown === nodes.length) return "waiting";
  if (unknown) return "adding";
  return nodes.every(i => pass.state(i) === "done") ? "done" : "adding";
}

// What is remarkable in a range, in words: '3 of 8 reached, 1 nan, 2 zero'.
export function exceptions(range, size) {
  if (!range.known) return "";
  const found = [];
  if (range.unknown) found.push(`${withCommas(range.known)} of ${withCommas(size)} reached`);
  if (range.nans) found.push(`${withCommas(range.nans)} nan`);
  if (range.infinities) found.push(`${withCommas(range.infinities)} inf`);
  if (range.zeros) found.push(`${withCommas(range.zeros)} zero`);
  return found.join(", ");
}

// What the gradient of a node is in the course of the pass; of a node with very many users, at the beginning and the
// end.
function gradsOf(pass, i) {
  const { steps } = pass;
  const found = [pass.seed];
  if (steps.first[i] >= 0) found.push(steps.upstream[steps.first[i]]);
  for (let k = steps.lastIn[i], n = 0; k >= 0 && n < 100; k = steps.before[k], n++) found.push(steps.total[k]);
  return found;
}

// Room for whatever a box may say during the pass, so that a step moves nothing.
export function sizeOf(model, pass, box, face) {
  const [title, ...others] = face.lines;
  const widths = others.map(line => textWidth(line));
  if (box.slots) {
    const widest = Math.max(textWidth(title), ...widths);
    return { width: Math.ceil(widest) + 12, height: 8 + FONT.line * face.lines.length };
  }
  const notes = model.notes.get(box.node) || [];
  let rows = 3 + notes.length;
  for (const line of notes) widths.push(textWidth(line));
  widths.push(textWidth(title, true));
  if (box.node >= 0) {
    for (const grad of gradsOf(pass, box.node)) widths.push(textWidth(gradLine(model, grad)));
  } else {
    const size = withCommas(model.groups.to[box.group] - model.groups.from[box.group]);
    rows = face.lines.findIndex(line => line.startsWith("data")) + 3;
    widths.push(textWidth(`grad ${MINUS}0.0123 \u2026 ${MINUS}0.0123`), textWidth(`${size} of ${size} reached`));
  }
  const width = Math.ceil(Math.max(...widths)) + 18 + (MORE_WIDTH[box.kind] || 0);
  return { width, height: FONT.line * rows + 14 + (MORE_HEIGHT[box.kind] || 0) };
}
