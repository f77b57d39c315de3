// The panel beside the graph: the current contribution in symbols and numbers, and what is known of the selected box.

const MOST = 20; // operands, users or members listed before the rest is counted

function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const key in attributes) {
    if (key === 'onclick') element.addEventListener('click', attributes.onclick);
    else element.setAttribute(key, attributes[key]);
  }
  element.append(...children.filter(child => child !== null && child !== ''));
  return element;
}

const signOf = x => (x === undefined || x === 0 ? '' : x !== x || !Number.isFinite(x) ? 'nan' : x > 0 ? 'positive' : 'negative');
// Colour is for gradients; data and local derivatives are plain.
const figure = (x, digits = 6) => html('span', { title: exactly(x), class: signOf(x) }, number(x, digits));
const plain = (x, digits = 6) => html('span', { title: exactly(x), class: Number.isFinite(x) ? '' : 'nan' }, number(x, digits));

class Panel {
  constructor(m, pass, act) {
    Object.assign(this, { m, pass, act });
  }

  link(i) {
    return html('button', { type: 'button', class: 'link', onclick: () => this.act.select({ node: i }) }, this.m.nameOf(i));
  }

  groupLink(g) {
    return html('button', { type: 'button', class: 'link', onclick: () => this.act.select({ group: g }) }, groupTitle(this.m, g));
  }

  stepLink(k, ...content) {
    return html('button', { type: 'button', class: 'link', 'aria-label': `go to step ${k + 1}`, onclick: () => this.act.goTo(k + 1) }, ...content);
  }

  source(i) {
    const [place, where, text] = this.m.sources[this.m.source[i]];
    if (!place) return '';
    return html('p', { class: 'source' }, place, where && where !== '<module>' ? `, in ${where}` : '', text ? html('span', { class: 'text' }, text) : '');
  }

  // The folded box that a node is hidden in, in words.
  hiddenIn(i) {
    const g = this.act.hiddenIn(i);
    return g > 0 ? html('span', { class: 'quiet' }, ' in ', this.groupLink(g)) : '';
  }

  showStep() {
    const { m, pass } = this, host = get('step'), k = pass.current, { steps } = pass;
    if (k < 0) {
      host.replaceChildren(html('h2', {}, 'The backward pass'),
        html('p', { class: 'name' }, 'It begins at ', this.link(m.root)),
        html('p', {}, `Its own gradient is ${number(m.seed, 6)}. ${pass.length ? `${plural(pass.length, 'contribution')} follow${pass.length === 1 ? 's' : ''}, from there back to what it was computed from.` : 'It was not computed from anything, so nothing is passed on.'}`),
        pass.length ? html('p', { class: 'quiet' }, 'Step on with ', html('kbd', {}, '\u2192'), ', play with ', html('kbd', {}, 'space'), '.') : '');
      return;
    }
    const slot = steps.order[k], v = steps.node[k], p = steps.parent[k];
    const local = m.local[slot], known = local === local || !m.rules[m.rule[v]].rules.every(rule => rule === 'made by hand');
    const parts = known
      ? [['+=', local, 'local'], ['\u00d7', steps.upstream[k], `grad of ${m.nameOf(v)}`], ['=', steps.contribution[k], 'contribution']]
      : [['+=', steps.contribution[k], 'contribution']];
    const sum = html('div', { class: 'sum' }, ...parts.flatMap(([sign, x, what], n) => [
      html('span', { class: 'sign' }, sign),
      html('span', { class: `figure${n === parts.length - 1 ? ' result' : ''}` }, what === 'local' ? plain(x) : figure(x)),
      html('small', {}, what)]));
    host.replaceChildren(
      html('h2', {}, html('span', {}, 'Contribution'), html('span', {}, `${many(k + 1)} of ${many(pass.length)}`)),
      html('p', { class: 'name' }, this.link(v), ' \u2192 ', this.link(p)),
      html('p', { class: 'rule' }, known ? ruleOf(m, slot) : 'by a rule made by hand'),
      html('p', {}, this.link(p), '.grad', this.hiddenIn(p)),
      sum,
      html('p', {}, 'total ', html('b', {}, figure(steps.total[k])), html('span', { class: 'quiet' }, `  after ${many(pass.received[p])} of ${plural(steps.count[p], 'contribution')}`)),
      html('p', {}, html('span', { class: 'quiet' }, 'passed on by '), this.link(v), m.isLeaf(v) ? '' : ` = ${cut(formulaOf(m, v), 120)}`, this.hiddenIn(v)),
      this.source(v));
  }

  showSelected(selected) {
    const host = get('details');
    if (!selected) host.replaceChildren(html('h2', {}, 'Selected'), html('p', { class: 'quiet' }, 'Click a box, or reach it with ', html('kbd', {}, 'tab'), '. A folded one opens with a click or ', html('kbd', {}, 'enter'), '.'));
    else if (selected.group !== undefined) host.replaceChildren(...this.group(selected.group));
    else host.replaceChildren(...this.node(selected.node));
  }

