// The controls of the backward pass: play, step, step back, jump; by contribution, by node or by scope.

import { byId } from "./elements.js";
import { withCommas } from "./words.js";

export class Timeline {
  constructor(pass, changed) {
    Object.assign(this, { pass, changed, timer: 0 });
    byId("slider").addEventListener("input", event => this.goTo(Number(event.target.value)));
    const buttons = {
      "to-start": () => this.goTo(0),
      back: () => this.step(-1),
      on: () => this.step(1),
      "to-end": () => this.goTo(pass.length),
      play: () => this.toggle(),
    };
    for (const id in buttons) byId(id).addEventListener("click", buttons[id]);
    byId("speed").addEventListener("change", () => {
      if (this.timer) this.play();
    });
    this.show();
  }

  get by() {
    return byId("by").value;
  }

  goTo(k, playing = false) {
    if (!playing) this.pause();
    const nodes = this.pass.goTo(Math.max(0, Math.min(this.pass.length, k)));
    this.show();
    this.changed(nodes, playing);
  }

  step(direction, by = this.by, playing = false) {
    this.goTo(this.pass.boundary(direction, by), playing);
  }

  play() {
    this.pause();
    if (this.pass.k === this.pass.length) this.goTo(0);
    this.timer = setInterval(
      () => {
        this.step(1, this.by, true);
        if (this.pass.k === this.pass.length) this.pause();
      },
      1000 / Number(byId("speed").value),
    );
    this.show();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.show();
  }

  toggle() {
    if (this.timer) this.pause();
    else this.play();
  }

  show() {
    const { k, length } = this.pass;
    byId("slider").max = length;
    byId("slider").value = k;
    byId("slider").setAttribute("aria-valuetext", `step ${k} of ${length}`);
    byId("counter").textContent = `${withCommas(k)} / ${withCommas(length)}`;
    byId("play").classList.toggle("playing", Boolean(this.timer));
    byId("play").setAttribute("aria-label", this.timer ? "Pause" : "Play");
    for (const id of ["to-start", "back"]) byId(id).disabled = k === 0;
    for (const id of ["to-end", "on"]) byId(id).disabled = k === length;
    byId("play").disabled = length === 0;
  }
}
