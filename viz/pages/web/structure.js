// The order of a group's inside: which item stands in which column, and which above which. It follows from the graph alone
// and not from what is open, and is made once: opening and folding change sizes, never the order of what stays.
//
// Columns are ranks by the longest way, leaves just before their first user. Between columns that are not neighbours an arrow
// is given places of its own, so that it does not run through a box: one row of places per item it comes from, and rows from
// the left border to an item used from outside and on to the right border from an item that is used there.

const SWEEPS = 8;

function structureOf(m, g, items) {
  const n = items.length, { edges, entered, left } = arrowsBetween(m, g, items);
  const users = items.map(() => []), used = items.map(() => []);
  for (const [a, b] of edges) {
    users[a].push(b);
    used[b].push(a);
  }
  const rank = ranks(n, users, used);
  const depth = n ? Math.max(...rank) + 1 : 0;
  const columns = Array.from({ length: depth }, () => []);
  const links = Array.from({ length: Math.max(0, depth - 1) }, () => []); // between a column and the next: [place, place]
  const add = (column, place) => {
    place.column = column;
    columns[column].push(place);
    return place;
  };
  const places = items.map((item, k) => add(rank[k], { item: k, dummy: false }));
  // Rows of places: out of an item to the farthest user, into an item from the left border, out of it to the right border.
  const way = items.map(() => null), into = items.map(() => []), out = items.map(() => []);
  items.forEach((_, k) => {
    const far = Math.max(rank[k], ...users[k].map(b => rank[b] - 1));
    way[k] = [places[k]];
    for (let c = rank[k] + 1; c <= far; c++) way[k].push(add(c, { item: k, dummy: true }));
    for (let c = 1; c < way[k].length; c++) links[rank[k] + c - 1].push([way[k][c - 1], way[k][c]]);
    for (const b of users[k]) links[rank[b] - 1].push([way[k][rank[b] - 1 - rank[k]], places[b]]);
    if (entered[k]) {
      for (let c = 0; c < rank[k]; c++) into[k].push(add(c, { item: k, dummy: true }));
      into[k].push(places[k]);
      for (let c = 1; c < into[k].length; c++) links[c - 1].push([into[k][c - 1], into[k][c]]);
    }
    if (left[k]) {
      out[k].push(places[k]);
      for (let c = rank[k] + 1; c < depth; c++) out[k].push(way[k][c - rank[k]] || add(c, { item: k, dummy: true }));
      for (let c = 1; c < out[k].length; c++) if (!way[k][c]) links[rank[k] + c - 1].push([out[k][c - 1], out[k][c]]);
    }
  });
  order(columns, links);
  return { items, index: new Map(items.map((item, k) => [item.id, k])), rank, columns, links, places, way, into, out };
}

// The arrows between the items of a group, and which of them are used from, or use, the outside.
function arrowsBetween(m, g, items) {
  const { from, to } = { from: m.groups.from[g], to: m.groups.to[g] };
  const itemAt = new Int32Array(to - from).fill(-1); // per place of a node in the group
  const at = i => (m.placeByGroup[i] >= from && m.placeByGroup[i] < to ? itemAt[m.placeByGroup[i] - from] : -1);
  items.forEach((item, k) => {
    if (item.node !== undefined) itemAt[m.placeByGroup[item.node] - from] = k;
    else if (item.group !== undefined) itemAt.fill(k, m.groups.from[item.group] - from, m.groups.to[item.group] - from);
  });
  const edges = [], seen = new Set();
  const entered = new Uint8Array(items.length), left = new Uint8Array(items.length);
  items.forEach((item, k) => {
    if (item.slots) edges.push([k, at(item.user)]);
  });
  for (let n = from; n < to; n++) {
    const i = m.byGroup[n], k = itemAt[n - from];
    let before = -1;
    for (let s = m.start[i]; s < m.start[i + 1]; s++) {
      if (m.operands[s] < 0) continue;
      const a = at(m.operands[s]);
      if (a < 0) entered[k] = 1;
      else if (a !== k && a !== before) {
        before = a;
        const key = a * items.length + k;
        if (!seen.has(key)) {
          seen.add(key);
          edges.push([a, k]);
        }
      }
    }
    for (let u = m.userStart[i]; !left[k] && u < m.userStart[i + 1]; u++) if (at(m.head[m.userSlots[u]]) < 0) left[k] = 1;
  }
  return { edges, entered, left };
}

function ranks(n, users, used) {
  const rank = new Array(n).fill(0), waiting = used.map(some => some.length);
  const ready = [];
  for (let k = 0; k < n; k++) if (!waiting[k]) ready.push(k);
  for (let at = 0; at < ready.length; at++) {
    const k = ready[at];
    for (const b of users[k]) {
      rank[b] = Math.max(rank[b], rank[k] + 1);
      if (!--waiting[b]) ready.push(b);
    }
  }
  for (let k = 0; k < n; k++) if (!used[k].length && users[k].length) rank[k] = Math.min(...users[k].map(b => rank[b])) - 1;
  return rank;
}

// Sort the places of every column by the mean of their neighbours, to and fro, and keep the best order seen.
function order(columns, links) {
  const place = () => columns.forEach(column => column.forEach((p, y) => { p.y = y; }));
  for (const column of columns) column.sort((a, b) => a.item - b.item || a.dummy - b.dummy);
  place();
  const before = new Map(), after = new Map();
  const note = (map, a, b) => (map.get(a) || map.set(a, []).get(a)).push(b);
  for (const some of links) for (const [a, b] of some) {
    note(after, a, b);
    note(before, b, a);
  }
  let best = crossings(links), kept = columns.map(column => [...column]);
  for (let sweep = 0; sweep < SWEEPS && best > 0; sweep++) {
    const forward = sweep % 2 === 0, map = forward ? before : after;
    for (const column of forward ? columns : [...columns].reverse()) {
      for (const p of column) {
        const near = map.get(p);
        p.mean = near ? near.reduce((sum, q) => sum + (q.y + 0.5) / columns[q.column].length, 0) / near.length : (p.y + 0.5) / column.length;
      }
      column.sort((a, b) => a.mean - b.mean || a.y - b.y);
      column.forEach((p, y) => { p.y = y; });
    }
    const now = crossings(links);
    if (now < best) {
      best = now;
      kept = columns.map(column => [...column]);
    }
  }
  columns.forEach((column, c) => { columns[c] = kept[c]; });
  place();
}

// How many pairs of links cross, counted by inversions with a tree of sums.
function crossings(links) {
  let count = 0;
  for (const some of links) {
    const sorted = some.map(([a, b]) => [a.y, b.y]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const size = sorted.reduce((most, pair) => Math.max(most, pair[1]), 0) + 2, sums = new Int32Array(size + 1);
    sorted.forEach(([, y], seen) => {
      let upTo = 0;
      for (let i = y + 1; i > 0; i -= i & -i) upTo += sums[i];
      count += seen - upTo;
      for (let i = y + 1; i <= size; i += i & -i) sums[i]++;
    });
  }
  return count;
}
