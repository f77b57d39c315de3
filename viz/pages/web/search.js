// Search by name, number (v12), operation or scope: a list to choose from, and the groups around the chosen one are
// opened.

import { byId, html, withAttributes } from "./elements.js";
import { around } from "./cut.js";
import { typeset } from "./typeset.js";

const HITS = 40;
const NO_MATCH = 3;

export class Search {
  constructor(model, choose) {
    Object.assign(this, { model, choose, hits: [], at: 0 });
    this.input = byId("query");
    this.list = byId("found");
    this.input.addEventListener("input", () => this.find(this.input.value));
    this.input.addEventListener("focus", () => this.find(this.input.value));
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", event => this.key(event));
    // A press on the list, or on its scroll bar, leaves the cursor where it is: the list would close under it.
    this.list.addEventListener("mousedown", event => event.preventDefault());
  }

  key(event) {
    const actions = {
      ArrowDown: () => this.markAt(this.at + 1),
      ArrowUp: () => this.markAt(this.at - 1),
      Enter: () => this.take(this.at),
      Escape: () => {
        this.input.blur();
        this.close();
      },
    };
    const act = actions[event.key];
    if (!act) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  }

  // What is called so comes first, then what begins so, then what contains it; scopes before values, values in their
  // order.
  find(text) {
    const { model } = this;
    const wanted = text.trim().toLowerCase();
    if (!wanted) {
      this.close();
      return;
    }
    const found = [[], [], []];
    const fit = (names, hit) => {
      const best = names.reduce((least, name) => Math.min(least, matchOf(name, wanted)), NO_MATCH);
      if (best < NO_MATCH && found[best].length < HITS) found[best].push(hit);
    };
    for (let g = 1; g < model.groups.count; g++) {
      if (model.groups.kind[g] !== "scope") continue;
      fit([model.groups.name[g].toLowerCase(), this.path(g).toLowerCase()], { group: g });
    }
    const operations = model.operations.map(op => op.toLowerCase());
    for (let i = 0; i < model.size; i++) {
      const id = `v${i}`;
      const label = model.labels[i].toLowerCase();
      const name = model.names[i] ? model.names[i].toLowerCase() : label;
      fit([label, name, id === wanted ? id : "", operations[model.operation[i]]], { node: i });
    }
    this.hits = found.flat().slice(0, HITS);
    this.at = 0;
    this.show();
  }

  path(g) {
    const { groups } = this.model;
    const scopes = around(this.model, g).filter(one => groups.kind[one] === "scope");
    return scopes.map(one => groups.name[one]).join("/");
  }

  show() {
    const options = this.hits.map((hit, n) => this.option(hit, n));
    if (!options.length) options.push(html("li.none", "Nothing is called so"));
    this.list.replaceChildren(...options);
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark();
  }

  option(hit, n) {
    const [name, more] = hit.group !== undefined ? this.wordsOfGroup(hit.group) : this.wordsOfNode(hit.node);
    const option = html("li", html("span", ...typeset(name)), html("span", more));
    option.addEventListener("pointerdown", event => {
      event.preventDefault();
      this.take(n);
    });
    return withAttributes(option, { role: "option", id: `hit-${n}` });
  }

  wordsOfGroup(g) {
    return [this.model.groups.name[g], `scope ${this.path(g)}`];
  }

  wordsOfNode(i) {
    const { model } = this;
    const more = [model.operationOf(i) || model.kindOf(i), model.scopes[model.scope[i]], `v${i}`];
    return [model.nameOf(i), more.filter(Boolean).join("  ")];
  }

  markAt(n) {
    this.at = Math.max(0, Math.min(this.hits.length - 1, n));
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((option, n) => {
      option.setAttribute("aria-selected", String(n === this.at && this.hits.length > 0));
      if (n === this.at) option.scrollIntoView({ block: "nearest" });
    });
    this.input.setAttribute("aria-activedescendant", this.hits.length ? `hit-${this.at}` : "");
  }

  take(n) {
    const hit = this.hits[n];
    if (!hit) return;
    this.input.value = "";
    this.close();
    this.choose(hit);
  }

  close() {
    this.list.hidden = true;
    this.hits = [];
    this.input.setAttribute("aria-expanded", "false");
  }
}

// How well a name fits, the best is 0.
function matchOf(name, wanted) {
  if (name === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  return name.includes(wanted) ? 2 : NO_MATCH;
}
