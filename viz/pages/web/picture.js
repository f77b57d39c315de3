// The picture as SVG: an element per box and frame, made when it comes into view and changed in place after that, with
// the arrows (arrows.js) under the boxes and their numbers above.

import { svg, svgText } from "./elements.js";
import { typesetInSvg } from "./typeset.js";
import { groupTitle, markOf, shortened } from "./words.js";
import { FONT, NAMED, faceOf, textWidth } from "./faces.js";
import { outline } from "./shapes.js";
import { Colours } from "./colours.js";
import { Arrows } from "./arrows.js";

export class Picture {
  constructor(model, pass, host) {
    Object.assign(this, { model, pass, elements: new Map() });
    this.gradients = svg("defs");
    this.layers = {};
    this.world = svg("g", { class: "world" });
    for (const name of ["frames", "lit", "arrows", "boxes", "labels"]) {
      this.layers[name] = svg("g", { class: name });
      this.world.append(this.layers[name]);
    }
    this.arrows = new Arrows(model, pass, this.layers);
    this.gradients.append(hatching(), arrowHead("head", 8), arrowHead("head-active", 13));
    host.append(this.gradients, this.world);
    this.recolour();
  }

  recolour() {
    this.colours = new Colours();
  }

  // The pass has other numbers.
  renew() {
    this.largestIn = undefined;
  }

  // The largest gradient of the whole pass, that colours are relative to.
  get largest() {
    if (this.largestIn !== this.pass.number) {
      const { lastIn, parent, total } = this.pass.steps;
      let most = Math.abs(this.pass.seed);
      for (let k = 0; k < this.pass.length; k++) {
        if (lastIn[parent[k]] !== k) continue;
        const size = Math.abs(total[k]);
        if (size > most && size < Infinity) most = size;
      }
      Object.assign(this, { largestGrad: most, largestIn: this.pass.number });
    }
    return this.largestGrad;
  }

  // Show a cut in its layout; what stays moves there from where it was.
  show(cut, layout, animate) {
    const wanted = new Set([...cut.boxes, ...cut.frames].map(thing => thing.id));
    for (const [id, element] of this.elements) {
      if (wanted.has(id) && element.open === layout.frames.has(id)) continue;
      element.g.remove();
      this.elements.delete(id);
    }
    this.cut = cut;
    this.placeOfBox = new Map(cut.boxes.map((box, place) => [box.id, place]));
    for (const frame of cut.frames) this.placeFrame(frame, layout.frames.get(frame.id), animate);
    const inOrder = cut.boxes.map(box => this.placeBox(box, layout.boxes.get(box.id), animate).g);
    // Focus goes from box to box in the order of the computation; moving an element would lose the focus, so only if
    // needed.
    const { boxes } = this.layers;
    inOrder.forEach((g, n) => {
      if (boxes.children[n] !== g) boxes.insertBefore(g, boxes.children[n] || null);
    });
    this.arrows.draw(cut, layout, animate);
    this.mark();
    this.update(null);
  }

  // Put the numbers of findings on the boxes of the values they are about.
  mark() {
    const { cut, model } = this;
    for (const box of cut.boxes) this.elements.get(box.id).found = [];
    model.findings.forEach(({ nodes }, n) => {
      const boxes = new Set(nodes.map(i => cut.boxes[cut.boxOf[i]]));
      for (const box of boxes) this.elements.get(box.id).found.push(n);
    });
    for (const box of cut.boxes) writeMark(this.elements.get(box.id));
  }

  move(element, place, animate) {
    const old = element.place;
    element.place = place;
    element.g.style.transition = animate && old ? "transform 200ms ease-out" : "none";
    element.g.style.transform = `translate(${place.x}px, ${place.y}px)`;
    if (animate && !old) element.g.animate([{ opacity: 0 }, { opacity: 0, offset: 0.4 }, { opacity: 1 }], 260);
  }

  keep(id, layer, element) {
    this.elements.set(id, element);
    layer.append(element.g);
    return element;
  }

