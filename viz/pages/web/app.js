// The page: holds what is open, selected and lit, and lets the parts know when it changes. Its methods are what keys,
// buttons and links do.

import { byId, html, withAttributes } from "./elements.js";
import { Pass } from "./passes.js";
import { plural, withCommas } from "./words.js";
import { around } from "./cut.js";
import { Picture } from "./picture.js";
import { Camera } from "./camera.js";
import { fitWindow, open } from "./window.js";
import { Timeline } from "./timeline.js";
import { Links } from "./links.js";
import { ContributionView } from "./contribution.js";
import { announce } from "./announcer.js";
import { FindingsView } from "./findings.js";
import { DetailsView } from "./details.js";
import { Search } from "./search.js";
import { listen } from "./keys.js";
import { View } from "./view.js";
import { Tip } from "./tip.js";
import { onPrint } from "./print.js";
import { Beside } from "./beside.js";
import { Host } from "./host.js";
import { readNumbers } from "./model.js";

export class App {
  constructor(model) {
    this.model = model;
    this.pass = new Pass(model);
    this.selected = null; // { node } or { group }
    this.pathOn = true;
    this.view = new View(model, this.pass);
    this.picture = new Picture(model, this.pass, byId("graph"));
    this.camera = new Camera(byId("graph"), this.picture.world);
    const links = new Links(model, this);
    this.contribution = new ContributionView(model, this.pass, links);
    this.details = new DetailsView(model, this.pass, links, this);
    this.findings = new FindingsView(model, links, this);
    this.tip = new Tip(model, this.pass, this.picture);
    this.timeline = new Timeline(this.pass, (nodes, playing) => this.stepped(nodes, playing));
    this.searching = new Search(model, hit => this.select(hit, true));
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.nameRoots();
    this.beside = new Beside(model, this);
    this.host = new Host(model, this);
    this.camera.shy = model.hosted;
    open(this);
    this.wire();
    this.goToGiven(model.step);
    this.host.begin();
  }

  // What the bar at the top counts, and the roots to choose from, if there are several.
  nameRoots() {
    const { model, pass } = this;
    const several = model.passes.length > 1;
    const whose = several ? ` of ${model.nameOf(pass.root)}` : "";
    byId("counts").textContent =
      `${plural(model.size, "value")}, ${plural(pass.length, "contribution")}${several ? ` in the pass${whose}` : ""}`;
    byId("roots").hidden = !several;
    if (byId("root").length || !several) return;
    const options = model.passes.map(({ root }, n) => {
      return withAttributes(html("option", model.nameOf(root)), { value: n });
    });
    byId("root").append(...options);
  }

  // To the step that the address names, steps.html#12, or else to another.
  goToGiven(otherwise) {
    const [, named] = /^#(\d+)$/.exec(location.hash) || [];
    const step = named === undefined ? otherwise : Number(named);
    if (step !== this.pass.k) this.goTo(step);
  }

