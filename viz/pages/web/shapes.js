// The text and the outline of a box. Shape says what a box is, colour its gradient, a border how far the pass has come; every
// one of them is said in words or numbers as well.

const FONT = { size: 12, line: 16 };
const LONGEST = 30; // characters of a name in a box
const NAMED = { parameter: 'parameter', input: 'input', operation: 'operation', output: 'output', constant: 'constant', scope: 'folded scope', siblings: 'several alike, folded', rest: 'the rest of several, folded', part: 'folded stretch of the computation' };

const measure = (() => {
  const canvas = document.createElement('canvas').getContext('2d');
  const widths = new Map();
  return (text, bold = false) => {
    const key = (bold ? 'b' : 'n') + text;
    if (!widths.has(key)) {
      canvas.font = `${bold ? '600 ' : ''}${FONT.size}px "DejaVu Sans", system-ui, sans-serif`;
      widths.set(key, canvas.measureText(text).width);
    }
    return widths.get(key);
  };
})();

function titleOf(m, box) {
  if (box.group >= 0) return cut(groupTitle(m, box.group), LONGEST);
  const label = m.labels[box.node] ? m.nameOf(box.node) : '', op = m.operationOf(box.node);
  return [cut(label, LONGEST), cut(op, LONGEST)].filter(Boolean).join(' = ') || m.nameOf(box.node);
}

const gradRange = (m, pass, g) => rangeOf(m.groups.nodesOf(g), i => pass.grad(i));
const dataRanges = new Map();
function dataRange(m, g) {
  if (!dataRanges.has(g)) dataRanges.set(g, rangeOf(m.groups.nodesOf(g), i => m.data[i]));
  return dataRanges.get(g);
}
const spanOf = r => (r.known === 0 ? '\u2013' : r.low !== r.low ? 'nan' : span(r.low, r.high));

// What a box says now: its lines, and what its colour and border are to be.
function faceOf(m, pass, box) {
  if (box.slots) {
    const r = rangeOf(box.slots, s => m.constants[-1 - m.operands[s]]);
    return { lines: [spanOf(r), ...(box.slots.length > 1 ? [plural(box.slots.length, 'constant')] : [])], state: 'done', low: NaN, high: NaN };
  }
  if (box.node >= 0) {
    const i = box.node, grad = pass.grad(i), state = pass.state(i), due = pass.steps.count[i];
    const lines = [titleOf(m, box), `data ${number(m.data[i])}`, `grad ${number(grad)}${wordFor(m, grad)}`];
    const alarm = !Number.isFinite(m.data[i]) || (grad !== undefined && !Number.isFinite(grad));
    return { lines, state, low: grad, high: grad, alarm, badge: state === 'adding' ? `${pass.received[i]} of ${due}` : '' };
  }
  const g = box.group, r = gradRange(m, pass, g), size = m.groups.to[g] - m.groups.from[g];
  const word = r.known ? wordFor(m, r.nans === r.known ? NaN : Math.max(Math.abs(r.low), Math.abs(r.high))) : '';
  const things = thingsIn(m, g), kind = m.groups.kind[g], operations = groupOperations(m, g);
  const count = kind === 'scope' || kind === 'part' || size !== things ? plural(size, 'value') : '';
  const lines = [titleOf(m, box), [count, operations].filter(Boolean).join(': '), `data ${spanOf(dataRange(m, g))}`, `grad ${spanOf(r)}${word}`, exceptions(r, size)];
  const d = dataRange(m, g);
  let done = 0;
  if (r.unknown === 0) for (const i of m.groups.nodesOf(g)) done += pass.state(i) === 'done';
  const state = r.unknown === size ? 'waiting' : r.unknown || done < size ? 'adding' : 'done';
  return { lines: lines.filter(Boolean), state, low: r.low, high: r.high, alarm: r.nans + r.infinities + d.nans + d.infinities > 0, known: r.known, badge: '' };
}

function exceptions(r, size) {
  if (!r.known) return '';
  const found = [[r.nans, 'nan'], [r.infinities, 'inf'], [r.zeros, 'zero']].filter(([n]) => n).map(([n, what]) => `${many(n)} ${what}`);
  if (r.unknown) found.unshift(`${many(r.known)} of ${many(size)} reached`);
  return found.length ? found.join(', ') : '';
}

// What the gradient of a node is in the course of the pass; of a node with very many users, at the beginning and the end.
function gradsOf(m, pass, i) {
  const { steps } = pass, found = [m.seed];
  if (steps.first[i] >= 0) found.push(steps.upstream[steps.first[i]]);
  for (let k = steps.lastIn[i], n = 0; k >= 0 && n < 100; k = steps.before[k], n++) found.push(steps.total[k]);
  return found;
}