  placeFrame(frame, place, animate) {
    const kind = this.model.groups.kind[frame.group];
    const rules = this.model.groups.rules.get(frame.group) || [];
    const title = [groupTitle(this.model, frame.group), ...rules].join("   ");
    const element =
      this.elements.get(frame.id) || this.keep(frame.id, this.layers.frames, makeFrame(frame.id, kind, title));
    element.rect.setAttribute("width", place.width);
    element.rect.setAttribute("height", place.height);
    element.hit.setAttribute("width", Math.min(place.width - 8, 30 + textWidth(element.title.textContent)));
    this.move(element, place, animate);
  }

  placeBox(box, place, animate) {
    const element = this.elements.get(box.id) || this.keep(box.id, this.layers.boxes, makeBox(box));
    element.box = box;
    draw(element, box.kind, place);
    this.move(element, place, animate);
    return element;
  }

  boxById(id) {
    return this.cut.boxes[this.placeOfBox.get(id)];
  }

  // Give a box or a frame the focus, if it is to be seen.
  focus(id) {
    this.elements.get(id)?.g.focus({ preventScroll: true });
  }

  // Bring what the boxes say up to date: all of them, or those that hold some nodes.
  update(nodes) {
    if (!this.cut) return;
    const places = nodes === null ? this.cut.boxes.keys() : new Set(nodes.map(i => this.cut.boxOf[i]));
    for (const place of places) if (place >= 0) this.updateBox(this.cut.boxes[place]);
  }

  updateBox(box) {
    const element = this.elements.get(box.id);
    const face = faceOf(this.model, this.pass, box);
    writeLines(element, box, face.lines);
    if (box.kind === "constant") {
      element.g.setAttribute("aria-label", `constant ${face.lines.join(", ")}`);
      return;
    }
    element.badge.textContent = face.badge;
    element.badge.setAttribute("x", element.place.width - 5);
    element.badge.setAttribute("y", -4);
    for (const state of ["waiting", "adding", "done"]) element.g.classList.toggle(state, face.state === state);
    element.g.classList.toggle("alarm", Boolean(face.alarm));
    element.edge.setAttribute("fill", this.fillOf(box, face));
    element.g.setAttribute("aria-label", spokenFace(box, face, element.found) + this.spokenFindings(element));
  }

  spokenFindings({ found }) {
    return found.map(n => `. Finding ${n + 1}: ${this.model.findings[n].kind}`).join("");
  }

  fillOf(box, face) {
    if (face.state === "waiting") return "url(#hatching)";
    const { low, high } = face;
    const colour = grad => this.colours.fill(this.model, grad, this.largest);
    if (box.group < 0) return colour(low);
    if (face.alarm && Number.isNaN(low)) return this.colours.alarm;
    if (low < 0 && high > 0) return this.blend(`fill-${box.id}`, [colour(low), colour(high)]);
    return colour(Math.abs(low) > Math.abs(high) ? low : high);
  }

  // A fill that goes from one colour to another.
  blend(id, colours) {
    let gradient = this.gradients.querySelector(`#${id}`);
    if (!gradient) {
      gradient = svg("linearGradient", { id }, svg("stop", { offset: 0.2 }), svg("stop", { offset: 0.8 }));
      this.gradients.append(gradient);
    }
    colours.forEach((colour, n) => gradient.children[n].setAttribute("stop-color", colour));
    return `url(#${id})`;
  }

  // Light the step along a slot from a node to its parent, the selected box, and the boxes on a path.
  light({ slot, node, parent, selected, path }) {
    const { cut } = this;
    const boxIdOf = i => cut.boxes[cut.boxOf[i]]?.id;
    const from = boxIdOf(node);
    const to = boxIdOf(parent);
    for (const [id, element] of this.elements) {
      element.g.classList.toggle("from", id === from);
      element.g.classList.toggle("to", id === to);
      element.g.classList.toggle("selected", id === selected);
    }
    const onPath = place => Boolean(path && path.boxes.has(place));
    cut.boxes.forEach((box, place) => this.elements.get(box.id).g.classList.toggle("lit", onPath(place)));
    this.arrows.light(slot, onPath);
  }
}

// --- elements ------------------------------------------------------------------------------------------------------

function hatching() {
  const pattern = {
    id: "hatching",
    width: 7,
    height: 7,
    patternUnits: "userSpaceOnUse",
    patternTransform: "rotate(45)",
  };
  const ground = svg("rect", { class: "ground", width: 7, height: 7 });
  return svg("pattern", pattern, ground, svg("line", { x1: 0, y1: 0, x2: 0, y2: 7 }));
}

