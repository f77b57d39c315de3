// The backward pass: its steps, and the state after any number of them, exact to the bit. The state is, per node, the last
// step that has added to its gradient: going on writes one entry, going back writes the previous one, and a total is looked
// up rather than computed by subtracting, which would round.

function replay(m) {
  const order = m.given.order || usualOrder(m), n = order.length;
  const node = new Int32Array(n), parent = new Int32Array(n), before = new Int32Array(n);
  const contribution = m.given.contribution || new Float64Array(n);
  const upstream = m.given.upstream || new Float64Array(n), total = m.given.total || new Float64Array(n);
  const sums = new Float64Array(m.size);
  const last = new Int32Array(m.size).fill(-1), first = new Int32Array(m.size).fill(-1), count = new Int32Array(m.size);
  const stepOf = new Int32Array(m.operands.length).fill(-1); // per slot
  sums[m.root] = m.seed;
  for (let k = 0; k < n; k++) {
    const slot = order[k], v = m.head[slot], p = m.operands[slot];
    node[k] = v;
    parent[k] = p;
    stepOf[slot] = k;
    if (first[v] < 0) first[v] = k;
    before[k] = last[p];
    last[p] = k;
    count[p]++;
    if (!m.given.upstream) upstream[k] = sums[v];
    if (!m.given.contribution) contribution[k] = m.local[slot] * upstream[k];
    sums[p] += contribution[k];
    if (m.given.total) sums[p] = total[k];
    else total[k] = sums[p];
  }
  // first: the first step in which a node passes its gradient on. lastIn: the last that adds to it. count: how many add to it.
  return { length: n, order, node, parent, before, upstream, contribution, total, first, lastIn: last, count, stepOf };
}

function usualOrder(m) {
  let n = 0;
  for (const o of m.operands) n += o >= 0;
  const order = new Int32Array(n);
  let k = 0;
  for (let i = m.root; i >= 0; i--) {
    for (let s = m.start[i]; s < m.start[i + 1]; s++) if (m.operands[s] >= 0) order[k++] = s;
  }
  return order;
}

class Pass {
  constructor(m) {
    this.m = m;
    this.steps = replay(m);
    this.length = this.steps.length;
    this.k = 0; // how many steps have been made
    this.last = new Int32Array(m.size).fill(-1);
    this.received = new Int32Array(m.size);
  }

  // Go to the state after k steps; returns the nodes that may have changed, or null for "many".
  goTo(k) {
    const { parent, before } = this.steps, from = this.k;
    for (; this.k < k; this.k++) {
      this.last[parent[this.k]] = this.k;
      this.received[parent[this.k]]++;
    }
    for (; this.k > k; ) {
      this.k--;
      this.last[parent[this.k]] = before[this.k];
      this.received[parent[this.k]]--;
    }
    const touched = [];
    const low = Math.min(from, k), high = Math.max(from, k);
    if (high - low > 200) return null;
    for (let s = low; s < high; s++) touched.push(parent[s], this.steps.node[s]);
    return touched;
  }

  // 'waiting': no contribution has arrived; 'adding': some have; 'done': all have.
  state(i) {
    if (i === this.m.root) return 'done';
    if (this.last[i] < 0) return 'waiting';
    return this.steps.lastIn[i] < this.k ? 'done' : 'adding';
  }

  // The gradient after k steps; undefined for a node not reached. Differs from the sum where a hook has changed it.
  grad(i) {
    const first = this.steps.first[i];
    if (first >= 0 && first < this.k) return this.steps.upstream[first];
    if (i === this.m.root) return this.m.seed;
    return this.last[i] < 0 ? undefined : this.steps.total[this.last[i]];
  }

  // The next (or previous) count of steps at which the node that passes on, or its scope, changes.
  boundary(direction, by) {
    const { node } = this.steps, n = this.length;
    const key = by === 'scope' ? k => this.m.scope[node[k]] : k => (by === 'node' ? node[k] : k);
    let k = this.k + direction;
    while (k > 0 && k < n && key(k - 1) === key(k)) k += direction;
    return Math.max(0, Math.min(n, k));
  }

  // The current contribution: the step made last; -1 before the first.
  get current() {
    return this.k - 1;
  }
}
