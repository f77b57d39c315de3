// On paper: everything that is drawn, in light colours, whatever part of it and whichever theme is on the screen. The
// style sheet (print.css) leaves the controls out.

import { byId, withAttributes } from "./elements.js";
import { shapeOf } from "./shapes.js";

// Told twice, by the event before printing and by the change of the medium: the pages are divided up between the two,
// and only a preview that a browser's tools show comes without the first.
export function onPrint(app) {
  const graph = byId("graph");
  let theme = null; // that of the screen, while there is paper
  const prepare = () => {
    if (theme !== null) return;
    ({ theme } = document.documentElement.dataset);
    const { width, height } = app.view.layout;
    withAttributes(graph, { viewBox: `-12 -14 ${width + 24} ${height + 28}`, width: width + 24 });
    leaveOutOfLegend(app.view.cut.boxes, app.model.findings);
    app.setTheme("light");
  };
  const restore = () => {
    if (theme === null) return;
    graph.removeAttribute("viewBox");
    graph.removeAttribute("width");
    app.setTheme(theme);
    theme = null;
  };
  addEventListener("beforeprint", prepare);
  addEventListener("afterprint", restore);
  matchMedia("print").addEventListener("change", ({ matches }) => (matches ? prepare() : restore()));
}

// Shapes that do not occur, and findings if there are none.
function leaveOutOfLegend(boxes, findings) {
  const shapes = new Set(boxes.map(box => shapeOf(box.kind)));
  if (findings.length) shapes.add("finding");
  for (const row of byId("help").querySelectorAll("[data-kind]")) {
    row.classList.toggle("unprinted", !shapes.has(row.dataset.kind));
  }
}