  wire() {
    const on = (id, act) => byId(id).addEventListener("click", act);
    on("zoom-in", () => this.zoom(1.25));
    on("zoom-out", () => this.zoom(0.8));
    on("fit", () => this.fit());
    on("theme-button", () => this.theme());
    on("panel-button", () => this.panel());
    on("legend-button", () => this.help());
    const graph = byId("graph");
    graph.addEventListener("click", event => this.clicked(event));
    graph.addEventListener("focusin", event => this.focused(event));
    graph.addEventListener("pointermove", event => this.hovered(event));
    graph.addEventListener("pointerleave", () => this.tip.hide());
    addEventListener("resize", () => fitWindow(this));
    addEventListener("hashchange", () => this.goToGiven(this.pass.k));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      if (!this.model.hosted) this.setTheme();
    });
    byId("root").addEventListener("change", event => this.walk(Number(event.target.value)));
    listen(this);
    onPrint(this);
  }

  clicked(event) {
    if (this.camera.dragged) return;
    const thing = event.target.closest("[data-id]");
    if (!thing) {
      this.escape();
      return;
    }
    const besideHandle = thing.matches(".frame") && !event.target.closest(".handle");
    if (besideHandle || thing.matches(".arrow, .label")) return;
    if (event.shiftKey) this.select(thingOf(thing.dataset.id));
    else this.press(thing.dataset.id);
  }

  // Reached with the keyboard.
  focused(event) {
    const element = event.target.closest("[data-id]");
    if (!element || !element.matches(":focus-visible")) return;
    this.selected = thingOf(element.dataset.id);
    this.refresh();
    const place = this.view.placeOf(element.dataset.id);
    if (place) this.camera.reveal({ ...place, height: Math.min(place.height, 60) }, this.moves);
  }

  hovered(event) {
    if (this.camera.dragged) this.tip.hide();
    else this.tip.show(event);
  }

  get moves() {
    return !this.still.matches;
  }

  // --- folding and selecting ---------------------------------------------------------------------------------------

  render(animate) {
    this.view.arrange();
    this.picture.show(this.view.cut, this.view.layout, animate);
  }

  isOpen(g) {
    return this.view.opened.has(g);
  }

  hiddenIn(i) {
    return this.view.hiddenIn(i);
  }

  // Open groups, unless that would be too much; what has the id `anchor` stays where it is on the screen.
  open(groups, anchor) {
    const boxes = this.view.boxesAfterOpening(groups);
    const most = this.model.limits.boxes;
    if (boxes > most) {
      const problem = `That would be ${withCommas(boxes)} boxes, too many to read.`;
      this.say(`${problem} Fold something first; at most ${withCommas(most)} are shown.`);
      return false;
    }
    this.change(() => this.view.open(groups), anchor);
    this.refresh();
    return true;
  }

  fold(g) {
    this.change(() => this.view.fold([g]), `g${g}`, true);
    this.refresh();
  }

  // Change what is open; the anchor stays where it is on the screen, or is moved into view, and the focus where it is.
  change(act, anchor, reveal = false) {
    const focused = document.activeElement?.dataset?.id;
    const before = anchor && this.view.placeOf(anchor);
    const at = before && this.camera.screen(before);
    act();
    this.render(this.moves);
    if (at) this.camera.anchor(this.view.placeOf(anchor), at, this.moves);
    if (reveal) this.camera.reveal(this.view.placeOf(anchor), this.moves);
    this.picture.focus(focused);
  }

  toggle(g) {
    if (this.isOpen(g)) {
      this.fold(g);
    } else {
      // To be seen means that everything around it is open.
      const groups = around(this.model, g);
      const seen = groups.every(one => one === g || this.isOpen(one));
      if (!this.open(groups, seen ? `g${g}` : null)) return;
    }
    this.selected = { group: g };
    this.refresh();
  }

  foldAround() {
    if (!this.selected) return;
    const { node, group } = this.selected;
    let g = group !== undefined ? group : this.model.groupOf[node];
    if (!this.isOpen(g)) g = this.model.groups.parent[g];
    if (g > 0) this.toggle(g);
  }

  press(id) {
    this.tip.hide();
    const thing = thingOf(id);
    if (thing.group !== undefined) this.toggle(thing.group);
    else this.select(thing);
  }

  // Select a node or a group, opening what it lies in.
  select(thing, centre = false) {
    const g = thing.group !== undefined ? this.model.groups.parent[thing.group] : this.model.groupOf[thing.node];
    const closed = around(this.model, g).filter(one => !this.isOpen(one));
    if (closed.length && !this.open(closed, `g${closed[0]}`)) return;
    this.selected = thing;
    this.refresh();
    const id = idOf(thing);
    const place = this.view.placeOf(id);
    if (centre || closed.length) this.camera.centre({ ...place, height: Math.min(place.height, 100) }, this.moves);
    else this.camera.reveal(place, this.moves);
    if (centre) this.picture.focus(id);
  }

  centre(i) {
    this.select({ node: i }, true);
  }

  // Select a value and go to the last contribution to its gradient, or where it passes on if there is none.
  showGradientOf(i) {
    const { first, lastIn } = this.pass.steps;
    this.select({ node: i });
    const k = lastIn[i] < 0 ? first[i] : lastIn[i];
    if (k >= 0) this.goTo(k + 1);
  }

  // The numbers of another pass of the same graph, as while it is trained: what is open, selected, and the step stay.
  renew(numbers) {
    readNumbers(this.model, numbers);
    for (const part of [this.pass, this.picture, this.view]) part.renew();
    const { fitted } = this.camera;
    this.render(false);
    if (fitted) this.fit(false);
    this.refresh();
  }

  // --- the pass ----------------------------------------------------------------------------------------------------

  stepped(nodes, playing) {
    this.picture.update(nodes);
    this.refresh();
    this.follow();
    this.beside.tell({ step: this.pass.k });
    if (!playing || Number(byId("speed").value) <= 1) announce(this.model, this.pass);
  }

  // Bring both ends of the current contribution into view, and what it adds.
  follow() {
    const { node, parent } = this.pass.active;
    for (const i of [node, parent]) {
      if (i >= 0) this.camera.reveal(this.view.placeOf(this.view.boxOf(i).id), this.moves);
    }
    this.revealPassed(this.moves);
  }

  revealPassed(smooth) {
    const { passed } = this.picture.arrows;
    if (passed) this.camera.reveal(passed, smooth);
  }

  refresh() {
    this.light();
    this.contribution.show();
    this.details.show(this.selected);
    this.host.tell();
  }

  light() {
    const { slot, node, parent } = this.pass.active;
    const begun = slot >= 0;
    const from = begun ? node : (this.selected?.node ?? node);
    const path = this.pathOn ? this.view.pathFrom(from) : null;
    const selected = this.selected && idOf(this.selected);
    this.picture.light({ slot, node: begun ? node : -1, parent, selected, path });
  }

  // Begin the pass of another root, by its number.
  walk(n) {
    this.pass.walk(n);
    byId("root").value = n;
    this.nameRoots();
    this.view.measureAnew();
    this.render(this.moves);
    this.timeline.goTo(0);
  }

  // Begin that of the next root.
  nextRoot(by) {
    const { length } = this.model.passes;
    if (length > 1) this.walk((this.pass.number + by + length) % length);
  }

  step(direction, by) {
    this.timeline.step(direction, by);
  }

  goTo(k) {
    this.timeline.goTo(k);
  }

  play() {
    this.timeline.toggle();
  }

  jump() {
    if (this.selected?.node !== undefined) this.goTo(this.pass.steps.lastIn[this.selected.node] + 1);
  }

  // --- the rest ----------------------------------------------------------------------------------------------------

  zoom(by) {
    this.camera.zoom(by);
  }

  pan(dx, dy) {
    this.camera.pan(dx, dy);
  }

  fit(smooth = this.moves) {
    this.camera.fit(this.view.layout, smooth);
  }

  search() {
    byId("query").focus();
  }

  help() {
    const help = byId("help");
    help.showModal();
    help.scrollTop = 0; // the focus is on the button below
  }

  centreActive() {
    this.follow();
  }

  togglePath() {
    this.pathOn = !this.pathOn;
    this.light();
  }

  panel() {
    const wide = document.querySelector("main").classList.toggle("wide");
    byId("panel-button").setAttribute("aria-pressed", String(!wide));
  }

  escape() {
    this.selected = null;
    this.tip.hide();
    document.activeElement?.blur();
    this.refresh();
  }

  theme() {
    const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    this.setTheme(theme);
    this.beside.tell({ theme });
  }

  setTheme(name = systemTheme()) {
    document.documentElement.dataset.theme = name;
    this.picture.recolour();
    this.picture.update(null);
  }

  say(text) {
    const message = byId("message");
    message.textContent = text;
    message.hidden = false;
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      message.hidden = true;
    }, 6000);
  }
}

export const systemTheme = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

// What an element of the picture stands for, by its id: 'g5' a group, 'n7' a node, 'c7_1' constants that node 7 uses.
function thingOf(id) {
  if (id[0] === "g") return { group: Number(id.slice(1)) };
  return { node: Number(id.slice(1).split("_")[0]) };
}

const idOf = thing => (thing.group !== undefined ? `g${thing.group}` : `n${thing.node}`);