  node(i) {
    const { m, pass } = this, { steps } = pass, grad = pass.grad(i), due = steps.count[i];
    const final = m.grad[i], sum = i === m.root && !due ? m.seed : steps.first[i] >= 0 ? steps.upstream[steps.first[i]] : steps.lastIn[i] < 0 ? undefined : steps.total[steps.lastIn[i]];
    const state = { waiting: 'no contribution has arrived', adding: `${pass.received[i]} of ${due} contributions have arrived`, done: '' }[pass.state(i)];
    const facts = [['data', plain(m.data[i])], ['grad', html('span', {}, figure(grad), html('b', { class: 'nan' }, grad === undefined ? '' : wordFor(m, grad)), state ? html('span', { class: 'quiet' }, `  ${state}`) : '')]];
    if (!(Object.is(final, sum) || (final !== final && sum !== sum)) && sum !== undefined && final !== sum) facts.push(['.grad', html('span', {}, figure(final), html('span', { class: 'quiet' }, '  after the pass, with what was there before'))]);
    if (m.scopes[m.scope[i]]) facts.push(['scope', m.scopes[m.scope[i]]]);
    facts.push(['id', `v${i}, ${m.kindOf(i)}`]);
    const users = [...m.userSlots.subarray(m.userStart[i], m.userStart[i + 1])];
    return [
      html('h2', {}, 'Selected'),
      html('p', { class: 'name' }, m.nameOf(i)),
      m.isLeaf(i) ? '' : html('p', {}, `= ${cut(formulaOf(m, i), 200)}`),
      html('dl', {}, ...facts.flatMap(([what, value]) => [html('dt', {}, what), html('dd', {}, value)])),
      this.source(i),
      html('div', { class: 'actions' },
        due ? html('button', { type: 'button', onclick: () => this.act.goTo(steps.lastIn[i] + 1) }, 'Go to its last contribution') : '',
        steps.first[i] >= 0 ? html('button', { type: 'button', onclick: () => this.act.goTo(steps.first[i] + 1) }, 'Go to where it passes on') : '',
        html('button', { type: 'button', onclick: () => this.act.centre(i) }, 'Centre')),
      ...this.table('Gradient received from', users.filter(s => steps.stepOf[s] >= 0).sort((a, b) => steps.stepOf[a] - steps.stepOf[b]), s => m.head[s]),
      ...this.operands(i),
    ].filter(Boolean);
  }

  operands(i) {
    const { m, pass } = this, slots = [];
    let constants = 0;
    for (let s = m.start[i]; s < m.start[i + 1]; s++) if (m.operands[s] >= 0) slots.push(s); else constants++;
    const size = s => { const k = pass.steps.stepOf[s], c = k < 0 ? 0 : Math.abs(pass.steps.contribution[k]); return c === c ? c : Infinity; };
    slots.sort((a, b) => size(b) - size(a) || a - b);
    const found = this.table('Operands, the largest contribution first', slots, s => m.operands[s]);
    if (constants) found.push(html('p', { class: 'quiet' }, `and ${plural(constants, 'constant')}`));
    return found;
  }

  // A row per operand: who, its local derivative, what is passed on along it.
  table(heading, slots, who) {
    if (!slots.length) return [];
    const { m, pass } = this, { steps } = pass;
    const rows = slots.slice(0, MOST).map(s => {
      const k = steps.stepOf[s], row = html('tr', { class: k === pass.current && k >= 0 ? 'current' : k >= pass.k ? 'later' : '' });
      row.append(html('td', {}, this.link(who(s))), html('td', {}, m.local[s] === m.local[s] || k >= 0 ? plain(m.local[s], 4) : '\u2013'), html('td', {}, k < 0 ? '\u2013' : figure(steps.contribution[k], 4)), html('td', {}, k < 0 ? '' : this.stepLink(k, many(k + 1))));
      return row;
    });
    const head = html('tr', {}, html('th', { scope: 'col' }, ''), ...['local', 'contribution', 'step'].map(text => html('th', { scope: 'col' }, text)));
    const rest = slots.length - rows.length;
    return [html('h3', {}, heading), html('table', {}, html('thead', {}, head), html('tbody', {}, ...rows)), rest ? html('p', { class: 'quiet' }, `and ${many(rest)} more`) : null].filter(Boolean);
  }

  group(g) {
    const { m, pass } = this, nodes = m.groups.nodesOf(g), grads = gradRange(m, pass, g), data = dataRange(m, g), kind = m.groups.kind[g];
    const open = this.act.isOpen(g);
    const facts = [['holds', plural(nodes.length, 'value')], ['made by', groupOperations(m, g) || 'given'], ['data', spanOf(data)], ['grad', spanOf(grads)]];
    const odd = exceptions(grads, nodes.length);
    if (odd) facts.push(['', odd]);
    const members = itemsOf(m, g).filter(item => !item.slots);
    const rows = members.slice(0, MOST).map(item => html('tr', {}, html('td', {}, item.node !== undefined ? this.link(item.node) : this.groupLink(item.group)), html('td', {}, item.node !== undefined ? number(m.data[item.node]) : spanOf(dataRange(m, item.group))), html('td', {}, item.node !== undefined ? number(pass.grad(item.node)) : spanOf(gradRange(m, pass, item.group)))));
    const rest = members.length - rows.length;
    return [
      html('h2', {}, 'Selected'),
      html('p', { class: 'name' }, groupTitle(m, g)),
      html('p', { class: 'quiet' }, NAMED[kind] ? NAMED[kind].replace(/folded |, folded/, '') : ''),
      html('dl', {}, ...facts.flatMap(([what, value]) => [html('dt', {}, what), html('dd', {}, value)])),
      html('div', { class: 'actions' }, html('button', { type: 'button', onclick: () => this.act.toggle(g) }, open ? 'Fold' : 'Open')),
      html('h3', {}, 'Members'),
      html('table', {}, html('thead', {}, html('tr', {}, ...['', 'data', 'grad'].map(text => html('th', { scope: 'col' }, text)))), html('tbody', {}, ...rows)),
      rest ? html('p', { class: 'quiet' }, `and ${many(rest)} more`) : '',
    ].filter(Boolean);
  }
}
