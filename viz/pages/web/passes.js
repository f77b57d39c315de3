// The backward pass, of one root at a time: its steps, and the state after any number of them, exact to the bit. The
// state is, per node, the last step that has added to its gradient: going on writes one entry, going back writes the
// previous one, and a total is looked up rather than computed by subtracting, which would round.

// All steps of a pass at once, and per node and per slot where they are. `given` is what the page holds of it.
function replay(model, given) {
  const { order: givenOrder, root } = given;
  const reached = ancestorsOf(model, root);
  const order = givenOrder || usualOrder(model, root, reached);
  const n = order.length;
  const node = new Int32Array(n);
  const parent = new Int32Array(n);
  const before = new Int32Array(n);
  const contribution = given.contribution || new Float64Array(n);
  const upstream = given.upstream || new Float64Array(n);
  const total = given.total || new Float64Array(n);
  const sums = new Float64Array(model.size);
  const last = new Int32Array(model.size).fill(-1);
  const first = new Int32Array(model.size).fill(-1);
  const count = new Int32Array(model.size);
  const stepOf = new Int32Array(model.operands.length).fill(-1); // per slot
  sums[root] = given.seed;
  for (let k = 0; k < n; k++) {
    const slot = order[k];
    const v = model.head[slot];
    const p = model.operands[slot];
    node[k] = v;
    parent[k] = p;
    stepOf[slot] = k;
    if (first[v] < 0) first[v] = k;
    before[k] = last[p];
    last[p] = k;
    count[p]++;
    if (!given.upstream) upstream[k] = sums[v];
    if (!given.contribution) contribution[k] = model.local[slot] * upstream[k];
    sums[p] += contribution[k];
    if (given.total) sums[p] = total[k];
    else total[k] = sums[p];
  }
  const perStep = { order, node, parent, before, upstream, contribution, total };
  // first: the first step in which a node passes its gradient on. lastIn: the last that adds to it. count: how many do.
  // reached: 1 for the nodes that the root was computed from.
  const perNode = { first, lastIn: last, count, reached };
  const largest = contribution.reduce((most, c) => (Number.isFinite(c) ? Math.max(most, Math.abs(c)) : most), 0);
  return { length: n, largest, ...perStep, ...perNode, stepOf };
}

// Per node 1 if a root was computed from it, the root itself included.
function ancestorsOf(model, root) {
  const reached = new Uint8Array(model.size);
  reached[root] = 1;
  for (let i = root; i >= 0; i--) {
    if (!reached[i]) continue;
    for (let s = model.start[i]; s < model.start[i + 1]; s++) {
      if (model.operands[s] >= 0) reached[model.operands[s]] = 1;
    }
  }
  return reached;
}

// The slots in the order of a pass that nothing has disturbed: from the last node to the first.
function usualOrder(model, root, reached) {
  const order = [];
  for (let i = root; i >= 0; i--) {
    if (!reached[i]) continue;
    for (let s = model.start[i]; s < model.start[i + 1]; s++) if (model.operands[s] >= 0) order.push(s);
  }
  return Int32Array.from(order);
}

export class Pass {
  constructor(model) {
    this.model = model;
    this.replays = new Map(); // per number of a pass
    this.walk(0);
  }

  // Begin the pass of another root, by its number.
  walk(number) {
    const given = this.model.passes[number];
    if (!this.replays.has(number)) this.replays.set(number, replay(this.model, given));
    this.number = number;
    this.steps = this.replays.get(number);
    this.length = this.steps.length;
    Object.assign(this, { root: given.root, seed: given.seed, grads: given.grad });
    this.k = 0; // how many steps have been made
    this.last = new Int32Array(this.model.size).fill(-1);
    this.received = new Int32Array(this.model.size);
  }

  // The model has other numbers: the same steps of another pass, to where this one stands.
  renew() {
    const { k } = this;
    this.replays.clear();
    this.walk(this.number);
    this.goTo(k);
  }

  // True if the root was computed from a node.
  reaches(i) {
    return this.steps.reached[i] === 1;
  }

  // Go to the state after k steps; returns the nodes that may have changed, or null for "many".
  goTo(k) {
    const { parent, before } = this.steps;
    const from = this.k;
    for (; this.k < k; this.k++) {
      this.last[parent[this.k]] = this.k;
      this.received[parent[this.k]]++;
    }
    while (this.k > k) {
      this.k--;
      this.last[parent[this.k]] = before[this.k];
      this.received[parent[this.k]]--;
    }
    const touched = [];
    const low = Math.min(from, k);
    const high = Math.max(from, k);
    if (high - low > 200) return null;
    for (let s = low; s < high; s++) touched.push(parent[s], this.steps.node[s]);
    return touched;
  }

  // 'waiting': no contribution has arrived; 'adding': some have; 'done': all have.
  state(i) {
    if (i === this.root) return "done";
    if (this.last[i] < 0) return "waiting";
    return this.steps.lastIn[i] < this.k ? "done" : "adding";
  }

  // The gradient after k steps; undefined for a node not reached. Differs from the sum where a hook has changed it.
  grad(i) {
    const first = this.steps.first[i];
    if (first >= 0 && first < this.k) return this.steps.upstream[first];
    if (i === this.root) return this.seed;
    return this.last[i] < 0 ? undefined : this.steps.total[this.last[i]];
  }

  // What the whole pass makes of a gradient; undefined for a node that it does not reach.
  finalGrad(i) {
    const { first, lastIn, count, upstream, total } = this.steps;
    if (i === this.root && !count[i]) return this.seed;
    if (first[i] >= 0) return upstream[first[i]];
    return lastIn[i] < 0 ? undefined : total[lastIn[i]];
  }

  // What is passed on along a slot in the whole pass; 0 if nothing ever is.
  contributionOf(slot) {
    const k = this.steps.stepOf[slot];
    return k < 0 ? 0 : this.steps.contribution[k];
  }

  // The next (or previous) count of steps at which the node that passes on, or its scope, changes.
  boundary(direction, by) {
    const { node } = this.steps;
    const n = this.length;
    const keys = { contribution: step => step, node: step => node[step], scope: step => this.model.scope[node[step]] };
    const key = keys[by];
    let k = this.k + direction;
    while (k > 0 && k < n && key(k - 1) === key(k)) k += direction;
    return Math.max(0, Math.min(n, k));
  }

  // The current contribution: the step made last; -1 before the first.
  get current() {
    return this.k - 1;
  }

  // Where it goes: along a slot, from a node to its parent; before the first there is only the root.
  get active() {
    const k = this.current;
    const { order, node, parent } = this.steps;
    if (k < 0) return { slot: -1, node: this.root, parent: -1 };
    return { slot: order[k], node: node[k], parent: parent[k] };
  }
}
