// The notebook around a page in a frame: it hears the step and the selected value, and says where to go, what to
// select, whether it is light or dark, and the numbers of the next pass of a training (viz/widgets).

import { byId } from "./elements.js";

export class Host {
  constructor(model, app) {
    Object.assign(this, { model, app, told: null });
    if (!model.hosted) return;
    byId("title").textContent = model.title;
    addEventListener("message", event => this.hear(event));
  }

  begin() {
    if (!this.model.hosted) return;
    if (this.model.selected >= 0) this.app.select({ node: this.model.selected });
    this.told = this.state();
    parent.postMessage({ stepgrad: { ready: true } }, "*");
  }

  // What has changed since it was told last.
  tell() {
    if (!this.told) return;
    const now = this.state();
    if (now.step === this.told.step && now.selected === this.told.selected) return;
    this.told = now;
    parent.postMessage({ stepgrad: now }, "*");
  }

  state() {
    return { step: this.app.pass.k, selected: this.app.selected?.node ?? -1 };
  }

  hear({ source, data }) {
    if (source !== parent || !data?.stepgrad || !this.told) return;
    const { theme, numbers, step, selected } = data.stepgrad;
    Object.assign(this.told, data.stepgrad); // the notebook knows it
    if (theme) this.app.setTheme(theme);
    if (numbers) this.app.renew(numbers);
    if (step !== undefined && step !== this.app.pass.k) this.app.goTo(step);
    if (selected !== undefined && selected !== this.state().selected) this.choose(selected);
  }

  choose(i) {
    if (i >= 0) this.app.select({ node: i });
    else this.app.escape();
  }
}
