// What is open, and what is to be seen then: the cut and its layout. What does not depend on what is open is kept.

import { cutOf, itemsOf } from "./cut.js";
import { structureOf } from "./structure.js";
import { layoutOf } from "./layout.js";
import { faceOf, labelOf, labelWidth, sizeOf } from "./faces.js";

export class View {
  constructor(model, pass) {
    Object.assign(this, { model, pass, opened: new Set([0]), down: false });
    this.items = new Map(); // per group
    this.structures = new Map(); // per group
    this.sizes = new Map(); // per id of a box
    this.widths = new Map(); // of labels, per id of an arrow
  }

  // There are other numbers. Nothing shrinks for them, or a picture that follows a training would tremble.
  renew() {
    this.least = { sizes: this.sizes, widths: this.widths };
    this.sizes = new Map();
    this.widths = new Map();
  }

  itemsIn(g) {
    return remembered(this.items, g, () => itemsOf(this.model, g));
  }

  structureIn(g) {
    return remembered(this.structures, g, () => structureOf(this.model, g, this.itemsIn(g)));
  }

  sizeOf(box) {
    const { model, pass } = this;
    return remembered(this.sizes, box.id, () => {
      const { width, height } = sizeOf(model, pass, box, faceOf(model, pass, box));
      const least = this.least?.sizes.get(box.id) || { width, height };
      return { width: Math.max(width, least.width), height: Math.max(height, least.height) };
    });
  }

  labelWidthOf(arrow) {
    return remembered(this.widths, arrow.id, () => {
      return Math.max(labelWidth(labelOf(this.model, arrow)), this.least?.widths.get(arrow.id) || 0);
    });
  }

  // Make the cut and the layout for what is open now.
  arrange() {
    const { model } = this;
    this.cut = cutOf(model, this.opened, g => this.itemsIn(g));
    const boxes = new Map(this.cut.boxes.map(box => [box.id, box]));
    this.layout = layoutOf(model, this.cut, {
      structureIn: g => this.structureIn(g),
      sizeIn: id => this.sizeOf(boxes.get(id)),
      labelIn: arrow => this.labelWidthOf(arrow),
      down: this.down,
    });
    this.path = null;
  }

  // After another pass has begun, in which boxes say other numbers.
  measureAnew() {
    this.sizes.clear();
    this.path = null;
  }

  open(groups) {
    for (const g of groups) this.opened.add(g);
  }

  fold(groups) {
    for (const g of groups) this.opened.delete(g);
  }

  // How many boxes there are at most when some groups are opened.
  boxesAfterOpening(groups) {
    const more = groups.filter(g => !this.opened.has(g)).map(g => this.itemsIn(g).length);
    return more.reduce((sum, n) => sum + n, this.cut.boxes.length);
  }

  // The place of a box or a frame.
  placeOf(id) {
    return this.layout.boxes.get(id) || this.layout.frames.get(id);
  }

  // The box that a node is in.
  boxOf(i) {
    return this.cut.boxes[this.cut.boxOf[i]];
  }

  // The folded group that a node is hidden in; 0 if it is to be seen.
  hiddenIn(i) {
    const box = this.boxOf(i);
    return box && box.group >= 0 ? box.group : 0;
  }

  // The boxes on any way from a node to the cost: where its gradient comes from.
  pathFrom(i) {
    if (this.path?.from === i) return this.path;
    const { model, cut } = this;
    const seen = new Uint8Array(model.size);
    const boxes = new Set();
    const stack = [i];
    seen[i] = 1;
    while (stack.length) {
      const node = stack.pop();
      boxes.add(cut.boxOf[node]);
      for (let u = model.userStart[node]; u < model.userStart[node + 1]; u++) {
        const head = model.head[model.userSlots[u]];
        if (seen[head] || !this.pass.reaches(head)) continue;
        seen[head] = 1;
        stack.push(head);
      }
    }
    this.path = { from: i, boxes };
    return this.path;
  }
}

function remembered(map, key, make) {
  if (!map.has(key)) map.set(key, make());
  return map.get(key);
}
