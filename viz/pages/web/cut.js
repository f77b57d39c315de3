// What is to be seen when some groups are open: boxes, arrows and frames, in the words of viz/graphs/view.py. An arrow
// between two nodes is one operand; where a folded group is at one of its ends, all operands between the two are one
// arrow, whose slot is -1; `first` is the slot of the first.

import { groupIn } from "./model.js";

// A constant is worth a box, but not a bias that is not there, nor the 0 that a sum in Python begins with.
function constantSlots(model, i) {
  const found = [];
  for (let s = model.start[i]; s < model.start[i + 1]; s++) {
    if (model.operands[s] >= 0) continue;
    const { sum, weighted } = model.rules[model.rule[i]];
    const isBias = weighted && s === model.start[i + 1] - 1;
    if (model.constantAt(s) || !(sum || isBias)) found.push(s);
  }
  return found.length <= model.limits.constants ? found.map(s => [s]) : [found];
}

// The items of a group as they are laid out: the boxes of constants come before the node that uses them.
export function itemsOf(model, g) {
  const found = [];
  for (const item of model.groups.itemsOf(g)) {
    if (item >= 0) {
      for (const slots of constantSlots(model, item)) {
        found.push({ id: `c${item}_${slots[0] - model.start[item]}`, slots, user: item });
      }
    }
    if (item >= 0) found.push({ id: `n${item}`, node: item });
    else found.push({ id: `g${groupIn(item)}`, group: groupIn(item) });
  }
  return found;
}

// Boxes in the order of the computation; `itemsIn(g)` gives the items of a group.
export function cutOf(model, opened, itemsIn) {
  const boxes = [];
  const frames = [];
  const boxOf = new Int32Array(model.size).fill(-1);
  const stack = [[0, 0]]; // open groups, and how many of their items have been seen
  while (stack.length) {
    const top = stack[stack.length - 1];
    const [g, k] = top;
    const items = itemsIn(g);
    if (k === items.length) {
      stack.pop();
      continue;
    }
    top[1]++;
    const item = items[k];
    if (item.group !== undefined && opened.has(item.group)) {
      frames.push({ id: item.id, group: item.group, inside: g, depth: stack.length });
      stack.push([item.group, 0]);
      continue;
    }
    if (item.node !== undefined) {
      boxOf[item.node] = boxes.length;
    } else if (item.group !== undefined) {
      for (const i of model.groups.nodesOf(item.group)) boxOf[i] = boxes.length;
    }
    boxes.push(boxFor(model, item, g));
  }
  return { boxes, frames, arrows: arrowsOf(model, boxes, boxOf), boxOf };
}

function boxFor(model, item, inside) {
  const box = { id: item.id, inside, node: -1, group: -1 };
  if (item.slots) return Object.assign(box, { kind: "constant", slots: item.slots, user: item.user });
  if (item.node !== undefined) return Object.assign(box, { kind: model.kindOf(item.node), node: item.node });
  return Object.assign(box, { kind: model.groups.kind[item.group], group: item.group });
}

function arrowsOfConstants(boxes, boxOf) {
  const arrows = [];
  boxes.forEach((box, tail) => {
    if (!box.slots) return;
    const operands = box.slots.length;
    const slot = operands > 1 ? -1 : box.slots[0];
    arrows.push({ id: box.id, tail, head: boxOf[box.user], slot, first: box.slots[0], operands, constant: true });
  });
  return arrows;
}

function arrowsOf(model, boxes, boxOf) {
  const arrows = arrowsOfConstants(boxes, boxOf);
  const together = new Map();
  for (let i = 0; i < model.size; i++) {
    const head = boxOf[i];
    const single = boxes[head].node >= 0;
    let before = -1;
    let entry = null;
    for (let s = model.start[i]; s < model.start[i + 1]; s++) {
      const p = model.operands[s];
      if (p < 0 || boxOf[p] === head) continue;
      const tail = boxOf[p];
      if (single && boxes[tail].node >= 0) {
        arrows.push({ id: `s${s}`, tail, head, slot: s, first: s, operands: 1 });
        continue;
      }
      if (tail !== before) {
        before = tail;
        const key = tail * boxes.length + head;
        entry = together.get(key);
        if (!entry) {
          entry = { id: `${boxes[tail].id}-${boxes[head].id}`, tail, head, slot: s, first: s, operands: 0 };
          together.set(key, entry);
          arrows.push(entry);
        }
      }
      entry.operands++;
    }
  }
  for (const arrow of together.values()) if (arrow.operands > 1) arrow.slot = -1;
  return arrows;
}

// A group and the groups around it, from the outside in; the whole graph (0), which is always open, is not among them.
export function around(model, g) {
  const found = [];
  for (; g > 0; g = model.groups.parent[g]) found.unshift(g);
  return found;
}
