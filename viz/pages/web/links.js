// Pieces of text in the panel: numbers, links to values, groups and steps, and the line of the program that made a
// value.

import { button, html, withAttributes } from "./elements.js";
import { typeset } from "./typeset.js";
import { exactly, groupTitle, number, withCommas } from "./words.js";

// Colour is for gradients; data and local derivatives are plain.
export const figure = (x, digits = 6) =>
  withAttributes(html("span", number(x, digits)), { title: exactly(x), class: signOf(x) });

export function plain(x, digits = 6) {
  return withAttributes(html("span", number(x, digits)), { title: exactly(x), class: Number.isFinite(x) ? "" : "nan" });
}

function signOf(x) {
  if (x === undefined || x === 0) return "";
  if (!Number.isFinite(x)) return "nan";
  return x > 0 ? "positive" : "negative";
}

export const quiet = (...content) => html("span.quiet", ...content);

export const quietParagraph = (...content) => html("p.quiet", ...content);

// 'and 12 more', where not all are listed.
export const andMore = n => (n > 0 ? quietParagraph(`and ${withCommas(n)} more`) : "");

// `act` is the application: it selects a thing, goes to a step, and knows what is hidden.
export class Links {
  constructor(model, act) {
    Object.assign(this, { model, act });
  }

  link(onclick, ...content) {
    return withAttributes(button(onclick, ...content), { class: "link" });
  }

  toNode(i) {
    return this.link(() => this.act.select({ node: i }), ...typeset(this.model.nameOf(i)));
  }

  toGroup(g) {
    return this.link(() => this.act.select({ group: g }), ...typeset(groupTitle(this.model, g)));
  }

  toStep(k) {
    const link = this.link(() => this.act.goTo(k + 1), withCommas(k + 1));
    return withAttributes(link, { "aria-label": `go to step ${k + 1}` });
  }

  // The folded box that a node is hidden in, in words.
  hiddenIn(i) {
    const g = this.act.hiddenIn(i);
    return g > 0 ? quiet(" in ", this.toGroup(g)) : "";
  }

  source(i) {
    const { model } = this;
    const [place, where, text] = model.sources[model.source[i]];
    if (!place) return "";
    const inside = where && where !== "<module>" ? `, in ${where}` : "";
    return html("p.source", place, inside, text ? html("span.text", text) : "");
  }
}
