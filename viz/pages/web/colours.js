// Colours of gradients: blue below zero, orange above, paler the smaller next to the largest of the pass, grey for 0.

const hex = text => [1, 3, 5].map(i => parseInt(text.slice(i, i + 2), 16));

export class Colours {
  // Read from the style sheet, so that light and dark are decided there.
  constructor() {
    const style = getComputedStyle(document.documentElement);
    const read = name => style.getPropertyValue(name).trim();
    this.paper = hex(read("--box"));
    this.positive = hex(read("--positive-fill"));
    this.negative = hex(read("--negative-fill"));
    this.zero = read("--zero-fill");
    this.alarm = read("--alarm-fill");
    this.none = read("--box");
  }

  fill(model, gradient, largest) {
    if (gradient === undefined) return this.none;
    if (!Number.isFinite(gradient)) return this.alarm;
    if (gradient === 0) return this.zero;
    const share = 0.12 + 0.88 * strength(model, Math.abs(gradient), largest) ** 2;
    const full = gradient > 0 ? this.positive : this.negative;
    const mixed = this.paper.map((c, i) => Math.round(c + (full[i] - c) * share));
    return "#" + mixed.map(c => c.toString(16).padStart(2, "0")).join("");
  }
}

// From 0 to 1: how much a magnitude is next to the largest, on a scale of decades.
export function strength(model, magnitude, largest) {
  if (!(magnitude > 0 && magnitude < Infinity && largest > 0 && largest < Infinity)) return 0;
  return Math.min(1, Math.max(0, 1 + Math.log10(magnitude / largest) / model.limits.decades));
}
