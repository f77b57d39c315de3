// The arrows of the picture: their lines, what is written on them, and the one that the current step goes along.

import { svg, svgText } from "./elements.js";
import { number, plural } from "./words.js";
import { textWidth } from "./faces.js";
import { strength } from "./colours.js";

export class Arrows {
  constructor(model, pass, layers) {
    Object.assign(this, { model, pass, layers, drawn: new Map() }); // drawn: per id the arrow, its element, and its way
    const magnitudes = pass.steps.contribution.map(Math.abs).filter(Number.isFinite);
    this.largest = magnitudes.reduce((most, size) => Math.max(most, size), 0);
  }

  draw(cut, layout, animate) {
    const { arrows, labels, lit } = this.layers;
    for (const layer of [arrows, labels, lit]) layer.replaceChildren();
    this.cut = cut;
    this.layout = layout;
    this.drawn = new Map();
    for (const arrow of cut.arrows) {
      const stops = layout.ways.get(arrow.id);
      const d = curve(stops);
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
    element.style.strokeWidth = `${(0.8 + 1.8 * strength(this.model, most, this.largest)).toFixed(2)}px`;
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

  // Numbers on arrows; where they would run into each other, none are written: the panel and the hovered arrow have
  // them.
  writeLocals() {
    const taken = [];
    for (const { arrow, stops } of this.drawn.values()) {
      if (arrow.constant) continue;
      const text = arrow.operands > 1 ? plural(arrow.operands, "arrow") : this.local(arrow.slot);
      const spot = text && freeSpot(widestGap(stops), textWidth(text) * 0.84 + 6, taken);
      if (!spot) continue;
      taken.push(spot);
      const label = svgText({ x: spot.x + spot.width / 2, y: spot.y + 10.5 }, text);
      this.layers.labels.append(
        svg("g", { class: "label", "data-id": arrow.id }, svg("rect", { ...spot, rx: 3 }), label),
      );
    }
  }

  local(slot) {
    return slot >= 0 && !Number.isNaN(this.model.local[slot]) ? `\u00d7${number(this.model.local[slot], 3)}` : "";
  }

  // What the current step adds, on its arrow: in the gap if it has room, else at the nearest height where it covers no
  // box.
  writeContribution(slot, stops) {
    const [a, b] = widestGap(stops);
    const text = `+= ${number(this.pass.contributionOf(slot))}`;
    const width = textWidth(text, true) + 12;
    const x = (a.right + b.left) / 2 - width / 2;
    const upper = Math.min(a.y, b.y);
    const lower = Math.max(a.y, b.y);
    const heights = [(a.y + b.y) / 2 - 25];
    for (let away = 0; away < 160; away += 6) heights.push(upper - 25 - away, lower + 7 + away);
    const near = [...this.layout.boxes.values()].filter(box => box.x < x + width && x < box.x + box.width);
    const isFree = y => !near.some(box => overlap({ x, y, width, height: 18 }, box));
    const y = heights.find(isFree) ?? heights[0];
    const ground = svg("rect", { x, y, width, height: 18, rx: 4 });
    const label = svgText({ x: x + width / 2, y: y + 13 }, text);
    this.layers.labels.append(svg("g", { class: "label passed" }, ground, label));
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
function curve(stops) {
  const at = (x, y) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  let d = `M${at(stops[0].right, stops[0].y)}`;
  for (let n = 1; n < stops.length; n++) {
    const a = stops[n - 1];
    const b = stops[n];
    const bend = (b.left - a.right) / 2;
    if (a.y === b.y || bend === 0) d += `L${at(b.left, b.y)}`;
    else d += `C${at(a.right + bend, a.y)} ${at(b.left - bend, b.y)} ${at(b.left, b.y)}`;
    if (b.right > b.left && n < stops.length - 1) d += `H${b.right.toFixed(1)}`;
  }
  return d;
}

// The two stops with the widest gap between them: where the numbers of an arrow go.
function widestGap(stops) {
  const widthBefore = n => stops[n].left - stops[n - 1].right;
  let best = 1;
  for (let n = 2; n < stops.length; n++) if (widthBefore(n) > widthBefore(best)) best = n;
  return [stops[best - 1], stops[best]];
}

// A place in a gap for a text of this width that runs into none of those taken; undefined if there is none.
function freeSpot([a, b], width, taken) {
  const gap = b.left - a.right;
  if (width > gap - 8) return undefined;
  const spots = [0.5, 0.35, 0.65, 0.25, 0.75].map(t => {
    const x = a.right + gap * t;
    const y = a.y + (b.y - a.y) * (t * t * (3 - 2 * t));
    return { x: x - width / 2, y: y - 7, width, height: 14 };
  });
  return spots.find(spot => !taken.some(other => overlap(spot, other)));
}

const overlap = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
