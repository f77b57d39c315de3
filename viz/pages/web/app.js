// The page: holds what is open, selected and lit, and lets the parts know when it changes.

class App {
  constructor(m) {
    this.m = m;
    this.pass = new Pass(m);
    this.selected = null;
    this.pathOn = true;
    this.items = new Map();
    this.structures = new Map();
    this.sizes = new Map();
    this.picture = new Picture(m, this.pass, get('graph'), this);
    this.camera = new Camera(get('graph'), this.picture.world);
    this.panelView = new Panel(m, this.pass, this);
    this.timeline = new Timeline(this.pass, (nodes, playing) => this.stepped(nodes, playing));
    this.searching = new Search(m, hit => this.select(hit, true));
    this.still = matchMedia('(prefers-reduced-motion: reduce)');
    get('counts').textContent = `${plural(m.size, 'value')}, ${plural(this.pass.length, 'contribution')}`;
    for (const opened of m.opened) {
      this.opened = new Set(opened).add(0);
      this.render(false);
      if (this.camera.scaleFor(this.layout) >= ZOOM.first) break;
    }
    this.camera.begin(this.layout, this.placeOf(this.cut.boxes[this.cut.boxOf[m.root]].id));
    this.light();
    this.panelView.showStep();
    this.panelView.showSelected(null);
    this.wire();
  }

