// What is to be seen when some groups are open: boxes, arrows and frames, in the words of viz/graphs/view.py. An arrow between two
// nodes is one operand; where a folded group is at one of its ends, all operands between the two are one arrow.

// A constant is worth a box; a bias that is not there is the constant 0.
function constantSlots(m, i) {
  const found = [];
  for (let s = m.start[i]; s < m.start[i + 1]; s++) {
    const o = m.operands[s];
    if (o >= 0) continue;
    if (m.constants[-1 - o] || m.operationOf(i) !== 'dot' || s < m.start[i + 1] - 1) found.push(s);
  }
  return found.length <= m.limits.constants ? found.map(s => [s]) : [found];
}

// The items of a group as they are laid out: the boxes of constants come before the node that uses them.
function itemsOf(m, g) {
  const found = [];
  for (const item of m.groups.itemsOf(g)) {
    if (item >= 0) for (const slots of constantSlots(m, item)) found.push({ id: `c${item}_${slots[0] - m.start[item]}`, slots, user: item });
    found.push(item >= 0 ? { id: `n${item}`, node: item } : { id: `g${-1 - item}`, group: -1 - item });
  }
  return found;
}

const countItems = (m, g) => {
  let n = 0;
  for (const item of m.groups.itemsOf(g)) n += item >= 0 ? 1 + constantSlots(m, item).length : 1;
  return n;
};

function cutOf(m, opened, itemsIn) {
  const boxes = [], frames = [], boxOf = new Int32Array(m.size).fill(-1);
  const stack = [[0, 0]]; // open groups, and how many of their items have been seen
  while (stack.length) {
    const top = stack[stack.length - 1], [g, k] = top, items = itemsIn(g);
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
    if (item.node !== undefined) boxOf[item.node] = boxes.length;
    else if (item.group !== undefined) for (const i of m.groups.nodesOf(item.group)) boxOf[i] = boxes.length;
    boxes.push(boxFor(m, item, g));
  }
  return { boxes, frames, arrows: arrowsOf(m, boxes, boxOf), boxOf };
}

function boxFor(m, item, inside) {
  const box = { id: item.id, inside, node: -1, group: -1 };
  if (item.slots) return Object.assign(box, { kind: 'constant', slots: item.slots, user: item.user });
  if (item.node !== undefined) return Object.assign(box, { kind: m.kindOf(item.node), node: item.node });
  return Object.assign(box, { kind: m.groups.kind[item.group], group: item.group });
}

function arrowsOf(m, boxes, boxOf) {
  const arrows = [], together = new Map();
  boxes.forEach((box, place) => {
    if (box.slots) arrows.push({ id: box.id, tail: place, head: boxOf[box.user], slot: box.slots.length > 1 ? -1 : box.slots[0], slots: box.slots, operands: box.slots.length, constant: true });
  });
  for (let i = 0; i < m.size; i++) {
    const head = boxOf[i], single = boxes[head].node >= 0;
    let before = -1, entry = null;
    for (let s = m.start[i]; s < m.start[i + 1]; s++) {
      const p = m.operands[s];
      if (p < 0 || boxOf[p] === head) continue;
      const tail = boxOf[p];
      if (single && boxes[tail].node >= 0) {
        arrows.push({ id: `s${s}`, tail, head, slot: s, operands: 1 });
        continue;
      }
      if (tail !== before) {
        before = tail;
        const key = tail * boxes.length + head;
        entry = together.get(key);
        if (!entry) {
          entry = { id: `${boxes[tail].id}-${boxes[head].id}`, tail, head, slot: s, operands: 0 };
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

// The groups around a node or a group, from the outside in, itself not included; the whole graph (0) is always open.
function around(m, g) {
  const found = [];
  for (; g > 0; g = m.groups.parent[g]) found.unshift(g);
  return found;
}

// What the numbers of some nodes have in common; `read` gives undefined where there is none yet.
function rangeOf(nodes, read) {
  const r = { low: NaN, high: NaN, known: 0, zeros: 0, nans: 0, infinities: 0, unknown: 0 };
  let low = Infinity, high = -Infinity;
  for (const i of nodes) {
    const x = read(i);
    if (x === undefined) {
      r.unknown++;
      continue;
    }
    r.known++;
    if (x !== x) {
      r.nans++;
      continue;
    }
    if (x < low) low = x;
    if (x > high) high = x;
    if (x === 0) r.zeros++;
    else if (x === Infinity || x === -Infinity) r.infinities++;
  }
  if (r.known > r.nans) Object.assign(r, { low, high });
  return r;
}
