// The way of an arrow: the points that it goes through, from the box of its tail to the box of its head. It leaves the
// groups that do not hold the head by their right border, and enters those that do not hold the tail by their left one;
// in every group it runs along the row of places that structure.js has kept for it. Several arrows arrive at a box one
// beside the other, in the order in which they come, each at a port of its own.

import { rowInto } from "./structure.js";

// The groups that an arrow leaves and those that it enters, from the inside out, each list with the innermost group
// that holds both ends at its end.
function groupsOf(model, cut, arrow) {
  const out = chain(model, cut.boxes[arrow.tail]);
  const into = chain(model, cut.boxes[arrow.head]);
  let a = out.length;
  let b = into.length;
  while (a > 1 && b > 1 && out[a - 1].id === into[b - 1].id) {
    a--;
    b--;
  }
  return { out: out.slice(0, a), into: into.slice(0, b) };
}

let rounds = 0; // how many layouts there have been

// Where arrows are: the places that they enter groups by are used in this round (others are kept for arrows that are
// not to be seen); which boxes have arrows that leave an open group by the same row, a strand each; and how many end
// before a column of a group, by `${group}:${column}`.
export function trafficOf(model, cut, structureIn) {
  const round = ++rounds;
  const before = new Map();
  for (const arrow of [...cut.arrows].sort((a, b) => a.tail - b.tail)) {
    const { out, into } = groupsOf(model, cut, arrow);
    if (out.length > 1) {
      for (const place of rowsOut(out, into, structureIn)) {
        if (place.strandsIn !== round) Object.assign(place, { strandsIn: round, strands: new Map() });
        const { strands } = place;
        if (!strands.has(arrow.tail)) strands.set(arrow.tail, strands.size);
      }
    }
    into.forEach(({ group, id }, n) => {
      const structure = structureIn(group);
      const k = structure.index.get(id);
      const row = n < into.length - 1 ? rowInto(structure, k, model.operands[arrow.first]) : [];
      for (const place of row) place.usedIn = round;
      const key = `${group}:${structure.rank[k]}`;
      before.set(key, (before.get(key) || 0) + 1);
    });
  }
  return { round, before };
}

// The places through which an arrow runs to the group that holds its head.
function rowsOut(out, into, structureIn) {
  const inner = out.slice(0, -1).flatMap(({ group, id }) => {
    const structure = structureIn(group);
    return structure.out[structure.index.get(id)].slice(1);
  });
  const { group, id } = out[out.length - 1];
  const structure = structureIn(group);
  const from = structure.index.get(id);
  const to = structure.index.get(into[into.length - 1].id);
  const outer = structure.way[from].slice(1, structure.rank[to] - structure.rank[from]);
  return [...inner, ...outer].filter(place => place.dummy);
}

// The ways of all arrows, by their ids. `spacingAt(id, n)` is the distance between the n ports of a box.
export function waysOf(model, cut, at, spacingAt) {
  const parallel = new Map(); // how many arrows there are already between two boxes
  const nth = new Map();
  const arriving = new Map(); // per head its arrows, with the last heights that do not follow from their ports
  for (const arrow of cut.arrows) {
    const key = `${arrow.tail}>${arrow.head}`;
    nth.set(arrow.id, parallel.get(key) || 0);
    parallel.set(key, nth.get(arrow.id) + 1);
    const comes = wayOf(model, cut, arrow, at, { nth: 0, y: NaN }).findLast(stop => !Number.isNaN(stop.y)).y;
    if (!arriving.has(arrow.head)) arriving.set(arrow.head, []);
    arriving.get(arrow.head).push({ arrow, comes });
  }
  const ways = new Map();
  for (const [head, some] of arriving) {
    const { id } = cut.boxes[head];
    const { y, height } = at.boxes.get(id);
    const spacing = spacingAt(id, some.length);
    some.sort((a, b) => a.comes - b.comes || a.arrow.first - b.arrow.first);
    some.forEach(({ arrow }, k) => {
      const port = y + height / 2 + (k - (some.length - 1) / 2) * spacing;
      ways.set(arrow.id, wayOf(model, cut, arrow, at, { nth: nth.get(arrow.id), y: port }));
    });
  }
  return ways;
}

// Pairs (left, right) between which the arrow is level, each with its height y, the last one that of its port. The nth
// of several parallel arrows bows.
function wayOf(model, cut, arrow, at, { nth, y }) {
  const tail = cut.boxes[arrow.tail];
  const head = cut.boxes[arrow.head];
  const { out, into } = groupsOf(model, cut, arrow);
  const start = at.boxes.get(tail.id);
  const end = at.boxes.get(head.id);
  const side = nth % 2 ? 1 : -1;
  const bow = nth ? side * 8 * Math.ceil(nth / 2) : 0;
  const stops = [level(start.x + start.width, start.y + start.height / 2 + bow)];
  for (const step of out.slice(0, -1)) leave(stops, step, at, arrow.tail);
  const { group, id } = out[out.length - 1];
  const structure = at.structureIn(group);
  const from = structure.index.get(id);
  const to = structure.index.get(into[into.length - 1].id);
  stops.push(level(edgeOf(at, group, from, "right"), stops[stops.length - 1].y));
  const lanes = structure.way[from].slice(1, structure.rank[to] - structure.rank[from]);
  for (const place of lanes) if (place.dummy) stops.push(lane(at, group, place, arrow.tail));
  const { arrival, height } = arrivalAt(into.slice(0, -1), model.operands[arrow.first], y, at);
  stops.push(level(edgeOf(at, group, to, "lead"), height), ...arrival, level(end.x, y));
  return stops;
}

// The groups a box lies in, and as which of their items, from the inside out.
function chain(model, box) {
  const found = [];
  let { id } = box;
  for (let g = box.inside; g >= 0; g = model.groups.parent[g]) {
    found.push({ group: g, id });
    id = `g${g}`;
  }
  return found;
}

const level = (x, y) => ({ left: x, right: x, y });

// The right edge of the column in which an item stands, or the place before it from which arrows are level.
function edgeOf(at, group, k, side) {
  return at.origin.get(group).x + at.inside.get(group)[side][at.structureIn(group).rank[k]];
}

// The stretch of an arrow that runs through a place; `tail` says by which of its strands.
function lane(at, group, place, tail) {
  const inner = at.inside.get(group);
  const { x, y } = at.origin.get(group);
  return { left: x + inner.lead[place.column], right: x + inner.right[place.column], y: y + inner.laneOf(place, tail) };
}

// Out of a group that does not hold the head.
function leave(stops, { group, id }, at, tail) {
  const structure = at.structureIn(group);
  const k = structure.index.get(id);
  stops.push(level(edgeOf(at, group, k, "right"), stops[stops.length - 1].y));
  for (const place of structure.out[k].slice(1)) if (place.dummy) stops.push(lane(at, group, place, tail));
  stops.push(level(at.origin.get(group).x + at.inside.get(group).width, stops[stops.length - 1].y));
}

// Into the groups that hold the head: the heights are those of the rows there, known from the inside, where it ends at
// y.
function arrivalAt(groups, source, y, at) {
  const backwards = [];
  let height = y;
  for (const { group, id } of groups) {
    const structure = at.structureIn(group);
    const k = structure.index.get(id);
    backwards.push(level(edgeOf(at, group, k, "lead"), height));
    for (const place of [...rowInto(structure, k, source)].reverse()) {
      if (!place.dummy) continue;
      const stop = lane(at, group, place);
      height = stop.y;
      backwards.push(stop);
    }
    backwards.push(level(at.origin.get(group).x, height));
  }
  return { arrival: backwards.reverse(), height };
}
