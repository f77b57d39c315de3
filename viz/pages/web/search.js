// Search by name, number (v12), operation or scope: a list to choose from, and the groups around the chosen one are opened.

const HITS = 40;

class Search {
  constructor(m, choose) {
    Object.assign(this, { m, choose, hits: [], at: 0 });
    this.input = get('query');
    this.list = get('found');
    this.input.addEventListener('input', () => this.find(this.input.value));
    this.input.addEventListener('focus', () => this.find(this.input.value));
    this.input.addEventListener('blur', () => setTimeout(() => this.close(), 150));
    this.input.addEventListener('keydown', event => this.key(event));
  }

  key(event) {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      this.at = Math.max(0, Math.min(this.hits.length - 1, this.at + (event.key === 'ArrowDown' ? 1 : -1)));
      this.mark();
    } else if (event.key === 'Enter') this.take(this.at);
    else if (event.key === 'Escape') {
      this.input.blur();
      this.close();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // What is called so comes first, then what begins so, then what contains it; scopes before values, values in their order.
  find(text) {
    const wanted = text.trim().toLowerCase(), { m } = this;
    if (!wanted) return this.close();
    const found = [[], [], []];
    const fit = (names, hit) => {
      let best = 3;
      for (const name of names) {
        const rank = name === wanted ? 0 : name.startsWith(wanted) ? 1 : name.includes(wanted) ? 2 : 3;
        if (rank < best) best = rank;
      }
      if (best < 3 && found[best].length < HITS) found[best].push(hit);
    };
    for (let g = 1; g < m.groups.count; g++) if (m.groups.kind[g] === 'scope') fit([m.groups.name[g].toLowerCase(), this.path(g).toLowerCase()], { group: g });
    const operations = m.operations.map(op => op.toLowerCase());
    for (let i = 0; i < m.size; i++) {
      const number = `v${i}`, label = m.labels[i].toLowerCase(), name = m.names[i] ? m.names[i].toLowerCase() : label;
      fit([label, name, number === wanted ? number : '', operations[m.operation[i]]], { node: i });
    }
    this.hits = found.flat().slice(0, HITS);
    this.at = 0;
    this.show();
    return undefined;
  }

  path(g) {
    return around(this.m, g).filter(one => this.m.groups.kind[one] === 'scope').map(one => this.m.groups.name[one]).join('/');
  }

  show() {
    const rows = this.hits.map((hit, n) => {
      const [name, more] = hit.group !== undefined
        ? [this.m.groups.name[hit.group], `scope ${this.path(hit.group)}`]
        : [this.m.nameOf(hit.node), [this.m.operationOf(hit.node) || this.m.kindOf(hit.node), this.m.scopes[this.m.scope[hit.node]], `v${hit.node}`].filter(Boolean).join('  ')];
      const row = html('li', { role: 'option', id: `hit-${n}` }, html('span', {}, name), html('span', {}, more));
      row.addEventListener('pointerdown', event => {
        event.preventDefault();
        this.take(n);
      });
      return row;
    });
    this.list.replaceChildren(...(rows.length ? rows : [html('li', { class: 'none' }, 'Nothing is called so')]));
    this.list.hidden = false;
    this.input.setAttribute('aria-expanded', 'true');
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((row, n) => {
      row.setAttribute('aria-selected', String(n === this.at && this.hits.length > 0));
      if (n === this.at) row.scrollIntoView({ block: 'nearest' });
    });
    this.input.setAttribute('aria-activedescendant', this.hits.length ? `hit-${this.at}` : '');
  }

  take(n) {
    const hit = this.hits[n];
    if (!hit) return;
    this.input.value = '';
    this.close();
    this.choose(hit);
  }

  close() {
    this.list.hidden = true;
    this.hits = [];
    this.input.setAttribute('aria-expanded', 'false');
  }
}
