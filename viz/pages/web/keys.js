// The keyboard: everything the mouse does. One table, read by the handler and by the help.

const KEYS = [
  ['\u2192  \u2190  or  l  h', 'step on, step back', { ArrowRight: a => a.step(1), ArrowLeft: a => a.step(-1), l: a => a.step(1), h: a => a.step(-1) }],
  ['shift with these', 'on or back by a whole node', { 'shift+ArrowRight': a => a.step(1, 'node'), 'shift+ArrowLeft': a => a.step(-1, 'node'), 'shift+L': a => a.step(1, 'node'), 'shift+H': a => a.step(-1, 'node') }],
  ['space', 'play, pause', { ' ': a => a.play() }],
  ['home  end', 'to the start, to the end', { Home: a => a.goTo(0), End: a => a.goTo(Infinity) }],
  ['g', 'to the last contribution of the selected value', { g: a => a.jump() }],
  ['tab', 'from box to box', {}],
  ['enter', 'open, fold, or select', {}],
  ['f', 'fold what the selected value lies in', { f: a => a.foldAround() }],
  ['/', 'search', { '/': a => a.search() }],
  ['+  \u2212  0', 'zoom in, out, show everything', { '+': a => a.zoom(1.25), '=': a => a.zoom(1.25), '-': a => a.zoom(0.8), 0: a => a.fit() }],
  ['w  a  s  d  or  alt with arrows', 'move the picture', { w: a => a.pan(0, 80), s: a => a.pan(0, -80), a: a => a.pan(80, 0), d: a => a.pan(-80, 0), 'alt+ArrowUp': a => a.pan(0, 80), 'alt+ArrowDown': a => a.pan(0, -80), 'alt+ArrowLeft': a => a.pan(80, 0), 'alt+ArrowRight': a => a.pan(-80, 0) }],
  ['c', 'bring the current contribution into view', { c: a => a.centreActive() }],
  ['p', 'light the path to the cost, or not', { p: a => a.togglePath() }],
  ['t', 'light or dark', { t: a => a.theme() }],
  ['i', 'show or hide the panel', { i: a => a.panel() }],
  ['?', 'this help', { '?': a => a.help(), 'shift+?': a => a.help() }],
  ['esc', 'select nothing, close', { Escape: a => a.escape() }],
];

function listen(act) {
  const handlers = Object.assign({}, ...KEYS.map(([, , some]) => some));
  addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || get('help').open) return;
    const target = event.target, own = target.matches('input, select, textarea');
    const slider = target.id === 'slider';
    if (own && !slider && event.key !== 'Escape') return;
    if (slider && /^Arrow|Home|End/.test(event.key) && !event.shiftKey && !event.altKey) return;
    const box = target.closest('[data-id]');
    if (box && event.key === 'Enter') {
      act.press(box.dataset.id);
      event.preventDefault();
      return;
    }
    if (event.key === ' ' && target.matches('button')) return;
    const plain = event.key.length === 1 && !/[a-z]/i.test(event.key);
    const key = (event.altKey ? 'alt+' : event.shiftKey && !plain ? 'shift+' : '') + event.key;
    if (!handlers[key]) return;
    event.preventDefault();
    handlers[key](act);
  });
}

// The legend and the table of keys.
function fillHelp(host) {
  const sample = (kind, state, text, fill) => {
    const g = svg('g', { class: `box ${kind} ${state}`, transform: 'translate(7 8)' }), [behind, edge, front] = outline(kind, 74, 25);
    const label = svg('text', { x: 37, y: kind === 'scope' ? 19 : 16.5 });
    label.textContent = text;
    g.append(svg('path', { class: 'behind', d: behind }), svg('path', { class: 'edge', d: edge, fill: fill || 'var(--box)' }), svg('path', { class: 'front', d: front }), label);
    return svg('svg', { width: 92, height: 37, 'aria-hidden': 'true' }, g);
  };
  const shapes = [
    [sample('parameter', 'done', 'w'), 'parameter or variable'], [sample('input', 'done', 'x'), 'input'], [sample('operation', 'done', 'tanh'), 'operation'],
    [sample('output', 'done', 'cost'), 'output: where the pass begins'], [sample('scope', 'done', 'layer1'), 'folded scope'], [sample('siblings', 'done', '\u00d78'), 'several alike, folded'], [sample('part', 'done', 'part'), 'folded stretch'],
    [sample('operation', 'waiting', 'grad \u2013', 'url(#hatching)'), 'gradient not reached yet'], [sample('operation', 'adding', 'grad 2'), 'still adding up: 1 of 3'],
    [sample('operation', 'done', 'grad 0', 'var(--zero-fill)'), 'zero'], [sample('operation', 'done', `grad ${MINUS}2`, 'var(--negative-fill)'), 'below zero, paler the smaller'],
    [sample('operation', 'done', 'grad 2', 'var(--positive-fill)'), 'above zero'], [sample('operation', 'done alarm', 'grad nan', 'var(--alarm-fill)'), 'nan or infinite'],
  ];
  const keys = KEYS.map(([key, what]) => html('tr', {}, html('td', {}, ...key.split('  ').flatMap((part, n) => [n ? ' ' : '', part === 'or' ? 'or' : html('kbd', {}, part)])), html('td', {}, what)));
  host.append(html('div', { class: 'columns' },
    html('div', {}, html('h2', {}, 'Legend'), html('table', {}, html('tbody', {}, ...shapes.map(([picture, text]) => html('tr', {}, html('td', {}, picture), html('td', {}, text)))))),
    html('div', {}, html('h2', {}, 'Keys'), html('table', {}, html('tbody', {}, ...keys)))),
    html('form', { method: 'dialog' }, html('button', {}, 'Close')));
}
