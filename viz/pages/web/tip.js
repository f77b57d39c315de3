// The tip: details of the box or the arrow under the pointer. Its rows are pairs of a text and a class.

import { byId, html } from "./elements.js";
import {
  exactly,
  formulaOf,
  groupTitle,
  number,
  plural,
  ruleOf,
  shortened,
  span,
  withCommas,
  wordFor,
} from "./words.js";
import { faceOf } from "./faces.js";
import { typeset } from "./typeset.js";

export class Tip {
  constructor(model, pass, picture) {
    Object.assign(this, { model, pass, picture, host: byId("tip") });
  }

  hide() {
    this.host.hidden = true;
  }

  show(event) {
    const thing = event.target.closest(".box, .arrow");
    const rows = (thing ? this.rowsOf(thing) : []).filter(([text]) => text);
    this.host.hidden = !rows.length;
    if (!rows.length) return;
    this.host.replaceChildren(...rows.map(paragraph));
    this.moveTo(event.clientX, event.clientY);
  }

  // Below and to the right of a point, unless there is no room.
  moveTo(clientX, clientY) {
    const { host } = this;
    const stage = byId("stage").getBoundingClientRect();
    const x = clientX - stage.left;
    const y = clientY - stage.top;
    const left = Math.min(x + 14, stage.width - host.offsetWidth - 8);
    const below = y + 18 + host.offsetHeight <= stage.height;
    host.style.left = `${Math.max(4, left)}px`;
    host.style.top = `${below ? y + 18 : Math.max(4, y - host.offsetHeight - 12)}px`;
  }

  rowsOf(thing) {
    if (thing.matches(".arrow")) return this.rowsOfArrow(this.picture.arrows.drawn.get(thing.dataset.id));
    return this.rowsOfBox(this.picture.boxById(thing.dataset.id));
  }

  rowsOfBox(box) {
    const { model, pass } = this;
    if (!box) return [];
    if (box.slots) return [[`${plural(box.slots.length, "constant")} of ${model.nameOf(box.user)}`]];
    if (box.node >= 0) return this.rowsOfNode(box.node);
    const lines = faceOf(model, pass, box).lines.slice(1);
    const hint = ["click to open, shift and click to select", "quiet"];
    return [[groupTitle(model, box.group)], ...lines.map(line => [line]), hint];
  }

  rowsOfNode(i) {
    const { model } = this;
    const grad = this.pass.grad(i);
    const [place] = model.sources[model.source[i]];
    return [
      [model.nameOf(i)],
      [model.isLeaf(i) ? "" : `= ${shortened(formulaOf(model, i), 140)}`],
      [`data ${exactly(model.data[i])}`],
      [`grad ${exactly(grad)}${wordFor(model, grad)}`],
      [model.scopes[model.scope[i]], "quiet"],
      [place, "quiet"],
    ];
  }

  rowsOfArrow(drawn) {
    if (!drawn || drawn.arrow.constant) return [];
    const { arrow } = drawn;
    if (arrow.slot >= 0) return this.rowsOfSlot(arrow.slot);
    const [low, high] = this.picture.arrows.contributions(arrow);
    return [[plural(arrow.operands, "arrow")], [`contributions ${span(low, high)}`, "quiet"]];
  }

  rowsOfSlot(slot) {
    const { model } = this;
    const { stepOf, upstream, contribution } = this.pass.steps;
    const k = stepOf[slot];
    const rows = [
      [`${model.nameOf(model.head[slot])} \u2192 ${model.nameOf(model.operands[slot])}`],
      [ruleOf(model, slot)],
    ];
    if (k < 0) return rows;
    const product = `${number(model.local[slot], 6)} \u00d7 ${number(upstream[k], 6)}`;
    return [...rows, [`+= ${product} = ${number(contribution[k], 6)}`], [`step ${withCommas(k + 1)}`, "quiet"]];
  }
}

const paragraph = ([text, style]) => (style ? html(`p.${style}`, text) : html("p", ...typeset(text)));
