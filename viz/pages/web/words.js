// Numbers, names and words: the same as in pictures (viz/style.py, viz/graphs/dot.py).

import { groupIn } from "./model.js";

export const MINUS = "\u2212";
const WHOLE = 1e6; // a whole number below it is written as it is

// A few significant digits, a true minus sign, no pointless zeros.
export function number(x, digits = 4) {
  if (x === undefined) return "\u2013";
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : MINUS + "inf";
  if (x === 0) return Object.is(x, -0) ? MINUS + "0" : "0";
  if (Number.isInteger(x) && Math.abs(x) < WHOLE) return String(x).replace("-", MINUS);
  const [mantissa, power] = x.toExponential(digits - 1).split("e");
  const exponent = Number(power);
  if (digits === 3 && exponent === 3) return number(x, 4); // 1872, as the box beside it says, and not 1.87e3
  const scientific = exponent < -4 || exponent >= digits;
  const decimals = Math.max(0, digits - 1 - exponent);
  const text = scientific ? `${trimmed(mantissa)}e${exponent}` : trimmed(x.toFixed(decimals));
  return text.replaceAll("-", MINUS);
}

const trimmed = text => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

// All digits, as the program has them.
export function exactly(x) {
  if (x === undefined) return "not reached yet";
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : MINUS + "inf";
  return (Object.is(x, -0) ? "-0" : String(x)).replaceAll("-", MINUS).replace("e+", "e");
}

const COMMAS = new Intl.NumberFormat("en-US"); // toLocaleString would make one each time

export const withCommas = n => COMMAS.format(n);
export const plural = (n, one, more = one + "s") => `${withCommas(n)} ${n === 1 ? one : more}`;

// A text of no more than so many characters, an ellipsis included.
export function shortened(text, most) {
  const characters = Array.from(text);
  return characters.length <= most ? text : characters.slice(0, most - 1).join("") + "\u2026";
}

// What is remarkable about a gradient, '' if nothing is.
export function wordFor(model, x) {
  if (x === undefined) return "";
  const size = Math.abs(x);
  if (!Number.isFinite(size)) return " !";
  if (size > 0 && size < model.limits.vanishing) return " vanishing";
  return size > model.limits.exploding ? " exploding" : "";
}

// What stands on the box of a value that a finding is about, and before the finding in the list.
export const markOf = n => `!${n + 1}`;

export function span(low, high) {
  const a = number(low, 3);
  const b = number(high, 3);
  return a === b ? a : `${a} \u2026 ${b}`;
}

