// The backward pass: its steps, and the state after any number of them, exact to the bit. The state is, per node, the
// last step that has added to its gradient: going on writes one entry, going back writes the previous one, and a total
// is looked up rather than computed by subtracting, which would round.

// All steps at once, and per node and per slot where they are.
function replay(model) {
  const order = model.given.order || usualOrder(model);
  const n = order.length;
  const node = new Int32Array(n);
  const parent = new Int32Array(n);
  const before = new Int32Array(n);
  const contribution = model.given.contribution || new Float64Array(n);
  const upstream = model.given.upstream || new Float64Array(n);
  const total = model.given.total || new Float64Array(n);
  const sums = new Float64Array(model.size);
  const last = new Int32Array(model.size).fill(-1);
  const first = new Int32Array(model.size).fill(-1);
  const count = new Int32Array(model.size);
  const stepOf = new Int32Array(model.operands.length).fill(-1); // per slot
  sums[model.root] = model.seed;
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
    if (!model.given.upstream) upstream[k] = sums[v];
    if (!model.given.contribution) contribution[k] = model.local[slot] * upstream[k];
    sums[p] += contribution[k];
    if (model.given.total) sums[p] = total[k];
    else total[k] = sums[p];
  }
  const perStep = { order, node, parent, before, upstream, contribution, total };
  // first: the first step in which a node passes its gradient on. lastIn: the last that adds to it. count: how many do.
  const perNode = { first, lastIn: last, count };
  return { length: n, ...perStep, ...perNode, stepOf };
}

// The slots in the order of a pass that nothing has disturbed: from the last node to the first.
function usualOrder(model) {
  let n = 0;
  for (const o of model.operands) n += o >= 0;
  const order = new Int32Array(n);
  let k = 0;
  for (let i = model.root; i >= 0; i--) {
    for (let s = model.start[i]; s < model.start[i + 1]; s++) if (model.operands[s] >= 0) order[k++] = s;
  }
  return order;
}

export class Pass {
  constructor(model) {
    this.model = model;
    this.steps = replay(model);
    this.length = this.steps.length;
    this.k = 0; // how many steps have been made
    this.last = new Int32Array(model.size).fill(-1);
    this.received = new Int32Array(model.size);
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
    if (i === this.model.root) return "done";
    if (this.last[i] < 0) return "waiting";
    return this.steps.lastIn[i] < this.k ? "done" : "adding";
  }

  // The gradient after k steps; undefined for a node not reached. Differs from the sum where a hook has changed it.
  grad(i) {
    const first = this.steps.first[i];
    if (first >= 0 && first < this.k) return this.steps.upstream[first];
    if (i === this.model.root) return this.model.seed;
    return this.last[i] < 0 ? undefined : this.steps.total[this.last[i]];
  }

  // What the whole pass makes of a gradient; undefined for a node that it does not reach.
  finalGrad(i) {
    const { first, lastIn, count, upstream, total } = this.steps;
    if (i === this.model.root && !count[i]) return this.model.seed;
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
    if (k < 0) return { slot: -1, node: this.model.root, parent: -1 };
    return { slot: order[k], node: node[k], parent: parent[k] };
  }
}
