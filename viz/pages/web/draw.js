// The picture as SVG: an element per box, frame and arrow, made when it comes into view and changed in place after that.
// Text from the data goes into text nodes and attributes only, never into markup.

const SVG = 'http://www.w3.org/2000/svg';

function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  element.append(...children);
  return element;
}

class Picture {
  constructor(m, pass, host, act) {
    Object.assign(this, { m, pass, act, elements: new Map(), moving: 0 });
    this.gradients = svg('defs');
    this.layers = {};
    this.world = svg('g', { class: 'world' });
    for (const name of ['frames', 'lit', 'arrows', 'boxes', 'labels']) this.world.append(this.layers[name] = svg('g', { class: name }));
    this.hatching = svg('pattern', { id: 'hatching', width: 7, height: 7, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      svg('rect', { class: 'ground', width: 7, height: 7 }), svg('line', { x1: 0, y1: 0, x2: 0, y2: 7 }));
    const head = (id, size) => svg('marker', { id, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: size, markerHeight: size, orient: 'auto', markerUnits: 'userSpaceOnUse' }, svg('path', { d: 'M0 0.5L8 4L0 7.5z' }));
    this.gradients.append(this.hatching, head('head', 8), head('head-active', 13));
    host.append(this.gradients, this.world);
    this.recolour();
  }

  recolour() {
    this.colours = new Colours();
  }

  // The largest gradient of the whole pass, that colours are relative to.
  get largest() {
    if (this.largestGrad === undefined) {
      let most = Math.abs(this.m.seed);
      for (let k = 0; k < this.pass.length; k++) if (this.pass.steps.lastIn[this.pass.steps.parent[k]] === k) {
        const size = Math.abs(this.pass.steps.total[k]);
        if (size > most && size < Infinity) most = size;
      }
      this.largestGrad = most;
    }
    return this.largestGrad;
  }

  get largestContribution() {
    if (this.largestPassed === undefined) {
      this.largestPassed = this.pass.steps.contribution.reduce((most, c) => (Math.abs(c) > most && Math.abs(c) < Infinity ? Math.abs(c) : most), 0);
    }
    return this.largestPassed;
  }

  // Show a cut in its layout; what stays moves there from where it was.
  show(cut, layout, animate) {
    const wanted = new Set([...cut.boxes, ...cut.frames].map(thing => thing.id));
    for (const [id, element] of this.elements) if (!wanted.has(id) || element.open !== layout.frames.has(id)) {
      element.g.remove();
      this.elements.delete(id);
    }
    this.cut = cut;
    this.layout = layout;
    this.byId = new Map(cut.boxes.map((box, place) => [box.id, place]));
    const inOrder = [];
    for (const frame of cut.frames) this.placeFrame(frame, layout.frames.get(frame.id), animate);
    for (const box of cut.boxes) inOrder.push(this.placeBox(box, layout.boxes.get(box.id), animate).g);
    // Focus goes from box to box in the order of the computation; moving an element would lose the focus, so only if needed.
    inOrder.forEach((g, n) => {
      if (this.layers.boxes.children[n] !== g) this.layers.boxes.insertBefore(g, this.layers.boxes.children[n] || null);
    });
    this.drawArrows(animate);
    this.update(null);
  }

  move(element, place, animate) {
    const old = element.place;
    element.place = place;
    element.g.style.transition = animate && old ? 'transform 200ms ease-out' : 'none';
    element.g.style.transform = `translate(${place.x}px, ${place.y}px)`;
    if (animate && !old) element.g.animate([{ opacity: 0 }, { opacity: 0, offset: 0.4 }, { opacity: 1 }], 260);
  }

  placeFrame(frame, place, animate) {
    let element = this.elements.get(frame.id);
    if (!element) {
      const title = svg('text', { x: 26, y: 19 }), rect = svg('rect', { rx: 8, class: 'edge' });
      const handle = svg('g', { class: 'handle' }, svg('rect', { class: 'hit', x: 4, y: 4, height: 22, rx: 4 }), svg('path', { d: 'M9 11h9v9h-9zM11 15.5h5' }), title);
      const g = svg('g', { class: `frame ${this.m.groups.kind[frame.group]}`, tabindex: 0, role: 'button', 'data-id': frame.id, 'aria-expanded': 'true' }, rect, handle);
      title.textContent = cut(groupTitle(this.m, frame.group), 40);
      g.setAttribute('aria-label', `${groupTitle(this.m, frame.group)}, ${NAMED[this.m.groups.kind[frame.group]].replace('folded', 'open').replace(', open', '')}, open. Enter folds it`);
      element = { g, rect, hit: handle.firstChild, title, open: true };
      this.elements.set(frame.id, element);
      this.layers.frames.append(g);
    }
    element.rect.setAttribute('width', place.width);
    element.rect.setAttribute('height', place.height);
    element.hit.setAttribute('width', Math.min(place.width - 8, 30 + measure(element.title.textContent)));
    this.move(element, place, animate);
  }

  placeBox(box, place, animate) {
    let element = this.elements.get(box.id);
    if (!element) {
      const [behind, edge, front] = outline(box.kind, place.width, place.height);
      const g = svg('g', { class: `box ${box.kind}`, 'data-id': box.id, tabindex: 0, role: 'button' });
      const parts = { behind: svg('path', { class: 'behind', d: behind }), edge: svg('path', { class: 'edge', d: edge }), front: svg('path', { class: 'front', d: front }), text: svg('text'), badge: svg('text', { class: 'badge' }) };
      if (box.kind === 'constant') g.removeAttribute('role');
      if (box.group >= 0) g.setAttribute('aria-expanded', 'false');
      g.append(...Object.values(parts));
      element = { g, ...parts, open: false, lines: [] };
      this.elements.set(box.id, element);
      this.layers.boxes.append(g);
    }
    element.box = box;
    this.move(element, place, animate);
    return element;
  }

  // Bring what the boxes say up to date: all of them, or those that hold some nodes.
  update(nodes) {
    if (!this.cut) return;
    if (nodes === null) this.cut.boxes.forEach((_, place) => this.updateBox(place));
    else for (const place of new Set(nodes.map(i => this.cut.boxOf[i]))) if (place >= 0) this.updateBox(place);
  }

  updateBox(place) {
    const box = this.cut.boxes[place], element = this.elements.get(box.id), face = faceOf(this.m, this.pass, box);
    const { width, height } = element.place, tab = box.kind === 'scope' ? 6 : 0;
    const top = (height + tab - FONT.line * face.lines.length) / 2 + 12;
    const key = face.lines.join('\n') + top;
    if (element.lines !== key) {
      element.lines = key;
      element.text.replaceChildren(...face.lines.map((line, n) => {
        const row = svg('tspan', { x: width / 2, y: top + FONT.line * n });
        if (n === 0) row.setAttribute('class', 'title');
        row.textContent = line;
        return row;
      }));
    }
    if (box.kind === 'constant') {
      element.g.setAttribute('aria-label', `constant ${face.lines.join(', ')}`);
      return;
    }
    element.badge.textContent = face.badge;
    element.badge.setAttribute('x', width - 5);
    element.badge.setAttribute('y', -4);
    for (const state of ['waiting', 'adding', 'done']) element.g.classList.toggle(state, face.state === state);
    element.g.classList.toggle('alarm', Boolean(face.alarm));
    element.edge.setAttribute('fill', this.fillOf(box, face));
    const said = { waiting: 'not reached yet', adding: `still adding up${face.badge ? `, ${face.badge} contributions` : ''}`, done: 'complete' }[face.state];
    const press = box.group >= 0 ? '. Enter opens it' : '';
    element.g.setAttribute('aria-label', `${NAMED[box.kind]} ${face.lines.join(', ').replaceAll('\u2013', 'none yet')}, gradient ${said}${press}`);
  }

  fillOf(box, face) {
    if (face.state === 'waiting') return 'url(#hatching)';
    if (box.group >= 0 && face.alarm && !(face.low === face.low)) return this.colours.alarm;
    if (box.group >= 0 && face.low < 0 && face.high > 0) {
      const id = `fill-${box.id}`, ends = [face.low, face.high].map(g => this.colours.fill(this.m, g, this.largest));
      let gradient = this.gradients.querySelector(`#${id}`);
      if (!gradient) this.gradients.append(gradient = svg('linearGradient', { id }, svg('stop', { offset: 0.2 }), svg('stop', { offset: 0.8 })));
      ends.forEach((colour, n) => gradient.children[n].setAttribute('stop-color', colour));
      return `url(#${id})`;
    }
    const end = box.group >= 0 ? (Math.abs(face.low) > Math.abs(face.high) ? face.low : face.high) : face.low;
    return this.colours.fill(this.m, end, this.largest);
  }

  // --- arrows ------------------------------------------------------------------------------------------------------------

  drawArrows(animate) {
    this.layers.arrows.replaceChildren();
    this.layers.labels.replaceChildren();
    this.layers.lit.replaceChildren();
    this.arrows = new Map();
    for (const arrow of this.cut.arrows) {
      const stops = this.layout.ways.get(arrow.id), d = curve(stops);
      const path = svg('path', { d, class: arrow.constant ? 'arrow constant' : 'arrow', 'data-id': arrow.id, 'marker-end': 'url(#head)' });
      const [low, high] = this.contributions(arrow);
      if (!arrow.constant) {
        const most = Math.max(Math.abs(low), Math.abs(high));
        path.classList.add(most !== most || most === Infinity ? 'nan' : low >= 0 && high > 0 ? 'positive' : high <= 0 && low < 0 ? 'negative' : 'mixed');
        path.style.strokeWidth = `${(0.8 + 1.8 * strength(this.m, most, this.largestContribution)).toFixed(2)}px`;
      }
      this.layers.arrows.append(path);
      this.arrows.set(arrow.id, { arrow, path, d, stops });
    }
    if (animate) for (const layer of [this.layers.arrows, this.layers.labels]) layer.animate([{ opacity: 0 }, { opacity: 0, offset: 0.6 }, { opacity: 1 }], 300);
    this.labelArrows();
  }

  // The smallest and the largest of what goes along an arrow in the whole pass.
  contributions(arrow) {
    if (arrow.constant) return [0, 0];
    if (arrow.slot >= 0) {
      const k = this.pass.steps.stepOf[arrow.slot], c = k < 0 ? 0 : this.pass.steps.contribution[k];
      return [c, c];
    }
    const { m, pass, cut } = this, head = cut.boxes[arrow.head];
    let low = Infinity, high = -Infinity;
    for (const i of head.node >= 0 ? [head.node] : m.groups.nodesOf(head.group)) {
      for (let s = m.start[i]; s < m.start[i + 1]; s++) {
        if (m.operands[s] < 0 || cut.boxOf[m.operands[s]] !== arrow.tail) continue;
        const k = pass.steps.stepOf[s], c = k < 0 ? 0 : pass.steps.contribution[k];
        if (c !== c) return [NaN, NaN];
        if (c < low) low = c;
        if (c > high) high = c;
      }
    }
    return [low, high];
  }

  // Numbers on arrows; where they would run into each other, none are written: the panel and the hovered arrow have them.
  labelArrows() {
    this.layers.labels.replaceChildren();
    const taken = [];
    for (const { arrow, stops } of this.arrows.values()) {
      if (arrow.constant) continue;
      const text = arrow.operands > 1 ? plural(arrow.operands, 'arrow') : this.local(arrow.slot);
      if (!text) continue;
      const [a, b] = gapOf(stops), width = measure(text) * 0.84 + 6;
      for (const t of [0.5, 0.35, 0.65, 0.25, 0.75]) {
        const x = a.right + (b.left - a.right) * t, y = a.y + (b.y - a.y) * (t * t * (3 - 2 * t));
        const spot = { x: x - width / 2, y: y - 7, width, height: 14 };
        if (width > b.left - a.right - 8 || taken.some(other => overlap(spot, other))) continue;
        taken.push(spot);
        const label = svg('text', { x, y: y + 3.5 });
        label.textContent = text;
        this.layers.labels.append(svg('g', { class: 'label', 'data-id': arrow.id }, svg('rect', { ...spot, rx: 3 }), label));
        break;
      }
    }
  }

  local(slot) {
    return slot >= 0 && this.m.local[slot] === this.m.local[slot] ? `\u00d7${number(this.m.local[slot], 3)}` : '';
  }

  // --- what is lit -------------------------------------------------------------------------------------------------------

  light({ slot, node, parent, selected, path }) {
    const { m, cut } = this, boxes = new Map();
    const mark = (i, name) => { if (i >= 0 && cut.boxOf[i] >= 0) boxes.set(cut.boxes[cut.boxOf[i]].id, `${boxes.get(cut.boxes[cut.boxOf[i]].id) || ''} ${name}`); };
    mark(node, 'from');
    mark(parent, 'to');
    for (const [id, element] of this.elements) {
      const classes = boxes.get(id) || '';
      element.g.classList.toggle('from', classes.includes('from'));
      element.g.classList.toggle('to', classes.includes('to'));
      element.g.classList.toggle('selected', id === selected);
    }
    const onPath = place => path && path.boxes.has(place);
    cut.boxes.forEach((box, place) => this.elements.get(box.id).g.classList.toggle('lit', Boolean(onPath(place))));
    this.layers.lit.replaceChildren();
    this.activePath = null;
    for (const { arrow, path: element, d } of this.arrows.values()) {
      const active = slot >= 0 && this.carries(arrow, slot);
      element.classList.toggle('active', active);
      element.setAttribute('marker-end', active ? 'url(#head-active)' : 'url(#head)');
      if (active) this.activePath = element;
      const lit = !active && !arrow.constant && onPath(arrow.head) && onPath(arrow.tail);
      element.classList.toggle('lit', Boolean(lit));
      if (lit) this.layers.lit.append(svg('path', { d }));
    }
    if (this.activePath) this.layers.arrows.append(this.activePath);
    for (const g of this.layers.labels.children) g.classList.toggle('active', this.activePath && g.dataset.id === this.activePath.dataset.id);
    this.contributionLabel(slot);
  }

  carries(arrow, slot) {
    if (arrow.constant) return false;
    if (arrow.slot >= 0) return arrow.slot === slot;
    return this.cut.boxOf[this.m.operands[slot]] === arrow.tail && this.cut.boxOf[this.m.head[slot]] === arrow.head;
  }

  // What the current step adds, on its arrow.
  contributionLabel(slot) {
    this.layers.labels.querySelector('.passed')?.remove();
    if (!this.activePath) return;
    const { stops } = this.arrows.get(this.activePath.dataset.id), k = this.pass.steps.stepOf[slot];
    const [a, b] = gapOf(stops), text = `+= ${number(this.pass.steps.contribution[k])}`, width = measure(text, true) + 12;
    const x = (a.right + b.left) / 2 - width / 2, ends = [a.y, b.y].sort((p, q) => p - q);
    // In the gap if it has room; else the nearest height, above or below, where it covers no box.
    const spots = [(a.y + b.y) / 2 - 25];
    for (let away = 0; away < 160; away += 6) spots.push(ends[0] - 25 - away, ends[1] + 7 + away);
    const boxes = [...this.layout.boxes.values()].filter(box => box.x < x + width && x < box.x + box.width);
    const top = spots.find(y => !boxes.some(box => overlap({ x, y, width, height: 18 }, box))) ?? spots[0];
    const label = svg('text', { x: x + width / 2, y: top + 13 });
    label.textContent = text;
    this.layers.labels.append(svg('g', { class: 'label passed' }, svg('rect', { x, y: top, width, height: 18, rx: 4 }), label));
  }
}

// A smooth line: level over the width of each stop, bending in the gaps between them.
function curve(stops) {
  let d = `M${stops[0].right.toFixed(1)} ${stops[0].y.toFixed(1)}`;
  for (let n = 1; n < stops.length; n++) {
    const a = stops[n - 1], b = stops[n], bend = (b.left - a.right) / 2;
    if (a.y === b.y || bend === 0) d += `L${b.left.toFixed(1)} ${b.y.toFixed(1)}`;
    else d += `C${(a.right + bend).toFixed(1)} ${a.y.toFixed(1)} ${(b.left - bend).toFixed(1)} ${b.y.toFixed(1)} ${b.left.toFixed(1)} ${b.y.toFixed(1)}`;
    if (b.right > b.left && n < stops.length - 1) d += `H${b.right.toFixed(1)}`;
  }
  return d;
}

// The widest gap of an arrow: where its numbers go.
function gapOf(stops) {
  let best = 1;
  for (let n = 2; n < stops.length; n++) if (stops[n].left - stops[n - 1].right > stops[best].left - stops[best - 1].right) best = n;
  return [stops[best - 1], stops[best]];
}

const overlap = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