// Room for whatever a box may say during the pass, so that a step moves nothing.
function sizeOf(m, pass, box, face) {
  if (box.slots) return { width: Math.ceil(Math.max(...face.lines.map(t => measure(t)))) + 12, height: 8 + FONT.line * face.lines.length };
  let widest = Math.max(measure(face.lines[0], true), ...face.lines.slice(1).map(t => measure(t)));
  let rows = 3;
  if (box.node >= 0) {
    for (const grad of gradsOf(m, pass, box.node)) widest = Math.max(widest, measure(`grad ${number(grad)}${wordFor(m, grad)}`));
  } else {
    const size = m.groups.to[box.group] - m.groups.from[box.group];
    rows = (face.lines[1].startsWith('data') ? 3 : 4) + 1;
    widest = Math.max(widest, measure(`grad ${MINUS}0.0123 \u2026 ${MINUS}0.0123`), measure(`${many(size)} of ${many(size)} reached`));
  }
  const extra = { input: 10, siblings: 0, rest: 0, part: 10, output: 6 }[box.kind] || 0;
  return { width: Math.ceil(widest) + 18 + extra, height: FONT.line * rows + 14 + (box.kind === 'scope' ? 6 : box.kind === 'output' ? 6 : 0) };
}

// Outlines as path data, in a box of a width and a height: [decoration behind, outline, decoration on top].
function outline(kind, w, h) {
  const rect = (x, y, width, height, r = 0) => (r
    ? `M${x + r} ${y}h${width - 2 * r}a${r} ${r} 0 0 1 ${r} ${r}v${height - 2 * r}a${r} ${r} 0 0 1 ${-r} ${r}h${2 * r - width}a${r} ${r} 0 0 1 ${-r} ${-r}v${2 * r - height}a${r} ${r} 0 0 1 ${r} ${-r}z`
    : `M${x} ${y}h${width}v${height}h${-width}z`);
  switch (kind) {
    case 'input': return ['', `M10 0H${w - 10}L${w} 10V${h - 10}L${w - 10} ${h}H10L0 ${h - 10}V10z`, ''];
    case 'operation': return ['', rect(0, 0, w, h, 7), ''];
    case 'output': return [rect(0, 0, w, h, 9), rect(3, 3, w - 6, h - 6, 7), ''];
    case 'scope': return ['', `M0 6V4a4 4 0 0 1 4 -4H${Math.min(w * 0.4, 70)}l6 6H${w - 4}a4 4 0 0 1 4 4V${h}H0z`, ''];
    case 'siblings':
    case 'rest': return [`M8 -4V-8H${w + 8}V${h - 8}H${w + 4}M4 0V-4H${w + 4}V${h - 4}H${w}`, rect(0, 0, w, h), ''];
    case 'part': return ['', rect(0, 0, w, h), `M-5 12h10v7h-10zM-5 ${h - 19}h10v7h-10z`];
    default: return ['', rect(0, 0, w, h), ''];
  }
}

// --- colour --------------------------------------------------------------------------------------------------------------

const hex = text => [1, 3, 5].map(i => parseInt(text.slice(i, i + 2), 16));

class Colours {
  // Read from the style sheet, so that light and dark are decided there.
  constructor() {
    const style = getComputedStyle(document.documentElement);
    const read = name => style.getPropertyValue(name).trim();
    this.paper = hex(read('--box'));
    this.positive = hex(read('--positive-fill'));
    this.negative = hex(read('--negative-fill'));
    this.zero = read('--zero-fill');
    this.alarm = read('--alarm-fill');
    this.none = read('--box');
  }

  // Blue below zero, orange above, paler the smaller next to the largest of the pass; grey for 0.
  fill(m, gradient, largest) {
    if (gradient === undefined) return this.none;
    if (!Number.isFinite(gradient)) return this.alarm;
    if (gradient === 0) return this.zero;
    const t = 0.12 + 0.88 * strength(m, Math.abs(gradient), largest) ** 2, full = gradient > 0 ? this.positive : this.negative;
    return '#' + this.paper.map((c, i) => Math.round(c + (full[i] - c) * t).toString(16).padStart(2, '0')).join('');
  }
}

function strength(m, magnitude, largest) {
  if (!(magnitude > 0 && magnitude < Infinity && largest > 0 && largest < Infinity)) return 0;
  return Math.min(1, Math.max(0, 1 + Math.log10(magnitude / largest) / m.limits.decades));
}