  wire() {
    const on = (id, act) => get(id).addEventListener('click', act);
    on('zoom-in', () => this.zoom(1.25));
    on('zoom-out', () => this.zoom(0.8));
    on('fit', () => this.fit());
    on('theme-button', () => this.theme());
    on('panel-button', () => this.panel());
    on('legend-button', () => this.help());
    const graph = get('graph');
    graph.addEventListener('click', event => {
      if (this.camera.dragged) return;
      const thing = event.target.closest('[data-id]');
      const frame = thing && thing.classList.contains('frame');
      if (!thing || (frame && !event.target.closest('.handle')) || thing.matches('.arrow, .label')) return void (thing ? 0 : this.escape());
      if (event.shiftKey) this.select(this.meaning(thing.dataset.id));
      else this.press(thing.dataset.id);
    });
    graph.addEventListener('focusin', event => {
      const thing = event.target.closest('[data-id]');
      if (!thing || !thing.matches(':focus-visible')) return;
      this.selected = this.meaning(thing.dataset.id);
      this.refresh();
      const place = this.placeOf(thing.dataset.id);
      if (place) this.camera.reveal({ ...place, height: Math.min(place.height, 60) }, this.moves);
    });
    graph.addEventListener('pointermove', event => this.tip(event));
    graph.addEventListener('pointerleave', () => { get('tip').hidden = true; });
    addEventListener('resize', () => this.fit(false));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.setTheme());
    listen(this);
  }

  get moves() {
    return !this.still.matches;
  }

  // --- folding -----------------------------------------------------------------------------------------------------------

  itemsIn(g) {
    if (!this.items.has(g)) this.items.set(g, itemsOf(this.m, g));
    return this.items.get(g);
  }

  structureIn(g) {
    if (!this.structures.has(g)) this.structures.set(g, structureOf(this.m, g, this.itemsIn(g)));
    return this.structures.get(g);
  }

  sizeOf(box) {
    if (!this.sizes.has(box.id)) this.sizes.set(box.id, sizeOf(this.m, this.pass, box, faceOf(this.m, this.pass, box)));
    return this.sizes.get(box.id);
  }

  render(animate) {
    this.cut = cutOf(this.m, this.opened, g => this.itemsIn(g));
    const boxes = new Map(this.cut.boxes.map(box => [box.id, box]));
    this.layout = layoutOf(this.m, this.cut, this.opened, g => this.structureIn(g), id => this.sizeOf(boxes.get(id)));
    this.picture.show(this.cut, this.layout, animate);
    this.path = undefined;
  }

  placeOf(id) {
    return this.layout.boxes.get(id) || this.layout.frames.get(id);
  }

  isOpen(g) {
    return this.opened.has(g);
  }

  // Open or fold groups; the one that was clicked stays where it is on the screen.
  change(groups, open, anchor) {
    if (open) {
      const more = groups.filter(g => !this.opened.has(g)).reduce((n, g) => n + this.itemsIn(g).length, 0);
      if (this.cut.boxes.length + more > this.m.limits.boxes) {
        this.say(`That would be ${many(this.cut.boxes.length + more)} boxes, too many to read. Fold something first; at most ${many(this.m.limits.boxes)} are shown.`);
        return false;
      }
    }
    const focused = document.activeElement?.dataset?.id, before = anchor && this.placeOf(anchor), at = before && this.camera.screen(before);
    for (const g of groups) if (open) this.opened.add(g); else this.opened.delete(g);
    this.render(this.moves);
    if (at) this.camera.anchor(this.placeOf(anchor), at, this.moves);
    if (!open && anchor) this.camera.reveal(this.placeOf(anchor), this.moves);
    if (focused && this.picture.elements.has(focused)) this.picture.elements.get(focused).g.focus({ preventScroll: true });
    this.refresh();
    return true;
  }

  toggle(g) {
    const open = this.opened.has(g);
    // Seen means: everything around it is open.
    const groups = open ? [g] : around(this.m, g);
    const visible = groups.length === 1 || around(this.m, this.m.groups.parent[g]).every(one => this.opened.has(one));
    if (this.change(groups, !open, visible ? `g${g}` : null)) {
      this.selected = { group: g };
      this.refresh();
    }
  }

  foldAround() {
    let g = this.selected && (this.selected.group !== undefined ? this.selected.group : this.m.groupOf[this.selected.node]);
    if (g === null || g === undefined) return;
    if (!this.opened.has(g)) g = this.m.groups.parent[g];
    if (g > 0) this.toggle(g);
  }

  meaning(id) {
    if (id[0] === 'g') return { group: Number(id.slice(1)) };
    return { node: Number(id.slice(1).split('_')[0]) };
  }

  press(id) {
    get('tip').hidden = true;
    const thing = this.meaning(id);
    if (thing.group !== undefined) this.toggle(thing.group);
    else this.select(thing);
  }

  // The folded group that a node is hidden in; 0 if it is to be seen.
  hiddenIn(i) {
    const box = this.cut.boxes[this.cut.boxOf[i]];
    return box && box.group >= 0 ? box.group : 0;
  }

  // Select a node or a group, opening what it lies in.
  select(thing, centre = false) {
    const g = thing.group !== undefined ? this.m.groups.parent[thing.group] : this.m.groupOf[thing.node];
    const closed = around(this.m, g).filter(one => !this.opened.has(one));
    if (closed.length && !this.change(closed, true, `g${closed[0]}`)) return;
    this.selected = thing;
    this.refresh();
    const id = thing.group !== undefined ? `g${thing.group}` : `n${thing.node}`, place = this.placeOf(id);
    if (centre || closed.length) this.camera.centre({ ...place, height: Math.min(place.height, 100) }, this.moves);
    else this.camera.reveal(place, this.moves);
    if (centre) this.picture.elements.get(id).g.focus({ preventScroll: true });
  }

  centre(i) {
    this.select({ node: i }, true);
  }

  // --- the pass ----------------------------------------------------------------------------------------------------------

  stepped(nodes, playing) {
    this.picture.update(nodes);
    this.refresh();
    this.follow();
    if (!playing || Number(get('speed').value) <= 1) this.announce();
  }

  get active() {
    const k = this.pass.current, { steps } = this.pass;
    return k < 0 ? { slot: -1, node: this.m.root, parent: -1 } : { slot: steps.order[k], node: steps.node[k], parent: steps.parent[k] };
  }

  follow() {
    const { node, parent } = this.active;
    for (const i of [node, parent]) if (i >= 0) this.camera.reveal(this.placeOf(this.cut.boxes[this.cut.boxOf[i]].id), this.moves);
  }

  refresh() {
    this.light();
    this.panelView.showStep();
    this.panelView.showSelected(this.selected);
  }

  light() {
    const { slot, node, parent } = this.active, at = this.selected && this.selected.node !== undefined && slot < 0 ? this.selected.node : node;
    const selected = this.selected && (this.selected.group !== undefined ? `g${this.selected.group}` : `n${this.selected.node}`);
    this.picture.light({ slot, node: slot < 0 ? -1 : node, parent, selected, path: this.pathOn ? this.pathFrom(at) : null });
  }

  // The boxes on any way from a node to the cost: where its gradient comes from.
  pathFrom(i) {
    if (this.path && this.path.from === i) return this.path;
    const { m, cut } = this, seen = new Uint8Array(m.size), boxes = new Set(), stack = [i];
    seen[i] = 1;
    while (stack.length) {
      const v = stack.pop();
      boxes.add(cut.boxOf[v]);
      for (let u = m.userStart[v]; u < m.userStart[v + 1]; u++) {
        const head = m.head[m.userSlots[u]];
        if (!seen[head]) {
          seen[head] = 1;
          stack.push(head);
        }
      }
    }
    this.path = { from: i, boxes };
    return this.path;
  }

  announce() {
    const k = this.pass.current, { steps } = this.pass, { m } = this;
    get('announcer').textContent = k < 0 ? 'Start of the backward pass' : `Step ${k + 1} of ${steps.length}: ${m.nameOf(steps.parent[k])} receives ${number(m.local[steps.order[k]])} times ${number(steps.upstream[k])} is ${number(steps.contribution[k])} from ${m.nameOf(steps.node[k])}, total ${number(steps.total[k])}`;
  }

  step(direction, by) { this.timeline.step(direction, by); }
  goTo(k) { this.timeline.goTo(k); }
  play() { this.timeline.toggle(); }
  jump() { if (this.selected?.node !== undefined) this.goTo(this.pass.steps.lastIn[this.selected.node] + 1); }

  // --- the rest ----------------------------------------------------------------------------------------------------------

  zoom(by) { this.camera.zoom(by); }
  pan(dx, dy) { this.camera.pan(dx, dy); }
  fit(smooth = this.moves) { this.camera.fit(this.layout, smooth); }
  search() { get('query').focus(); }
  help() { get('help').showModal(); }
  centreActive() { this.follow(); }

  togglePath() {
    this.pathOn = !this.pathOn;
    this.light();
  }

  panel() {
    const wide = document.querySelector('main').classList.toggle('wide');
    get('panel-button').setAttribute('aria-pressed', String(!wide));
  }

  escape() {
    this.selected = null;
    get('tip').hidden = true;
    document.activeElement?.blur();
    this.refresh();
  }

  theme() {
    this.setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
  }

  setTheme(name) {
    document.documentElement.dataset.theme = name || systemTheme();
    this.picture.recolour();
    this.picture.update(null);
  }

  say(text) {
    const message = get('message');
    message.textContent = text;
    message.hidden = false;
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => { message.hidden = true; }, 6000);
  }

  // Details of what is under the pointer.
  tip(event) {
    const host = get('tip'), thing = event.target.closest('.box, .arrow'), { m, pass } = this;
    if (!thing || this.camera.dragged) return void (host.hidden = true);
    const rows = thing.matches('.arrow') ? this.arrowTip(thing.dataset.id) : this.boxTip(thing.dataset.id);
    if (!rows.length) return void (host.hidden = true);
    host.replaceChildren(...rows.map(([text, name]) => html('p', name ? { class: name } : {}, text)));
    host.hidden = false;
    const stage = get('stage').getBoundingClientRect(), x = event.clientX - stage.left, y = event.clientY - stage.top;
    host.style.left = `${Math.max(4, Math.min(x + 14, stage.width - host.offsetWidth - 8))}px`;
    host.style.top = `${y + 18 + host.offsetHeight > stage.height ? Math.max(4, y - host.offsetHeight - 12) : y + 18}px`;
    return undefined;
  }

  boxTip(id) {
    const { m, pass } = this, box = this.cut.boxes[this.picture.byId.get(id)];
    if (!box) return [];
    if (box.slots) return [[`${plural(box.slots.length, 'constant')} of ${m.nameOf(box.user)}`]];
    if (box.group >= 0) return [[groupTitle(m, box.group)], ...faceOf(m, pass, box).lines.slice(1).map(line => [line]), ['click to open, shift and click to select', 'quiet']];
    const i = box.node, [place] = m.sources[m.source[i]], grad = pass.grad(i);
    return [[m.nameOf(i)], m.isLeaf(i) ? [''] : [`= ${cut(formulaOf(m, i), 140)}`], [`data ${exactly(m.data[i])}`], [`grad ${exactly(grad)}${wordFor(m, grad)}`], [m.scopes[m.scope[i]], 'quiet'], [place, 'quiet']].filter(([text]) => text);
  }

  arrowTip(id) {
    const { m, pass } = this, found = this.picture.arrows.get(id);
    if (!found || found.arrow.constant) return [];
    const { arrow } = found;
    if (arrow.slot < 0) return [[plural(arrow.operands, 'arrow')], [`contributions ${span(...this.picture.contributions(arrow))}`, 'quiet']];
    const k = pass.steps.stepOf[arrow.slot];
    return [[`${m.nameOf(m.head[arrow.slot])} \u2192 ${m.nameOf(m.operands[arrow.slot])}`], [ruleOf(m, arrow.slot)], k < 0 ? [''] : [`+= ${number(m.local[arrow.slot], 6)} \u00d7 ${number(pass.steps.upstream[k], 6)} = ${number(pass.steps.contribution[k], 6)}`], k < 0 ? [''] : [`step ${many(k + 1)}`, 'quiet']].filter(([text]) => text);
  }
}

