// The help: a legend of shapes and colours, and the table of keys.

import { html, rowOf, svg, svgText, tableOf, withAttributes } from "./elements.js";
import { MINUS, markOf } from "./words.js";
import { outline } from "./shapes.js";
import { KEYS } from "./keys.js";

const HATCHED = "url(#hatching)";

// The kind of a box, its state, what is written in it, its fill if it has one, and what that means.
const LEGEND = [
  ["parameter", "done", "w", "", "parameter or variable"],
  ["input", "done", "x", "", "input"],
  ["operation", "done", "tanh", "", "operation"],
  ["output", "done", "cost", "", "output: where the pass begins"],
  ["scope", "done", "layer1", "", "folded scope"],
  ["siblings", "done", "\u00d78", "", "several alike, folded"],
  ["part", "done", "part", "", "folded stretch"],
  ["operation", "waiting", "grad \u2013", HATCHED, "gradient not reached yet"],
  ["operation", "adding", "grad 2", "", "still adding up: 1 of 3"],
  ["operation", "done", "grad 0", "var(--zero-fill)", "zero"],
  ["operation", "done", `grad ${MINUS}2`, "var(--negative-fill)", "below zero, paler the smaller"],
  ["operation", "done", "grad 2", "var(--positive-fill)", "above zero"],
  ["operation", "done alarm", "grad nan", "var(--alarm-fill)", "nan or infinite"],
];

export function fillHelp(host) {
  const legend = LEGEND.map(([kind, state, text, fill, meaning]) => {
    const row = rowOf(sample(kind, state, text, fill), meaning);
    const ofShape = state === "done" && !fill; // the other rows explain states and colours
    return ofShape ? withAttributes(row, { "data-kind": kind }) : row;
  });
  const found = rowOf(html("span.mark", markOf(0)), "a value that a finding in the panel is about");
  legend.push(withAttributes(found, { "data-kind": "finding" }));
  const keys = KEYS.map(([shown, meaning]) => html("tr", html("td", ...keyCaps(shown)), html("td", meaning)));
  const columns = html(
    "div.columns",
    html("div", html("h2", "Legend"), tableOf(legend)),
    html("div", html("h2", "Keys"), tableOf(keys)),
  );
  const close = withAttributes(html("form", html("button", "Close")), { method: "dialog" });
  host.append(columns, close);
}

function sample(kind, state, text, fill) {
  const [behind, edge, front] = outline(kind, 74, 25);
  const box = svg(
    "g",
    { class: `box ${kind} ${state}`, transform: "translate(7 8)" },
    svg("path", { class: "behind", d: behind }),
    svg("path", { class: "edge", d: edge, fill: fill || "var(--box)" }),
    svg("path", { class: "front", d: front }),
    svgText({ x: 37, y: kind === "scope" ? 19 : 16.5 }, text),
  );
  return svg("svg", { width: 92, height: 37, "aria-hidden": "true" }, box);
}

// Two spaces stand between keys; 'or' is none.
function keyCaps(shown) {
  return shown.split("  ").flatMap((part, n) => [n ? " " : "", part === "or" ? part : html("kbd", part)]);
}
