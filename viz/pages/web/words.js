// Numbers, names and words: the same as in pictures (viz/style.py, viz/graphs/dot.py).

const MINUS = '\u2212';

// A few significant digits, a true minus sign, no pointless zeros.
function number(x, digits = 4) {
  if (x === undefined) return '\u2013';
  if (Number.isNaN(x)) return 'nan';
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : MINUS + 'inf';
  if (x === 0) return Object.is(x, -0) ? MINUS + '0' : '0';
  let [mantissa, exponent] = x.toExponential(digits - 1).split('e');
  exponent = Number(exponent);
  let text;
  if (exponent < -4 || exponent >= digits) {
    text = `${trimmed(mantissa)}e${exponent}`;
  } else {
    text = trimmed(x.toFixed(Math.max(0, digits - 1 - exponent)));
  }
  return text.replaceAll('-', MINUS);
}
const trimmed = text => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

// All digits, as the program has them.
function exactly(x) {
  if (x === undefined) return 'not reached yet';
  if (Number.isNaN(x)) return 'nan';
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : MINUS + 'inf';
  return (Object.is(x, -0) ? '-0' : String(x)).replaceAll('-', MINUS).replace('e+', 'e');
}

const many = n => n.toLocaleString('en-US');
const plural = (n, one, more = one + 's') => `${many(n)} ${n === 1 ? one : more}`;
const cut = (text, most) => (Array.from(text).length <= most ? text : Array.from(text).slice(0, most - 1).join('') + '\u2026');

// What is remarkable about a gradient, '' if nothing is.
function wordFor(m, x) {
  if (x === undefined) return '';
  const size = Math.abs(x);
  if (!Number.isFinite(size)) return ' !';
  return size > 0 && size < m.limits.vanishing ? ' vanishing' : size > m.limits.exploding ? ' exploding' : '';
}

function span(low, high) {
  const a = number(low, 3), b = number(high, 3);
  return a === b ? a : `${a} \u2026 ${b}`;
}

// A template of a formula with names put in; a negative constant in parentheses.
function fillIn(m, template, i) {
  return template.replace(/\{(\w+)\}/g, (whole, key) => {
    if (key === 'out') return m.nameOf(i);
    const o = m.operands[m.start[i] + Number(key)];
    if (o === undefined) return whole;
    return o >= 0 ? m.nameOf(o) : m.constants[-1 - o] < 0 ? `(${number(m.constants[-1 - o])})` : number(m.constants[-1 - o]);
  });
}
const signs = text => text.replaceAll(' * ', ' \u00d7 ').replaceAll(' - ', ` ${MINUS} `);
const formulaOf = (m, i) => fillIn(m, signs(m.rules[m.rule[i]].formula), i);

// The rule by which a slot's node passes its gradient on, 'd(x * y)/dx = y'.
function ruleOf(m, slot) {
  const i = m.head[slot];
  let position = 0;
  for (let s = m.start[i]; s < slot; s++) position += m.operands[s] >= 0;
  return fillIn(m, signs(m.rules[m.rule[i]].rules[position]), i);
}

// What a group is called: a scope by its name, others by the first and the last in them.
function groupName(m, g) {
  const kind = m.groups.kind[g];
  if (kind === 'scope') return m.groups.name[g];
  if (kind === 'graph') return 'the whole graph';
  const items = m.groups.itemsOf(g);
  if (kind === 'part' || !items.length) return '';
  const own = item => (item < 0 ? groupName(m, -1 - item) : m.labels[item] ? m.nameOf(item) : '');
  const first = own(items[0]), end = items[items.length - 1];
  const last = end < 0 && m.groups.kind[-1 - end] === 'rest' ? own(m.groups.itemsOf(-1 - end).at(-1)) : own(end);
  return first === last ? first : first && last ? `${first} \u2026 ${last}` : first || last;
}

// How many siblings a group has, those in its 'rest' included.
function thingsIn(m, g) {
  const items = m.groups.itemsOf(g), end = items[items.length - 1];
  const rest = end < 0 && m.groups.kind[-1 - end] === 'rest' ? m.groups.itemsOf(-1 - end).length - 1 : 0;
  return items.length + rest;
}

function groupTitle(m, g) {
  const kind = m.groups.kind[g], name = groupName(m, g), n = thingsIn(m, g);
  if (kind === 'siblings') return name ? `${name} (\u00d7${n})` : `${n} alike`;
  if (kind === 'rest') return name ? `${n} more: ${name}` : `${n} more`;
  if (kind === 'part') return 'a stretch';
  return name;
}

// The most frequent operations in a group: 'dot x8, ReLU x8'.
const operationsCache = new Map();
function groupOperations(m, g) {
  if (!operationsCache.has(g)) {
    const count = new Map();
    for (const i of m.groups.nodesOf(g)) {
      const op = m.operationOf(i);
      if (op) count.set(op, (count.get(op) || 0) + 1);
    }
    const top = [...count].sort((a, b) => b[1] - a[1]);
    const text = top.slice(0, 3).map(([op, n]) => (n > 1 ? `${cut(op, 12)} \u00d7${n}` : cut(op, 12))).join(', ');
    operationsCache.set(g, text + (top.length > 3 ? ', \u2026' : ''));
  }
  return operationsCache.get(g);
}