const systemTheme = () => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');

// What a curious user, or a test, may look at; it changes nothing but the step.
function inspection(app) {
  const { pass, m } = app;
  return Object.freeze({
    size: m.size,
    length: pass.length,
    get step() { return pass.k; },
    get opened() { return [...app.opened].sort((a, b) => a - b); },
    goTo: k => app.goTo(k),
    grad: i => pass.grad(i),
    state: i => pass.state(i),
    name: i => m.nameOf(i),
    contribution(k) {
      const { steps } = pass, slot = steps.order[k];
      return { node: steps.node[k], parent: steps.parent[k], local: m.local[slot], upstream: steps.upstream[k], contribution: steps.contribution[k], total: steps.total[k], rule: ruleOf(m, slot) };
    },
    boxes: () => app.cut.boxes.map(box => ({ id: box.id, kind: box.kind, ...app.layout.boxes.get(box.id) })),
    frames: () => app.cut.frames.map(frame => ({ id: frame.id, ...app.layout.frames.get(frame.id) })),
    arrows: () => app.cut.arrows.map(arrow => ({ tail: app.cut.boxes[arrow.tail].id, head: app.cut.boxes[arrow.head].id, operands: arrow.operands })),
    rows: id => app.layout.ways.get(id),
    openedAfter: app.openedAfter,
  });
}

document.documentElement.dataset.theme = systemTheme();
const app = new App(readModel(JSON.parse(get('content').textContent)));
fillHelp(get('help'));
app.openedAfter = performance.now();
window.stepgrad = inspection(app);
