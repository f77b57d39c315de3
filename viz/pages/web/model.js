// The recording as typed columns: nodes, operands, groups. Nothing here is an object per node, so that a graph of a
// hundred thousand values opens at once. A "slot" is the place of an operand: the operands of node i are the slots
// start[i] up to start[i+1]; an operand is the id of a node, or -1 - k for constants[k].
//
// In a group's list of items a node is its id, and a group inside of it is -1 - its number.

import { readScripts } from "./typeset.js";

const KINDS = ["parameter", "input", "operation", "output"];

function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

const doubles = text => new Float64Array(bytesOf(text).buffer);
const integers = text => new Int32Array(bytesOf(text).buffer);

// The number of the group that an item (a negative number) stands for.
export const groupIn = item => -1 - item;

export function readModel(content) {
  const c = content.columns;
  const model = {};
  readNumbers(model, content);
  for (const name of ["start", "operands", "kind", "operation", "scope", "source", "rule"]) {
    model[name] = integers(c[name]);
  }
  for (const name of ["labels", "names", "shared", "operations", "scopes", "sources", "rules", "limits", "opened"]) {
    model[name] = content[name];
  }
  readScripts(content.scripted);
  model.size = model.data.length;
  model.head = new Int32Array(model.operands.length); // the node that a slot belongs to
  for (let i = 0; i < model.size; i++) model.head.fill(i, model.start[i], model.start[i + 1]);
  model.isLeaf = i => model.start[i] === model.start[i + 1];
  model.kindOf = i => KINDS[model.kind[i]];
  // A name that several have is told apart by the number, as in viz/names.py.
  const shared = new Set(model.shared);
  model.nameOf = i => {
    const label = model.labels[i] || `v${i}`;
    return `${model.names[i] || label}${shared.has(label) ? `@v${i}` : ""}`;
  };
  model.constantAt = slot => model.constants[-1 - model.operands[slot]];
  model.operationOf = i => model.operations[model.operation[i]];
  for (const name of ["step", "findings", "hosted", "title", "theme", "selected"]) model[name] = content[name];
  model.twin = content.twin && integers(content.twin); // per number of steps of the page beside, that of this one
  readUsers(model);
  readGroups(model, content.groups);
  return model;
}

// What passes of one shape differ in: the numbers of another may come later.
export function readNumbers(model, { columns, passes, notes }) {
  for (const name of ["data", "constants", "local"]) model[name] = doubles(columns[name]);
  model.passes = passes.map(readPass);
  model.notes = new Map(notes); // per node, lines about a .grad that is not what the pass has made of it
  model.dataRanges = new Map(); // per group, as far as they have been asked for
}

// A pass: its root, the root's own gradient, the gradients after it, and the columns that do not follow from others.
function readPass(columns) {
  const pass = { root: columns.root, seed: doubles(columns.seed)[0], grad: doubles(columns.grad) };
  pass.order = columns.order && integers(columns.order);
  for (const name of ["upstream", "contribution", "total"]) pass[name] = columns[name] && doubles(columns[name]);
  return pass;
}

// Who uses a node: the slots that hold it, userSlots[userStart[i]] up to userStart[i+1], in the order of the
// computation.
function readUsers(model) {
  const count = new Int32Array(model.size + 1);
  for (const o of model.operands) if (o >= 0) count[o + 1]++;
  for (let i = 0; i < model.size; i++) count[i + 1] += count[i];
  model.userStart = count;
  const next = count.slice(0, model.size);
  model.userSlots = new Int32Array(count[model.size]);
  for (let s = 0; s < model.operands.length; s++) {
    const o = model.operands[s];
    if (o >= 0) model.userSlots[next[o]++] = s;
  }
}

// Groups are numbered with parents first. Nodes are put in an order in which every group is one stretch, from[g] up to
// to[g].
function readGroups(model, groups) {
  const start = integers(groups.start);
  const items = integers(groups.items);
  const n = groups.kind.length;
  model.groups = { count: n, kind: groups.kind, name: groups.name, parent: groups.parent };
  model.groups.rules = new Map(groups.rules); // per loop, what a step does
  model.groups.made = new Map(groups.made); // per group of alike operations without a name, how they were made
  model.groups.itemsOf = g => items.subarray(start[g], start[g + 1]);
  model.groupOf = new Int32Array(model.size).fill(-1);
  model.byGroup = new Int32Array(model.size);
  model.placeByGroup = new Int32Array(model.size).fill(-1);
  model.groups.from = new Int32Array(n);
  model.groups.to = new Int32Array(n);
  let at = 0;
  const stack = [[0, 0]];
  while (stack.length) {
    const top = stack[stack.length - 1];
    const [g, k] = top;
    if (k === 0) model.groups.from[g] = at;
    if (start[g] + k === start[g + 1]) {
      model.groups.to[g] = at;
      stack.pop();
      continue;
    }
    top[1]++;
    const item = items[start[g] + k];
    if (item < 0) {
      stack.push([groupIn(item), 0]);
    } else {
      model.groupOf[item] = g;
      model.placeByGroup[item] = at;
      model.byGroup[at++] = item;
    }
  }
  model.groups.nodesOf = g => model.byGroup.subarray(model.groups.from[g], model.groups.to[g]);
}