function arrowHead(id, size) {
  const place = { viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: size, markerHeight: size };
  const triangle = svg("path", { d: "M0 0.5L8 4L0 7.5z" });
  return svg("marker", { id, ...place, orient: "auto", markerUnits: "userSpaceOnUse" }, triangle);
}

function makeFrame(id, kind, name) {
  const title = svg("text", { x: 26, y: 19 }, ...typesetInSvg(shortened(name, kind === "loop" ? 90 : 40)));
  const rect = svg("rect", { rx: 8, class: "edge" });
  const hit = svg("rect", { class: "hit", x: 4, y: 4, height: 22, rx: 4 });
  const handle = svg("g", { class: "handle" }, hit, svg("path", { d: "M9 11h9v9h-9zM11 15.5h5" }), title);
  const attributes = { class: `frame ${kind}`, tabindex: 0, role: "button", "data-id": id, "aria-expanded": "true" };
  const g = svg("g", attributes, rect, handle);
  const named = NAMED[kind].replace("folded", "open").replace(", open", "");
  g.setAttribute("aria-label", `${name}, ${named}, open. Enter folds it`);
  return { g, rect, hit, title, open: true };
}

function makeBox(box) {
  const g = svg("g", { class: `box ${box.kind}`, "data-id": box.id, tabindex: 0, role: "button" });
  const parts = {
    behind: svg("path", { class: "behind" }),
    edge: svg("path", { class: "edge" }),
    front: svg("path", { class: "front" }),
    text: svg("text"),
    badge: svg("text", { class: "badge" }),
  };
  if (box.kind === "constant") g.removeAttribute("role");
  if (box.group >= 0) g.setAttribute("aria-expanded", "false");
  g.append(...Object.values(parts));
  return { g, ...parts, open: false, written: null };
}

// The numbers of the findings about a box, at its upper left corner.
function writeMark(element) {
  const text = element.found.map(markOf).join(" ");
  element.mark?.remove();
  element.mark = null;
  if (!text) return;
  const width = textWidth(text, true) + 10;
  const rect = svg("rect", { x: -8, y: -11, width, height: 18, rx: 4 });
  const number = svgText({ x: width / 2 - 8, y: 2.5 }, text);
  element.mark = svg("g", { class: "mark" }, rect, number, " "); // the space is for those who hear or copy it
  element.g.insertBefore(element.mark, element.text); // above the edge, and read before the lines
}

// Give a box the outline of its size, which grows with the arrows that arrive.
function draw(element, kind, { width, height }) {
  const size = `${width} ${height}`;
  if (element.size === size) return;
  element.size = size;
  const [behind, edge, front] = outline(kind, width, height);
  element.behind.setAttribute("d", behind);
  element.edge.setAttribute("d", edge);
  element.front.setAttribute("d", front);
}

// Write the lines of a box in its middle, unless they stand there already.
function writeLines(element, box, lines) {
  const { width, height } = element.place;
  const tab = box.kind === "scope" ? 6 : 0;
  const top = (height + tab - FONT.line * lines.length) / 2 + 12;
  const key = `${lines.join("\n")}${width} ${top}`;
  if (element.written === key) return;
  element.written = key;
  const rows = lines.map((line, n) => {
    const row = svg("tspan", { x: width / 2, y: top + FONT.line * n });
    if (n === 0) row.setAttribute("class", "title");
    row.append(...typesetInSvg(line));
    return row;
  });
  // The spaces are for those who hear or copy the lines; they have no size (graph.css).
  element.text.replaceChildren(...rows.flatMap(row => [row, " "]));
}

// What is written comes first, in its order: whoever controls the page by voice says what can be read.
function spokenFace(box, face, found) {
  const numbers = found.map(n => n + 1).join(", ");
  const findings = numbers ? `, finding ${numbers}:` : "";
  const arrived = face.badge ? `, ${face.badge} contributions` : "";
  const states = { waiting: "not reached yet", adding: "still adding up", done: "complete" };
  const press = box.group >= 0 ? ". Enter opens it" : "";
  const lines = face.lines.join(" ");
  return `${NAMED[box.kind]}${findings} ${lines}${arrived}, gradient ${states[face.state]}${press}`;
}
