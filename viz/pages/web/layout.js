// Where everything stands. Open groups are laid out from the inside out: what is inside one is placed first, and the group is
// then a single box, with a border and a heading, of what it lies in. Places of a column keep their order (structure.js) and
// move towards the middle of their neighbours: the least squares solution under that order, by pooling adjacent violators.

const GAP = 14; // between boxes of a column
const LANE = 9; // the height of a place of an arrow
const BORDER = { side: 14, top: 28, bottom: 12 };
const ROUNDS = 6;

// `sizeOf(id)` gives the width and height of a box, `structureIn(g)` the structure of a group.
function layoutOf(m, cut, opened, structureIn, sizeOf) {
  const inside = new Map(); // per open group: its size, and the places of its items
  const open = [0, ...cut.frames.map(frame => frame.group)].sort((a, b) => b - a); // what lies inside has a larger number
  for (const g of open) inside.set(g, placeItems(structureIn(g), item => {
    const inner = item.group !== undefined && inside.get(item.group);
    if (!inner) {
      const { width, height } = sizeOf(item.id);
      return { width, height, entry: height / 2, exit: height / 2, margin: item.slots ? 4 : GAP };
    }
    return { width: inner.width, height: inner.height, entry: inner.entry, exit: inner.exit, margin: GAP + 6 };
  }, g > 0));
  return absolute(m, cut, inside, structureIn);
}

function placeItems(structure, measure, framed) {
  const { columns, links, items } = structure;
  const sizes = items.map(measure);
  const height = p => (p.dummy ? LANE : sizes[p.item].height);
  const entry = p => (p.dummy ? LANE / 2 : sizes[p.item].entry), exit = p => (p.dummy ? LANE / 2 : sizes[p.item].exit);
  const margin = (a, b) => (a.dummy && b.dummy ? 2 : Math.max(a.dummy ? 4 : sizes[a.item].margin, b.dummy ? 4 : sizes[b.item].margin));
  const top = new Map();
  for (const column of columns) {
    let y = 0;
    column.forEach((p, i) => {
      if (i) y += margin(column[i - 1], p);
      top.set(p, y);
      y += height(p);
    });
    for (const p of column) top.set(p, top.get(p) - y / 2);
  }
  const pulls = new Map(columns.flat().map(p => [p, { before: [], after: [] }]));
  for (const some of links) for (const [a, b] of some) {
    pulls.get(b).before.push(a);
    pulls.get(a).after.push(b);
  }
  for (let round = 0; round < ROUNDS; round++) {
    const forward = round % 2 === 1, last = round === ROUNDS - 1;
    for (const column of forward ? columns : [...columns].reverse()) {
      const wanted = column.map(p => {
        const { before, after } = pulls.get(p), near = [];
        if (forward || last || !after.length) for (const q of before) near.push(top.get(q) + exit(q) - entry(p));
        if (!forward || last || !before.length) for (const q of after) near.push(top.get(q) + entry(q) - exit(p));
        return near.length ? median(near) : top.get(p);
      });
      settle(column, wanted, height, margin).forEach((y, i) => top.set(column[i], y));
    }
  }
  return finished(structure, sizes, top, { height, entry, exit }, framed);
}

function median(numbers) {
  numbers.sort((a, b) => a - b);
  const half = numbers.length >> 1;
  return numbers.length % 2 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
}

// Positions as near as possible to the wanted ones, in the order of the column and without overlap.
function settle(column, wanted, height, margin) {
  const offset = [0];
  for (let i = 1; i < column.length; i++) offset.push(offset[i - 1] + height(column[i - 1]) + margin(column[i - 1], column[i]));
  const blocks = []; // [mean, weight, how many]
  column.forEach((p, i) => {
    let block = [wanted[i] - offset[i], p.dummy ? 2 : 1, 1];
    while (blocks.length && blocks[blocks.length - 1][0] >= block[0]) {
      const [mean, weight, n] = blocks.pop();
      block = [(mean * weight + block[0] * block[1]) / (weight + block[1]), weight + block[1], n + block[2]];
    }
    blocks.push(block);
  });
  return blocks.flatMap(([mean, , n]) => new Array(n).fill(mean)).map((y, i) => y + offset[i]);
}

// Columns side by side, everything moved so that it begins at (0, 0) or inside the border.
function finished(structure, sizes, top, at, framed) {
  const { columns, links, items, places, into, out } = structure;
  const border = framed ? BORDER : { side: 0, top: 0, bottom: 0 };
  let low = Infinity, high = -Infinity;
  for (const column of columns) for (const p of column) {
    low = Math.min(low, top.get(p));
    high = Math.max(high, top.get(p) + at.height(p));
  }
  const shift = border.top - low;
  const left = [], right = [];
  let x = border.side;
  columns.forEach((column, c) => {
    const width = column.reduce((most, p) => (p.dummy ? most : Math.max(most, sizes[p.item].width)), 0);
    left.push(x);
    right.push(x + width);
    x += width;
    if (c < columns.length - 1) x += gapAfter(links[c], column, top);
  });
  const port = (p, read) => top.get(p) + read(p) + shift;
  const boxes = items.map((_, k) => {
    const { width, height } = sizes[k], c = places[k].column;
    return { x: (left[c] + right[c] - width) / 2, y: top.get(places[k]) + shift, width, height };
  });
  const middle = (rows, read) => {
    const found = rows.filter(row => row.length).map(row => read(row));
    return found.length ? found.reduce((a, b) => a + b) / found.length : (high - low) / 2 + border.top;
  };
  return {
    boxes, left, right, top: p => top.get(p) + shift, middle: p => top.get(p) + shift + LANE / 2,
    width: x + border.side, height: high - low + border.top + border.bottom,
    entry: middle(into, row => port(row[0], at.entry)), exit: middle(out, row => port(row[row.length - 1], at.exit)),
  };
}

