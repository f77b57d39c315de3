// The way of an arrow: the points that it goes through, from the box of its tail to the box of its head. It leaves the
// groups that do not hold the head by their right border, and enters those that do not hold the tail by their left one;
// in every group it runs along the row of places that structure.js has kept for it.

// Pairs (left, right) between which the arrow is level, each with its height y. The nth of several parallel arrows
// bows.
export function wayOf(model, cut, arrow, at, nth) {
  const tail = cut.boxes[arrow.tail];
  const head = cut.boxes[arrow.head];
  const out = chain(model, tail);
  const into = chain(model, head);
  let a = out.length - 1;
  let b = into.length - 1;
  while (a > 0 && b > 0 && out[a].id === into[b].id) {
    a--;
    b--;
  } // out[a].group === into[b].group is the innermost group that holds both
  const start = at.boxes.get(tail.id);
  const end = at.boxes.get(head.id);
  const side = nth % 2 ? 1 : -1;
  const bow = nth ? side * 8 * Math.ceil(nth / 2) : 0;
  const y = end.y + end.height / 2 + bow;
  const stops = [level(start.x + start.width, start.y + start.height / 2 + bow)];
  for (const step of out.slice(0, a)) leave(stops, step, at);
  const { group } = out[a];
  const structure = at.structureIn(group);
  const from = structure.index.get(out[a].id);
  const to = structure.index.get(into[b].id);
  stops.push(level(edgeOf(at, group, from, "right"), stops[stops.length - 1].y));
  const lanes = structure.way[from].slice(1, structure.rank[to] - structure.rank[from]);
  for (const place of lanes) if (place.dummy) stops.push(lane(at, group, place));
  const { arrival, height } = arrivalAt(into.slice(0, b), y, at);
  stops.push(level(edgeOf(at, group, to, "left"), height), ...arrival, level(end.x, y));
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

// The left or right edge of the column in which an item stands.
function edgeOf(at, group, k, side) {
  return at.origin.get(group).x + at.inside.get(group)[side][at.structureIn(group).rank[k]];
}

// The stretch of an arrow that runs through a place.
function lane(at, group, place) {
  const inner = at.inside.get(group);
  const { x, y } = at.origin.get(group);
  return { left: x + inner.left[place.column], right: x + inner.right[place.column], y: y + inner.laneOf(place) };
}

// Out of a group that does not hold the head.
function leave(stops, { group, id }, at) {
  const structure = at.structureIn(group);
  const k = structure.index.get(id);
  stops.push(level(edgeOf(at, group, k, "right"), stops[stops.length - 1].y));
  for (const place of structure.out[k].slice(1)) if (place.dummy) stops.push(lane(at, group, place));
  stops.push(level(at.origin.get(group).x + at.inside.get(group).width, stops[stops.length - 1].y));
}

// Into the groups that hold the head: the heights are those of the rows there, known from the inside, where it ends at
// y.
function arrivalAt(groups, y, at) {
  const backwards = [];
  let height = y;
  for (const { group, id } of groups) {
    const structure = at.structureIn(group);
    const k = structure.index.get(id);
    backwards.push(level(edgeOf(at, group, k, "left"), height));
    for (const place of [...structure.into[k]].reverse()) {
      if (!place.dummy) continue;
      const stop = lane(at, group, place);
      height = stop.y;
      backwards.push(stop);
    }
    backwards.push(level(at.origin.get(group).x, height));
  }
  return { arrival: backwards.reverse(), height };
}
