// What a program for the blind says after a step.

import { byId } from "./elements.js";
import { number } from "./words.js";

export function announce(model, pass) {
  const begin = `Start of the backward pass of ${model.nameOf(pass.root)}`;
  byId("announcer").textContent = pass.current < 0 ? begin : spokenStep(model, pass);
}

function spokenStep(model, pass) {
  const { steps, current } = pass;
  const node = model.nameOf(steps.node[current]);
  const parent = model.nameOf(steps.parent[current]);
  const local = number(model.local[steps.order[current]]);
  const product = `${local} times ${number(steps.upstream[current])} is ${number(steps.contribution[current])}`;
  const total = number(steps.total[current]);
  return `Step ${current + 1} of ${steps.length}: ${parent} receives ${product} from ${node}, total ${total}`;
}
