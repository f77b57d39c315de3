// The order of a group's inside: which item stands in which column, and which above which. It follows from the graph
// alone and not from what is open, and is made once: opening and folding change sizes, never the order of what stays.
//
// Columns are ranks by the longest way, leaves just before their first user. Between columns that are not neighbours an
// arrow is given places of its own, so that it does not run through a box: one row of places per item it comes from,
// one from the left border per item and value of the outside that it uses, and one on to the right border from an item
// that is used there.

const SWEEPS = 8;
const MANY = 12; // an item that uses more values of the outside has one row for all
const ALL = -1;

export function structureOf(model, g, items) {
  const { edges, entered, left } = arrowsBetween(model, g, items);
  const users = items.map(() => []);
  const used = items.map(() => []);
  for (const [a, b] of edges) {
    users[a].push(b);
    used[b].push(a);
  }
  const rank = ranks(items.length, users, used);
  const rows = new Rows(items, rank);
  items.forEach((_, k) => {
    rows.addWay(k, users[k]);
    for (const source of entered[k]) rows.addInto(k, source);
    if (left[k]) rows.addOut(k);
  });
  const { columns, links, places, way, into, out } = rows;
  sortColumns(columns, links);
  const index = new Map(items.map((item, k) => [item.id, k]));
  return { items, index, rank, columns, links, places, way, into, out };
}

// The row by which a value of the outside gets to item k.
export const rowInto = ({ into }, k, source) => into[k].get(into[k].has(ALL) ? ALL : source);

// Rows of places, one place per column: out of an item to the farthest user, into an item from the left border, and out
// of it to the right border. A place where no item stands is a dummy, for an arrow to run through.
class Rows {
  constructor(items, rank) {
    this.rank = rank;
    this.depth = items.length ? Math.max(...rank) + 1 : 0;
    this.columns = Array.from({ length: this.depth }, () => []);
    this.links = Array.from({ length: Math.max(0, this.depth - 1) }, () => []); // [place, place in the next column]
    this.places = items.map((_, k) => this.add(rank[k], { item: k, dummy: false }));
    this.way = items.map(() => null);
    this.into = items.map(() => new Map());
    this.out = items.map(() => []);
  }

  add(column, place) {
    place.column = column;
    this.columns[column].push(place);
    return place;
  }

  addDummy(column, k) {
    return this.add(column, { item: k, dummy: true });
  }

  addWay(k, users) {
    const { rank, links } = this;
    const far = Math.max(rank[k], ...users.map(b => rank[b] - 1));
    const row = [this.places[k]];
    for (let c = rank[k] + 1; c <= far; c++) row.push(this.addDummy(c, k));
    for (let c = 1; c < row.length; c++) links[rank[k] + c - 1].push([row[c - 1], row[c]]);
    for (const b of users) links[rank[b] - 1].push([row[rank[b] - 1 - rank[k]], this.places[b]]);
    this.way[k] = row;
  }

  addInto(k, source) {
    const row = [];
    this.into[k].set(source, row);
    for (let c = 0; c < this.rank[k]; c++) row.push(Object.assign(this.addDummy(c, k), { entering: true }));
    row.push(this.places[k]);
    for (let c = 1; c < row.length; c++) this.links[c - 1].push([row[c - 1], row[c]]);
  }

  // Along the way to the farthest user as far as that goes.
  addOut(k) {
    const { rank } = this;
    const row = this.out[k];
    const way = this.way[k];
    row.push(this.places[k]);
    for (let c = rank[k] + 1; c < this.depth; c++) row.push(way[c - rank[k]] || this.addDummy(c, k));
    for (let c = 1; c < row.length; c++) {
      if (!way[c]) this.links[rank[k] + c - 1].push([row[c - 1], row[c]]);
    }
  }
}

