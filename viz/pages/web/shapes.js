// The outline of a box. Its shape says what a box is; the colour in it is its gradient, and the border how far the pass
// has come (colours.js, page.css).

const ALIKE = { rest: "siblings", loop: "siblings", step: "part", steps: "part", chain: "operation" };

// The kind by whose shape a box is drawn, which is that in the legend.
export const shapeOf = kind => ALIKE[kind] || kind;

// Outlines as path data, in a box of a width and a height: [decoration behind, outline, decoration on top].
export function outline(kind, w, h) {
  switch (shapeOf(kind)) {
    case "input":
      return ["", `M10 0H${w - 10}L${w} 10V${h - 10}L${w - 10} ${h}H10L0 ${h - 10}V10z`, ""];
    case "operation":
      return ["", rounded(0, 0, w, h, 7), ""];
    case "output":
      return [rounded(0, 0, w, h, 9), rounded(3, 3, w - 6, h - 6, 7), ""];
    case "scope":
      return ["", `M0 6V4a4 4 0 0 1 4 -4H${Math.min(w * 0.4, 70)}l6 6H${w - 4}a4 4 0 0 1 4 4V${h}H0z`, ""];
    case "siblings":
      return [`M8 -4V-8H${w + 8}V${h - 8}H${w + 4}M4 0V-4H${w + 4}V${h - 4}H${w}`, plainBox(w, h), ""];
    case "part":
      return ["", plainBox(w, h), `M-5 12h10v7h-10zM-5 ${h - 19}h10v7h-10z`];
    default:
      return ["", plainBox(w, h), ""];
  }
}

const plainBox = (w, h) => `M0 0h${w}v${h}h${-w}z`;

function rounded(x, y, width, height, r) {
  const corner = (dx, dy) => `a${r} ${r} 0 0 1 ${dx} ${dy}`;
  const across = width - 2 * r;
  const down = height - 2 * r;
  return [
    `M${x + r} ${y}`,
    `h${across}${corner(r, r)}`,
    `v${down}${corner(-r, r)}`,
    `h${-across}${corner(-r, -r)}`,
    `v${-down}${corner(r, -r)}z`,
  ].join("");
}
