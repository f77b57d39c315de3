// The arrows of the picture: their lines, what is written on them, and the one that the current step goes along.

import { svg, svgText } from "./elements.js";
import { number } from "./words.js";
import { labelOf, labelWidth, textWidth } from "./faces.js";
import { strength } from "./colours.js";

export class Arrows {
  constructor(model, pass, layers) {
    Object.assign(this, { model, pass, layers, drawn: new Map() }); // drawn: per id the arrow, its element, and its way
  }

  draw(cut, layout, animate) {
    const { arrows, labels, lit } = this.layers;
    for (const layer of [arrows, labels, lit]) layer.replaceChildren();
    this.cut = cut;
    this.layout = layout;
    this.drawn = new Map();
    for (const arrow of cut.arrows) {
      const stops = layout.ways.get(arrow.id);
      const d = curve(stops, layout.down);
      const element = this.line(arrow, d);
      arrows.append(element);
      this.drawn.set(arrow.id, { arrow, element, d, stops });
    }
    if (animate) {
      const late = [{ opacity: 0 }, { opacity: 0, offset: 0.6 }, { opacity: 1 }];
      for (const layer of [arrows, labels]) layer.animate(late, 300);
    }
    this.writeLocals();
  }

  line(arrow, d) {
    const name = arrow.constant ? "arrow constant" : "arrow";
    const element = svg("path", { d, class: name, "data-id": arrow.id, "marker-end": "url(#head)" });
    if (arrow.constant) return element;
    const [low, high] = this.contributions(arrow);
    const most = Math.max(Math.abs(low), Math.abs(high));
    element.classList.add(signOfRange(low, high));
    element.style.strokeWidth = `${(0.8 + 1.8 * strength(this.model, most, this.pass.steps.largest)).toFixed(2)}px`;
    return element;
  }

  // The smallest and the largest of what goes along an arrow in the whole pass.
  contributions(arrow) {
    const { model, pass, cut } = this;
    if (arrow.constant) return [0, 0];
    if (arrow.slot >= 0) return [pass.contributionOf(arrow.slot), pass.contributionOf(arrow.slot)];
    const head = cut.boxes[arrow.head];
    let low = Infinity;
    let high = -Infinity;
    for (const i of head.node >= 0 ? [head.node] : model.groups.nodesOf(head.group)) {
      for (let s = model.start[i]; s < model.start[i + 1]; s++) {
        if (model.operands[s] < 0 || cut.boxOf[model.operands[s]] !== arrow.tail) continue;
        const c = pass.contributionOf(s);
        if (Number.isNaN(c)) return [NaN, NaN];
        if (c < low) low = c;
        if (c > high) high = c;
      }
    }
    return [low, high];
  }

  // --- what is written on them -------------------------------------------------------------------------------------

  // Numbers on arrows, each just before the port where its arrow arrives; where ports are too near for that, none are
  // written: the panel and the hovered arrow have them.
  writeLocals() {
    const taken = [];
    for (const { arrow, stops } of this.drawn.values()) {
      const text = labelOf(this.model, arrow);
      if (!text) continue;
      const spot = this.beforeHead(stops, labelWidth(text));
      if (taken.some(other => overlap(spot, other))) continue;
      taken.push(spot);
      const label = svgText({ x: spot.x + spot.width / 2, y: spot.y + 10.5 }, text);
      this.layers.labels.append(
        svg("g", { class: "label", "data-id": arrow.id }, svg("rect", { ...spot, rx: 3 }), label),
      );
    }
    this.taken = taken;
  }

  beforeHead(stops, width) {
    const end = stops[stops.length - 1];
    if (this.layout.down) return { x: end.y - width / 2, y: end.left - 24, width, height: 14 };
    return { x: end.left - 10 - width, y: end.y - 7, width, height: 14 };
  }

