// On paper: everything that is drawn, in light colours, whatever part of it and whichever theme is on the screen. The
// style sheet (print.css) leaves the controls out.

import { byId, withAttributes } from "./elements.js";
import { shapeOf } from "./shapes.js";

export function onPrint(app) {
  const graph = byId("graph");
  let theme = "";
  matchMedia("print").addEventListener("change", printing => {
    if (printing.matches) {
      ({ theme } = document.documentElement.dataset);
      const { width, height } = app.view.layout;
      withAttributes(graph, { viewBox: `-12 -14 ${width + 24} ${height + 28}`, width: width + 24 });
      leaveOutOfLegend(app.view.cut.boxes);
      app.setTheme("light");
    } else {
      graph.removeAttribute("viewBox");
      graph.removeAttribute("width");
      app.setTheme(theme);
    }
  });
}

// Shapes that do not occur.
function leaveOutOfLegend(boxes) {
  const shapes = new Set(boxes.map(box => shapeOf(box.kind)));
  for (const row of byId("help").querySelectorAll("[data-kind]")) {
    row.classList.toggle("unprinted", !shapes.has(row.dataset.kind));
  }
}
