// The page beside this one, in another frame of the same file: when one steps, the other goes to the same step of its
// own pass, by the list of steps that the file holds (viz/pages/twins.py). Light and dark are shared too.

import { byId } from "./elements.js";

export class Beside {
  constructor(model, app) {
    Object.assign(this, { model, app, hearing: false });
    if (model.twin) addEventListener("message", event => this.hear(event));
  }

  // Tell the page beside something; not what it has just said itself.
  tell(what) {
    if (!this.model.twin || this.hearing) return;
    byId("beside").hidden = true;
    for (const frame of this.others()) frame.postMessage({ stepgrad: what }, "*");
  }

  others() {
    return [...Array(parent.length).keys()].map(n => parent[n]).filter(frame => frame !== window);
  }

  hear({ source, data }) {
    if (!data?.stepgrad || !this.others().includes(source)) return;
    const { step, theme } = data.stepgrad;
    this.hearing = true;
    if (theme === "light" || theme === "dark") this.app.setTheme(theme);
    if (Number.isInteger(step) && step >= 0 && step < this.model.twin.length) this.goTo(this.model.twin[step]);
    this.hearing = false;
  }

  goTo(k) {
    byId("beside").hidden = k >= 0;
    if (k >= 0) this.app.goTo(k);
  }
}
