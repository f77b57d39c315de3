// The recording as typed columns: nodes, operands, groups. Nothing here is an object per node, so that a graph of a hundred
// thousand values opens at once. A "slot" is the place of an operand: the operands of node i are the slots start[i] up to
// start[i+1]; an operand is the id of a node, or -1 - k for constants[k].

const KINDS = ['parameter', 'input', 'operation', 'output'];

function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}
const doubles = text => new Float64Array(bytesOf(text).buffer);
const integers = text => new Int32Array(bytesOf(text).buffer);

function readModel(content) {
  const c = content.columns, m = {};
  for (const name of ['data', 'grad', 'constants', 'local', 'seed']) m[name] = doubles(c[name]);
  for (const name of ['start', 'operands', 'kind', 'operation', 'scope', 'source', 'rule']) m[name] = integers(c[name]);
  for (const name of ['labels', 'names', 'operations', 'scopes', 'sources', 'rules', 'limits', 'opened']) m[name] = content[name];
  m.size = m.data.length;
  m.root = m.size - 1;
  m.seed = m.seed[0];
  m.given = { order: c.order && integers(c.order) };
  for (const name of ['upstream', 'contribution', 'total']) m.given[name] = c[name] && doubles(c[name]);
  m.head = new Int32Array(m.operands.length); // the node that a slot belongs to
  for (let i = 0; i < m.size; i++) m.head.fill(i, m.start[i], m.start[i + 1]);
  m.isLeaf = i => m.start[i] === m.start[i + 1];
  m.kindOf = i => KINDS[m.kind[i]];
  m.nameOf = i => m.names[i] || m.labels[i] || `v${i}`;
  m.operationOf = i => m.operations[m.operation[i]];
  readUsers(m);
  readGroups(m, content.groups);
  return m;
}

// Who uses a node: the slots that hold it, userSlots[userStart[i]] up to userStart[i+1], in the order of the computation.
function readUsers(m) {
  const count = new Int32Array(m.size + 1);
  for (const o of m.operands) if (o >= 0) count[o + 1]++;
  for (let i = 0; i < m.size; i++) count[i + 1] += count[i];
  m.userStart = count;
  const next = count.slice(0, m.size);
  m.userSlots = new Int32Array(count[m.size]);
  for (let s = 0; s < m.operands.length; s++) {
    const o = m.operands[s];
    if (o >= 0) m.userSlots[next[o]++] = s;
  }
}

// Groups are numbered with parents first. Nodes are put in an order in which every group is one stretch, from[g] up to to[g].
function readGroups(m, groups) {
  const start = integers(groups.start), items = integers(groups.items), n = groups.kind.length;
  m.groups = { count: n, kind: groups.kind, name: groups.name, parent: groups.parent };
  m.groups.itemsOf = g => items.subarray(start[g], start[g + 1]);
  m.groupOf = new Int32Array(m.size).fill(-1);
  m.byGroup = new Int32Array(m.size);
  m.placeByGroup = new Int32Array(m.size).fill(-1);
  m.groups.from = new Int32Array(n);
  m.groups.to = new Int32Array(n);
  let at = 0;
  const stack = [[0, 0]];
  while (stack.length) {
    const top = stack[stack.length - 1], [g, k] = top;
    if (k === 0) m.groups.from[g] = at;
    if (start[g] + k === start[g + 1]) {
      m.groups.to[g] = at;
      stack.pop();
      continue;
    }
    top[1]++;
    const item = items[start[g] + k];
    if (item < 0) stack.push([-1 - item, 0]);
    else {
      m.groupOf[item] = g;
      m.placeByGroup[item] = at;
      m.byGroup[at++] = item;
    }
  }
  m.groups.nodesOf = g => m.byGroup.subarray(m.groups.from[g], m.groups.to[g]);
  m.groups.holds = (g, i) => m.placeByGroup[i] >= m.groups.from[g] && m.placeByGroup[i] < m.groups.to[g];
}
