// What a curious user, or a test, may look at as `window.stepgrad`; it changes nothing but the step.

import { ruleOf } from "./words.js";

export function inspection(app, openedAfter) {
  const { pass, model, view } = app;
  const idAt = place => view.cut.boxes[place].id;
  return Object.freeze({
    size: model.size,
    get length() {
      return pass.length;
    },
    openedAfter, // milliseconds
    get step() {
      return pass.k;
    },
    get opened() {
      return [...view.opened].sort((a, b) => a - b);
    },
    get root() {
      return pass.root;
    },
    walk: number => app.walk(number),
    goTo: k => app.goTo(k),
    grad: i => pass.grad(i),
    state: i => pass.state(i),
    name: i => model.nameOf(i),
    contribution: k => contributionAt(model, pass.steps, k),
    boxes: () => view.cut.boxes.map(({ id, kind }) => ({ id, kind, ...view.layout.boxes.get(id) })),
    frames: () => view.cut.frames.map(({ id }) => ({ id, ...view.layout.frames.get(id) })),
    arrows: () =>
      view.cut.arrows.map(({ id, tail, head, operands }) => ({ id, tail: idAt(tail), head: idAt(head), operands })),
    rows: id => view.layout.ways.get(id),
  });
}

function contributionAt(model, steps, k) {
  const slot = steps.order[k];
  return {
    node: steps.node[k],
    parent: steps.parent[k],
    local: model.local[slot],
    upstream: steps.upstream[k],
    contribution: steps.contribution[k],
    total: steps.total[k],
    rule: ruleOf(model, slot),
  };
}
