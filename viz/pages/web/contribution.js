// The upper half of the panel: the current contribution in symbols and numbers.

import { byId, html, withAttributes } from "./elements.js";
import { typeset } from "./typeset.js";
import { formulaOf, number, plural, ruleOf, shortened, withCommas } from "./words.js";
import { figure, plain, quiet, quietParagraph } from "./links.js";

export class ContributionView {
  constructor(model, pass, links) {
    Object.assign(this, { model, pass, links });
  }

  show() {
    const content = this.pass.current < 0 ? this.beginning() : this.step(this.pass.current);
    byId("step").replaceChildren(...content);
  }

  // Which of several passes it is.
  ofRoot() {
    const { model, pass } = this;
    return model.passes.length > 1 ? ` of the pass of ${model.nameOf(pass.root)}` : "";
  }

  beginning() {
    const { pass } = this;
    const follow = `${plural(pass.length, "contribution")} follow${pass.length === 1 ? "s" : ""}`;
    const rest = pass.length
      ? `${follow}, from there back to what it was computed from.`
      : "It was not computed from anything, so nothing is passed on.";
    const keys = ["Step on with ", html("kbd", "\u2192"), ", play with ", html("kbd", "space"), "."];
    return [
      html("h2", "The backward pass"),
      html("p.name", "It begins at ", this.links.toNode(pass.root)),
      html("p", `Its own gradient is ${number(pass.seed, 6)}. ${rest}`),
      pass.length ? quietParagraph(...keys) : "",
    ];
  }

  step(k) {
    const { model, pass, links } = this;
    const { steps } = pass;
    const slot = steps.order[k];
    const node = steps.node[k];
    const parent = steps.parent[k];
    const known = this.isKnown(slot);
    const arrived = `  after ${withCommas(pass.received[parent])} of ${plural(steps.count[parent], "contribution")}`;
    const formula = model.isLeaf(node) ? "" : ` = ${shortened(formulaOf(model, node), 120)}`;
    return [
      html(
        "h2",
        html("span", `Contribution${this.ofRoot()}`),
        html("span", `${withCommas(k + 1)} of ${withCommas(pass.length)}`),
      ),
      html("p.name", links.toNode(node), " \u2192 ", links.toNode(parent)),
      html("p.rule", ...typeset(known ? ruleOf(model, slot) : "by a rule made by hand")),
      html("p", links.toNode(parent), ".grad", links.hiddenIn(parent)),
      known ? this.product(k) : this.alone(k),
      html("p", "total ", html("b", figure(steps.total[k])), quiet(arrived)),
      html("p", quiet("passed on by "), links.toNode(node), ...typeset(formula), links.hiddenIn(node)),
      links.source(node),
    ];
  }

  // Whether a contribution is a product with a local derivative; one by a rule made by hand is known as a whole only.
  isKnown(slot) {
    const { model } = this;
    const { rules } = model.rules[model.rule[model.head[slot]]];
    return !Number.isNaN(model.local[slot]) || !rules.every(rule => rule === "made by hand");
  }

  product(k) {
    const { model } = this;
    const { order, node, upstream, contribution } = this.pass.steps;
    return html(
      "div.sum",
      ...sumRow("+=", html("span.figure", plain(model.local[order[k]])), "local"),
      ...sumRow("\u00d7", html("span.figure", figure(upstream[k])), `grad of ${model.nameOf(node[k])}`),
      ...sumRow("=", result(contribution[k]), "contribution"),
    );
  }

  alone(k) {
    return html("div.sum", ...sumRow("+=", result(this.pass.steps.contribution[k]), "contribution"));
  }
}

const result = x => withAttributes(html("span", figure(x)), { class: "figure result" });

const sumRow = (sign, content, name) => [html("span.sign", sign), content, html("small", ...typeset(name))];