// Room for the arrows between two columns: more where they are many or steep.
function gapAfter(links, column, top) {
  const steep = links.reduce((most, [a, b]) => Math.max(most, Math.abs(top.get(a) - top.get(b))), 0);
  return 36 + Math.min(60, steep * 0.1) + Math.min(36, links.length);
}

// From positions inside their groups to positions on the page, and the way of every arrow.
function absolute(m, cut, inside, structureIn) {
  const origin = new Map([[0, { x: 0, y: 0 }]]), boxes = new Map(), frames = new Map();
  for (const frame of cut.frames) { // from the outside in
    const outer = inside.get(frame.inside), from = origin.get(frame.inside);
    const place = outer.boxes[structureIn(frame.inside).index.get(frame.id)];
    origin.set(frame.group, { x: from.x + place.x, y: from.y + place.y });
    frames.set(frame.id, { x: from.x + place.x, y: from.y + place.y, width: place.width, height: place.height });
  }
  for (const box of cut.boxes) {
    const place = inside.get(box.inside).boxes[structureIn(box.inside).index.get(box.id)], from = origin.get(box.inside);
    boxes.set(box.id, { x: from.x + place.x, y: from.y + place.y, width: place.width, height: place.height });
  }
  const whole = inside.get(0);
  const ways = new Map(), parallel = new Map();
  for (const arrow of cut.arrows) {
    const key = `${arrow.tail}>${arrow.head}`;
    const nth = parallel.get(key) || 0;
    parallel.set(key, nth + 1);
    ways.set(arrow.id, wayOf(m, cut, arrow, { inside, origin, boxes, structureIn }, nth));
  }
  return { boxes, frames, ways, width: whole.width, height: whole.height };
}

// The points an arrow goes through: pairs (left, right) between which it is level.
function wayOf(m, cut, arrow, at, nth) {
  const tail = cut.boxes[arrow.tail], head = cut.boxes[arrow.head];
  const out = chain(m, tail), into = chain(m, head); // [group, id of the item in it], from the inside out
  let a = out.length - 1, b = into.length - 1;
  while (a > 0 && b > 0 && out[a].id === into[b].id) {
    a--;
    b--;
  } // out[a].group === into[b].group is the innermost group that holds both
  const stops = [];
  const start = at.boxes.get(tail.id), end = at.boxes.get(head.id);
  const bow = nth ? (nth % 2 ? 1 : -1) * 8 * Math.ceil(nth / 2) : 0;
  stops.push({ left: start.x + start.width, right: start.x + start.width, y: start.y + start.height / 2 + bow });
  const pass = (g, row, from, to) => {
    const inner = at.inside.get(g), o = at.origin.get(g);
    for (let c = from; c < to; c++) {
      const p = row[c];
      if (p.dummy) stops.push({ left: o.x + inner.left[p.column], right: o.x + inner.right[p.column], y: o.y + inner.middle(p) });
    }
  };
  const edge = (g, k, side) => {
    const structure = at.structureIn(g), inner = at.inside.get(g), o = at.origin.get(g), c = structure.rank[k];
    const x = o.x + (side < 0 ? inner.left[c] : inner.right[c]);
    return x;
  };
  const level = (x, y) => stops.push({ left: x, right: x, y });
  for (let n = 0; n < a; n++) { // out of the groups that do not hold the head
    const { group, id } = out[n], structure = at.structureIn(group), k = structure.index.get(id);
    level(edge(group, k, 1), stops[stops.length - 1].y);
    pass(group, structure.out[k], 1, structure.out[k].length);
    const frame = at.origin.get(group);
    level(frame.x + at.inside.get(group).width, stops[stops.length - 1].y);
  }
  const { group } = out[a], structure = at.structureIn(group);
  const k = structure.index.get(out[a].id), j = structure.index.get(into[b].id);
  level(edge(group, k, 1), stops[stops.length - 1].y);
  pass(group, structure.way[k], 1, structure.rank[j] - structure.rank[k]);
  // Into the groups that hold the head: the heights are those of the rows there, known from the inside.
  const arrival = [];
  let y = end.y + end.height / 2 + bow;
  for (let n = 0; n < b; n++) {
    const inner = into[n], inStructure = at.structureIn(inner.group), i = inStructure.index.get(inner.id);
    const placed = at.inside.get(inner.group), o = at.origin.get(inner.group), row = inStructure.into[i];
    arrival.push({ left: edge(inner.group, i, -1), right: edge(inner.group, i, -1), y });
    for (let c = row.length - 1; c >= 0; c--) {
      if (!row[c].dummy) continue;
      y = o.y + placed.middle(row[c]);
      arrival.push({ left: o.x + placed.left[row[c].column], right: o.x + placed.right[row[c].column], y });
    }
    arrival.push({ left: o.x, right: o.x, y });
  }
  const x = edge(group, j, -1);
  arrival.push({ left: x, right: x, y });
  stops.push(...arrival.reverse());
  stops.push({ left: end.x, right: end.x, y: end.y + end.height / 2 + bow });
  return stops;
}

// The groups a box lies in, and as which of their items, from the inside out.
function chain(m, box) {
  const found = [];
  let { id } = box;
  for (let g = box.inside; g >= 0; g = m.groups.parent[g]) {
    found.push({ group: g, id });
    id = `g${g}`;
  }
  return found;
}