// A template of a formula with names put in, in brackets where they would be read as something else: (−2) ** x.
function fillIn(model, template, i, nameOf = model.nameOf) {
  return template.replace(/(\(|= |, )?\{(\w+)\}( \*\*)?/g, (whole, before = "", key, power = "", at) => {
    const slot = model.start[i] + Number(key);
    const operand = key === "out" ? i : model.operands[slot];
    if (operand === undefined) return whole;
    const name = operand >= 0 ? nameOf(operand) : number(model.constantAt(slot));
    const apart = (before || at === 0) && !power;
    return `${before}${name[0] === MINUS && !apart ? `(${name})` : name}${power}`;
  });
}

// What a node was computed by, 'x × y'.
export const formulaOf = (model, i) => fillIn(model, model.rules[model.rule[i]].formula, i);

// What the title of a node says of its making: its operands in their order, 'x − y', where they may not change places,
// or else its operation.
export function madeOf(model, i) {
  const rule = model.rules[model.rule[i]];
  if (!rule.ordered && !(rule.sum && beginsWithZero(model, i))) return model.operationOf(i);
  return fillIn(model, rule.formula, i, operand => inTitle(model.nameOf(operand)));
}

// Whether an operation has the constant 0 among its operands.
function beginsWithZero(model, i) {
  for (let s = model.start[i]; s < model.start[i + 1]; s++) {
    if (model.operands[s] < 0 && !model.constantAt(s)) return true;
  }
  return false;
}

const SHORT = 16; // characters of an operand in a title, as in viz/graphs/rules.py
const WORD = /[\p{L}\p{N}]/u;

// A name without its middle, cut between words where it has some; as `shortened` in viz/style.py.
function inTitle(name) {
  const letters = Array.from(name);
  const size = letters.length;
  if (size <= SHORT) return name;
  const ends = [...letters.keys()].filter(n => n > 0 && isBetweenWords(letters[n - 1], letters[n]));
  let best = null;
  for (const a of ends) {
    for (const b of ends) {
      const kept = a + size - b;
      if (a < b && kept < SHORT && (!best || kept > best.kept || (kept === best.kept && a >= best.a))) {
        best = { a, b, kept };
      }
    }
  }
  const { a, b } = best || { a: Math.floor((SHORT * 2) / 3) - 1, b: size - Math.floor(SHORT / 3) };
  const written = (from, to) => letters.slice(from, to).join("");
  return `${written(0, a).replace(/[ _]+$/, "")}\u2026${written(b).replace(/^[ _]+/, "")}`;
}

function isBetweenWords(before, after) {
  return !(WORD.test(before) && WORD.test(after)) || (/\p{Ll}/u.test(before) && /\p{Lu}/u.test(after));
}

// The rule by which a slot's node passes its gradient on, 'd(x * y)/dx = y'.
export function ruleOf(model, slot) {
  const i = model.head[slot];
  let position = 0;
  for (let s = model.start[i]; s < slot; s++) position += model.operands[s] >= 0;
  return fillIn(model, model.rules[model.rule[i]].rules[position], i);
}

// What a group is called: a scope by its name, others by the first and the last in them.
function groupName(model, g) {
  const kind = model.groups.kind[g];
  if (kind === "scope") return model.groups.name[g];
  if (kind === "loop") return "step";
  if (kind === "steps") return model.groups.name[g];
  if (kind === "step") return model.groups.name[g].replace("step", "step ");
  if (kind === "graph") return "the whole graph";
  const items = model.groups.itemsOf(g);
  if (kind === "part" || !items.length) return "";
  if (kind === "chain") return model.labels[items.at(-1)] ? model.nameOf(items.at(-1)) : "";
  const nameOf = item => {
    if (item < 0) return groupName(model, groupIn(item));
    return model.labels[item] ? model.nameOf(item) : "";
  };
  const end = lastItem(model, items);
  const last = nameOf(end);
  // Of one name for all: without the numbers that tell them apart.
  if (items[0] >= 0 && model.labels[items[0]] === model.labels[end]) return last.replace(/@v\d+$/, "");
  const first = nameOf(items[0]);
  if (first === last) return first;
  return first && last ? `${first} \u2026 ${last}` : first || last;
}

// The items of the 'rest' that ends a group of siblings; undefined if none does.
function restOf(model, items) {
  const end = items[items.length - 1];
  if (end >= 0 || model.groups.kind[groupIn(end)] !== "rest") return undefined;
  return model.groups.itemsOf(groupIn(end));
}

const lastItem = (model, items) => (restOf(model, items) || items).at(-1);

// How many siblings a group has, those in its 'rest' included.
export function thingsIn(model, g) {
  const items = model.groups.itemsOf(g);
  const divided = items.length && items[0] < 0 && model.groups.kind[groupIn(items[0])] === "steps";
  if (divided) return items.reduce((sum, item) => sum + thingsIn(model, groupIn(item)), 0);
  const rest = restOf(model, items);
  return items.length + (rest ? rest.length - 1 : 0);
}

// A folded chain of one operation, with the number of its operands and its constants; a sum in Python begins with a 0.
function chainTitle(model, g) {
  const items = model.groups.itemsOf(g);
  const inside = new Set(items);
  const constants = [];
  let terms = 0;
  for (const i of items) {
    for (let s = model.start[i]; s < model.start[i + 1]; s++) {
      const p = model.operands[s];
      if (p >= 0) terms += !inside.has(p);
      else if (model.constantAt(s) !== 0) constants.push(model.constantAt(s));
    }
  }
  const op = model.operationOf(items.at(-1));
  const written = constants.map(c => (c >= 0 ? number(c) : `(${number(c)})`));
  const beside = written.length <= model.limits.constants ? written : [`${withCommas(written.length)} constants`];
  const title = `${op === "+" ? "sum" : "product"} (\u00d7${withCommas(terms)})`;
  return [title, ...beside].join(` ${op} `);
}

export function groupTitle(model, g) {
  const kind = model.groups.kind[g];
  const name = groupName(model, g);
  const n = withCommas(thingsIn(model, g));
  if (kind === "loop") return `${name} (\u00d7${n})`;
  if (kind === "siblings") return `${name || madeOfGroup(model, g) || "alike"} (\u00d7${n})`;
  if (kind === "rest") return [`${n} more`, name || madeOfGroup(model, g)].filter(Boolean).join(": ");
  if (kind === "part") return "a stretch";
  if (kind === "chain") return `${model.nameOf(model.groups.itemsOf(g).at(-1))} = ${chainTitle(model, g)}`;
  return name;
}

// The most frequent operations in a group: '8 dot, 8 ReLU'.
const operationsCache = new Map();

// What made the values of a group: an operation with its operands, as far as they have something in common.
export function madeOfGroup(model, g) {
  const operations = new Set(Array.from(model.groups.nodesOf(g), i => model.operation[i]));
  const [only] = operations;
  return model.groups.made.get(g) || (operations.size > 1 ? groupOperations(model, g) : model.operations[only]);
}

export function groupOperations(model, g) {
  if (!operationsCache.has(g)) {
    const count = new Map();
    for (const i of model.groups.nodesOf(g)) {
      const op = model.operationOf(i);
      if (op) count.set(op, (count.get(op) || 0) + 1);
    }
    const top = [...count].sort((a, b) => b[1] - a[1]);
    const words = top.slice(0, 3).map(([op, n]) => (n > 1 ? `${withCommas(n)} ` : "") + shortened(op, 12));
    const text = words.join(", ");
    operationsCache.set(g, text + (top.length > 3 ? ", \u2026" : ""));
  }
  return operationsCache.get(g);
}
