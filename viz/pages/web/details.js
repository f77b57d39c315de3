// The lower half of the panel: what is known of the selected value or group.

import { button, byId, html, rowOf, tableOf, withAttributes } from "./elements.js";
import { typeset } from "./typeset.js";
import { formulaOf, groupOperations, groupTitle, number, plural, shortened, wordFor } from "./words.js";
import { itemsOf } from "./cut.js";
import { NAMED, dataRange, exceptions, gradRange, spanOf } from "./faces.js";
import { andMore, figure, plain, quiet, quietParagraph } from "./links.js";

const LISTED = 20; // operands, users or members listed before the rest is counted

export class DetailsView {
  constructor(model, pass, links, act) {
    Object.assign(this, { model, pass, links, act });
  }

  show(selected) {
    byId("details").replaceChildren(html("h2", "Selected"), ...this.contentOf(selected).filter(Boolean));
  }

  contentOf(selected) {
    if (!selected) return [howToSelect()];
    return selected.group !== undefined ? this.group(selected.group) : this.node(selected.node);
  }

  // --- a value -----------------------------------------------------------------------------------------------------

  node(i) {
    const { model } = this;
    const { stepOf } = this.pass.steps;
    const users = [...model.userSlots.subarray(model.userStart[i], model.userStart[i + 1])];
    const received = users.filter(slot => stepOf[slot] >= 0).sort((a, b) => stepOf[a] - stepOf[b]);
    return [
      html("p.name", ...typeset(model.nameOf(i))),
      model.isLeaf(i) ? "" : html("p", ...typeset(`= ${shortened(formulaOf(model, i), 200)}`)),
      definitions(this.factsOfNode(i)),
      this.links.source(i),
      this.actionsOfNode(i),
      ...this.slots("Gradient received from", received, slot => model.head[slot]),
      ...this.operands(i),
    ];
  }

  factsOfNode(i) {
    const { model, pass } = this;
    const grad = pass.grad(i);
    const word = html("b.nan", grad === undefined ? "" : wordFor(model, grad));
    const progress = this.progress(i);
    const facts = [
      ["data", plain(model.data[i])],
      ["grad", html("span", figure(grad), word, progress ? quiet(`  ${progress}`) : "")],
    ];
    const note = model.notes.get(i);
    if (note) {
      facts.push([".grad", note.join(" ").replace(".grad ", "")]);
    } else if (this.hadGradientBefore(i)) {
      const before = quiet("  after the pass, with what was there before");
      facts.push([".grad", html("span", figure(pass.grads[i]), before)]);
    }
    const scope = model.scopes[model.scope[i]];
    if (scope) facts.push(["scope", scope]);
    facts.push(["id", `v${i}, ${model.kindOf(i)}`]);
    return facts;
  }

  // How many contributions have arrived, in words; '' if all have.
  progress(i) {
    const { pass } = this;
    const state = pass.state(i);
    if (!pass.reaches(i)) return `${this.model.nameOf(pass.root)} was not computed from it`;
    if (state === "waiting") return "no contribution has arrived";
    if (state === "adding") return `${pass.received[i]} of ${pass.steps.count[i]} contributions have arrived`;
    return "";
  }

  // Whether .grad after the pass is something else than what the pass has made of it.
  hadGradientBefore(i) {
    const made = this.pass.finalGrad(i);
    const grad = this.pass.grads[i];
    return made !== undefined && grad !== made && !(Number.isNaN(grad) && Number.isNaN(made));
  }

  actionsOfNode(i) {
    const { first, lastIn, count } = this.pass.steps;
    const { act } = this;
    const goTo = (k, text) => button(() => act.goTo(k + 1), text);
    return html(
      "div.actions",
      count[i] ? goTo(lastIn[i], "Go to its last contribution") : "",
      first[i] >= 0 ? goTo(first[i], "Go to where it passes on") : "",
      button(() => act.centre(i), "Centre"),
    );
  }

  operands(i) {
    const { model, pass } = this;
    const slots = [];
    for (let s = model.start[i]; s < model.start[i + 1]; s++) if (model.operands[s] >= 0) slots.push(s);
    const size = slot => {
      const c = Math.abs(pass.contributionOf(slot));
      return Number.isNaN(c) ? Infinity : c;
    };
    slots.sort((a, b) => size(b) - size(a) || a - b);
    const found = this.slots("Operands, the largest contribution first", slots, slot => model.operands[slot]);
    const constants = model.start[i + 1] - model.start[i] - slots.length;
    if (constants) found.push(quietParagraph(`and ${plural(constants, "constant")}`));
    return found;
  }

  // A row per operand: who, its local derivative, what is passed on along it.
  slots(heading, slots, who) {
    if (!slots.length) return [];
    const rows = slots.slice(0, LISTED).map(slot => this.slotRow(slot, who(slot)));
    const table = tableOf(rows, "", "local", "contribution", "step");
    return [html("h3", heading), table, andMore(slots.length - rows.length)];
  }

  slotRow(slot, other) {
    const { model, pass, links } = this;
    const k = pass.steps.stepOf[slot];
    const made = k >= 0;
    const local = model.local[slot];
    const row = rowOf(
      links.toNode(other),
      made || !Number.isNaN(local) ? plain(local, 4) : "\u2013",
      made ? figure(pass.steps.contribution[k], 4) : "\u2013",
      made ? links.toStep(k) : "",
    );
    const later = k >= pass.k ? "later" : "";
    return withAttributes(row, { class: made && k === pass.current ? "current" : later });
  }

  // --- a group -----------------------------------------------------------------------------------------------------

  group(g) {
    const { model, act } = this;
    const members = itemsOf(model, g).filter(item => !item.slots);
    const rows = members.slice(0, LISTED).map(item => this.memberRow(item));
    const kind = NAMED[model.groups.kind[g]] || "";
    return [
      html("p.name", ...typeset(groupTitle(model, g))),
      quietParagraph(kind.replace(/folded |, folded/, "")),
      ...(model.groups.rules.get(g) || []).map(line => html("p.rule", ...typeset(line))),
      definitions(this.factsOfGroup(g)),
      html(
        "div.actions",
        button(() => act.toggle(g), act.isOpen(g) ? "Fold" : "Open"),
      ),
      html("h3", "Members"),
      tableOf(rows, "", "data", "grad"),
      andMore(members.length - rows.length),
    ];
  }

  factsOfGroup(g) {
    const { model, pass } = this;
    const size = model.groups.nodesOf(g).length;
    const grads = gradRange(model, pass, g);
    const facts = [
      ["holds", plural(size, "value")],
      ["made by", groupOperations(model, g) || "given"],
      ["data", spanOf(dataRange(model, g))],
      ["grad", spanOf(grads)],
    ];
    const odd = exceptions(grads, size);
    if (odd) facts.push(["", odd]);
    return facts;
  }

  memberRow({ node, group }) {
    const { model, pass, links } = this;
    if (node !== undefined) return rowOf(links.toNode(node), number(model.data[node]), number(pass.grad(node)));
    return rowOf(links.toGroup(group), spanOf(dataRange(model, group)), spanOf(gradRange(model, pass, group)));
  }
}

function howToSelect() {
  if (matchMedia("(hover: none)").matches) return quietParagraph("Tap a box to see more of it. A folded one opens.");
  const tab = html("kbd", "tab");
  const enter = html("kbd", "enter");
  return quietParagraph("Click a box, or reach it with ", tab, ". A folded one opens with a click or ", enter, ".");
}

const definitions = facts => html("dl", ...facts.flatMap(([term, value]) => [html("dt", term), html("dd", value)]));