// The arrows between the items of a group, and which of them are used from, or use, the outside.
function arrowsBetween(model, g, items) {
  const from = model.groups.from[g];
  const to = model.groups.to[g];
  const itemAt = itemsAt(model, items, from, to);
  const at = i => {
    const place = model.placeByGroup[i];
    return place >= from && place < to ? itemAt[place - from] : -1;
  };
  const edges = [];
  const seen = new Set();
  const entered = items.map(() => new Set());
  const left = new Uint8Array(items.length);
  items.forEach((item, k) => {
    if (item.slots) edges.push([k, at(item.user)]);
  });
  for (let n = from; n < to; n++) {
    const i = model.byGroup[n];
    const k = itemAt[n - from];
    let before = -1;
    for (let s = model.start[i]; s < model.start[i + 1]; s++) {
      if (model.operands[s] < 0) continue;
      const a = at(model.operands[s]);
      if (a < 0) {
        entered[k].add(model.operands[s]);
      } else if (a !== k && a !== before) {
        before = a;
        const key = a * items.length + k;
        if (!seen.has(key)) {
          seen.add(key);
          edges.push([a, k]);
        }
      }
    }
    for (let u = model.userStart[i]; !left[k] && u < model.userStart[i + 1]; u++) {
      if (at(model.head[model.userSlots[u]]) < 0) left[k] = 1;
    }
  }
  return { edges, entered: entered.map(some => (some.size > MANY ? [ALL] : [...some])), left };
}

// Per place of a node in a group (its nodes stand from `from` up to `to`) the item that it belongs to.
function itemsAt(model, items, from, to) {
  const { groups, placeByGroup } = model;
  const itemAt = new Int32Array(to - from).fill(-1);
  items.forEach((item, k) => {
    if (item.node !== undefined) {
      itemAt[placeByGroup[item.node] - from] = k;
    } else if (item.group !== undefined) {
      itemAt.fill(k, groups.from[item.group] - from, groups.to[item.group] - from);
    }
  });
  return itemAt;
}

// Per item its column.
function ranks(n, users, used) {
  const rank = new Array(n).fill(0);
  const waiting = used.map(some => some.length);
  const ready = [];
  for (let k = 0; k < n; k++) if (!waiting[k]) ready.push(k);
  for (let at = 0; at < ready.length; at++) {
    const k = ready[at];
    for (const b of users[k]) {
      rank[b] = Math.max(rank[b], rank[k] + 1);
      if (!--waiting[b]) ready.push(b);
    }
  }
  for (let k = 0; k < n; k++) {
    if (!used[k].length && users[k].length) rank[k] = Math.min(...users[k].map(b => rank[b])) - 1;
  }
  return rank;
}

// Sort the places of every column by the mean of their neighbours, to and fro, and keep the best order seen.
function sortColumns(columns, links) {
  for (const column of columns) {
    column.sort((a, b) => a.item - b.item || a.dummy - b.dummy);
    numberFromTop(column);
  }
  noteNeighbours(columns, links);
  let best = crossings(links);
  let kept = columns.map(column => [...column]);
  for (let sweep = 0; sweep < SWEEPS && best > 0; sweep++) {
    const forward = sweep % 2 === 0;
    const side = forward ? "before" : "after";
    for (const column of forward ? columns : [...columns].reverse()) {
      for (const place of column) place.mean = meanHeight(place, place[side], columns);
      column.sort((a, b) => a.mean - b.mean || a.y - b.y);
      numberFromTop(column);
    }
    const now = crossings(links);
    if (now < best) {
      best = now;
      kept = columns.map(column => [...column]);
    }
  }
  kept.forEach((column, c) => {
    columns[c] = column;
    numberFromTop(column);
  });
}

function numberFromTop(column) {
  column.forEach((place, y) => {
    place.y = y;
  });
}

// Give every place those it is linked to in the column before, and in the column after.
function noteNeighbours(columns, links) {
  for (const place of columns.flat()) Object.assign(place, { before: [], after: [] });
  for (const [a, b] of links.flat()) {
    a.after.push(b);
    b.before.push(a);
  }
}

// The mean of the heights of some places, of its own where there are none, each as a share of its column.
function meanHeight(place, near, columns) {
  const share = p => (p.y + 0.5) / columns[p.column].length;
  if (!near.length) return share(place);
  return near.reduce((sum, p) => sum + share(p), 0) / near.length;
}

// How many pairs of links cross, counted by inversions with a tree of sums.
function crossings(links) {
  let count = 0;
  for (const some of links) {
    const sorted = some.map(([a, b]) => [a.y, b.y]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const size = sorted.reduce((most, pair) => Math.max(most, pair[1]), 0) + 2;
    const sums = new Int32Array(size + 1);
    sorted.forEach(([, y], seen) => {
      let upTo = 0;
      for (let i = y + 1; i > 0; i -= i & -i) upTo += sums[i];
      count += seen - upTo;
      for (let i = y + 1; i <= size; i += i & -i) sums[i]++;
    });
  }
  return count;
}
