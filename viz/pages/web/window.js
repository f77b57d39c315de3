// How the picture stands in its window: in which direction the computation runs, and what is to be seen at first.

import { byId } from "./elements.js";
import { ZOOM } from "./camera.js";

const MUCH = 1.25; // times as large as from left to right is worth a direction that fewer people are used to

// Show the graph. A frame that is not to be seen yet has no room, and no resize is told when it gets some.
export function open(app) {
  begin(app);
  const graph = byId("graph");
  if (graph.clientWidth) return;
  const watcher = new ResizeObserver(() => {
    if (!graph.clientWidth) return;
    watcher.disconnect();
    begin(app);
  });
  watcher.observe(graph);
}

// Show the graph with as many boxes as can be read; the last of the choices has the fewest.
function begin(app) {
  const { model, view, camera } = app;
  for (const opened of model.opened) {
    view.opened = new Set(opened).add(0);
    turn(app);
    if (camera.scaleFor(view.layout) >= ZOOM.first) break;
  }
  show(app);
}

// After the window has got another size.
export function fitWindow(app) {
  turn(app);
  show(app);
}

function show(app) {
  app.render(false);
  frame(app);
  app.refresh();
  if (!app.camera.fitted) app.revealPassed(false);
}

// Everything if it can be read then; or else the current contribution, and as much around it as there is room for.
function frame({ camera, view, pass }) {
  if (camera.scaleFor(view.layout) >= camera.leastScale) {
    camera.fit(view.layout, false);
    return;
  }
  const { node, parent } = pass.active;
  camera.read(view.layout, view.placeOf(view.boxOf(parent < 0 ? node : parent).id));
}

// The computation runs down in a window that is higher than wide, and where it is much larger so.
function turn({ camera, view }) {
  const graph = byId("graph");
  const scaleOf = down => {
    view.down = down;
    view.arrange();
    return Math.min(1, camera.scaleFor(view.layout));
  };
  const down = graph.clientHeight > graph.clientWidth || scaleOf(true) > MUCH * scaleOf(false);
  view.down = down;
  view.arrange();
  byId("stage").classList.toggle("down", down);
  graph.setAttribute("aria-label", `The computation, ${down ? "from top to bottom" : "from left to right"}`);
}