  // What the current step adds, on its arrow: beside the box that it is added to, where it covers neither a box nor a
  // number, nor the border of a frame.
  writeContribution(slot, stops) {
    const text = `+= ${number(this.pass.contributionOf(slot) + 0)}`; // -0 adds as 0 does
    const size = { width: textWidth(text, true) + 12, height: 18 };
    const boxes = [...this.layout.boxes.values()].map(withSheets);
    const covers = (spot, some) => some.some(other => overlap(spot, other));
    const spots = spotsBeside(stops, size, this.layout.down);
    const borders = [...this.layout.frames.values()].flatMap(bordersOf);
    const free = spots.filter(one => !covers(one, boxes));
    const spot =
      free.find(one => !covers(one, this.taken) && !covers(one, borders)) ||
      free.find(one => !covers(one, this.taken)) ||
      free[0] ||
      spots[0];
    const label = svgText({ x: spot.x + size.width / 2, y: spot.y + 13 }, text);
    this.layers.labels.append(svg("g", { class: "label passed" }, svg("rect", { ...spot, rx: 4 }), label));
    this.passed = spot;
  }

  // --- what is lit -------------------------------------------------------------------------------------------------

  light(slot, onPath) {
    const { arrows, labels, lit } = this.layers;
    lit.replaceChildren();
    let active = null;
    for (const drawn of this.drawn.values()) {
      const { arrow, element, d } = drawn;
      const isActive = slot >= 0 && this.carries(arrow, slot);
      const isLit = !isActive && !arrow.constant && onPath(arrow.head) && onPath(arrow.tail);
      if (isActive) active = drawn;
      if (isLit) lit.append(svg("path", { d }));
      element.classList.toggle("active", isActive);
      element.classList.toggle("lit", isLit);
      element.setAttribute("marker-end", isActive ? "url(#head-active)" : "url(#head)");
    }
    labels.querySelector(".passed")?.remove();
    this.passed = null; // where what the current step adds is written
    for (const label of labels.children) label.classList.toggle("active", label.dataset.id === active?.arrow.id);
    if (!active) return;
    arrows.append(active.element);
    this.writeContribution(slot, active.stops);
  }

  carries(arrow, slot) {
    if (arrow.constant) return false;
    if (arrow.slot >= 0) return arrow.slot === slot;
    const { boxOf } = this.cut;
    return boxOf[this.model.operands[slot]] === arrow.tail && boxOf[this.model.head[slot]] === arrow.head;
  }
}

function signOfRange(low, high) {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return "nan";
  if (low >= 0 && high > 0) return "positive";
  return high <= 0 && low < 0 ? "negative" : "mixed";
}

// A smooth line: level over the width of each stop, bending in the gaps between them.
function curve(stops, down) {
  const at = (x, y) => (down ? `${y.toFixed(1)} ${x.toFixed(1)}` : `${x.toFixed(1)} ${y.toFixed(1)}`);
  let d = `M${at(stops[0].right, stops[0].y)}`;
  for (let n = 1; n < stops.length; n++) {
    const a = stops[n - 1];
    const b = stops[n];
    const bend = (b.left - a.right) / 2;
    if (a.y === b.y || bend === 0) d += `L${at(b.left, b.y)}`;
    else d += `C${at(a.right + bend, a.y)} ${at(b.left - bend, b.y)} ${at(b.left, b.y)}`;
    if (b.right > b.left && n < stops.length - 1) d += `L${at(b.right, b.y)}`;
  }
  return d;
}

// Places for a text beside the tail of an arrow, the nearest first.
function spotsBeside(stops, { width, height }, down) {
  const [{ right: from, y: middle }] = stops;
  const found = [];
  for (const along of [0, 12, 24, 36]) {
    for (let away = 0; away < 160; away += 6) {
      for (const side of [-1, 1]) {
        const beside = middle + side * (away + (down ? width / 2 : height / 2) + 5);
        const [x, y] = down ? [beside - width / 2, from + along + 5] : [from + along + 10, beside - height / 2];
        found.push({ x, y, width, height });
      }
    }
  }
  return found;
}

// A box with the sheets that lie behind several alike ones (shapes.js).
const withSheets = ({ x, y, width, height }) => ({ x, y: y - 8, width: width + 8, height: height + 8 });

// The four sides of a frame.
function bordersOf({ x, y, width, height }) {
  return [
    { x, y, width, height: 0 },
    { x, y: y + height, width, height: 0 },
    { x, y, width: 0, height },
    { x: x + width, y, width: 0, height },
  ];
}

const overlap = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
