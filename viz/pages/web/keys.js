// The keyboard: everything the mouse does. One table, read by the handler and by the help (help.js): the keys as they
// are shown, what they do in words, and what they do to the application.

import { byId } from "./elements.js";

export const KEYS = [
  [
    "\u2192  \u2190  or  l  h",
    "step on, step back",
    {
      ArrowRight: act => act.step(1),
      ArrowLeft: act => act.step(-1),
      l: act => act.step(1),
      h: act => act.step(-1),
    },
  ],
  [
    "shift with these",
    "on or back by a whole node",
    {
      "shift+ArrowRight": act => act.step(1, "node"),
      "shift+ArrowLeft": act => act.step(-1, "node"),
      "shift+L": act => act.step(1, "node"),
      "shift+H": act => act.step(-1, "node"),
    },
  ],
  [
    "n  shift with n",
    "the pass of the next root, of the one before",
    { n: act => act.nextRoot(1), "shift+N": act => act.nextRoot(-1) },
  ],
  ["space", "play, pause", { " ": act => act.play() }],
  ["home  end", "to the start, to the end", { Home: act => act.goTo(0), End: act => act.goTo(Infinity) }],
  ["g", "to the last contribution of the selected value", { g: act => act.jump() }],
  ["tab", "from box to box", {}],
  ["enter", "open, fold, or select", {}],
  ["f", "fold what the selected value lies in", { f: act => act.foldAround() }],
  ["/", "search", { "/": act => act.search() }],
  [
    "+  \u2212  0",
    "zoom in, out, show everything",
    {
      "+": act => act.zoom(1.25),
      "=": act => act.zoom(1.25),
      "-": act => act.zoom(0.8),
      0: act => act.fit(),
    },
  ],
  [
    "w  a  s  d  or  alt with arrows",
    "move the picture",
    {
      w: act => act.pan(0, 80),
      s: act => act.pan(0, -80),
      a: act => act.pan(80, 0),
      d: act => act.pan(-80, 0),
      "alt+ArrowUp": act => act.pan(0, 80),
      "alt+ArrowDown": act => act.pan(0, -80),
      "alt+ArrowLeft": act => act.pan(80, 0),
      "alt+ArrowRight": act => act.pan(-80, 0),
    },
  ],
  ["c", "bring the current contribution into view", { c: act => act.centreActive() }],
  ["p", "light the path to the cost, or not", { p: act => act.togglePath() }],
  ["t", "light or dark", { t: act => act.theme() }],
  ["i", "show or hide the panel", { i: act => act.panel() }],
  ["?", "this help", { "?": act => act.help(), "shift+?": act => act.help() }],
  ["esc", "select nothing, close", { Escape: act => act.escape() }],
];

export function listen(act) {
  const handlers = Object.assign({}, ...KEYS.map(([, , some]) => some));
  addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || byId("help").open || isOfElement(event)) return;
    const box = event.target.closest("[data-id]");
    if (box && event.key === "Enter") {
      act.press(box.dataset.id);
      event.preventDefault();
      return;
    }
    const handler = handlers[nameOfKey(event)];
    if (!handler) return;
    event.preventDefault();
    handler(act);
  });
}

// Whether a key is for the element that it was pressed in.
function isOfElement({ target, key, shiftKey, altKey }) {
  if (target.id === "slider") return /^Arrow|Home|End/.test(key) && !shiftKey && !altKey;
  if (target.matches("input, select, textarea")) return key !== "Escape";
  return key === " " && target.matches("button");
}

// As in the table: with 'alt+' in front, or 'shift+' where shift does not only choose the character.
function nameOfKey({ key, altKey, shiftKey }) {
  if (altKey) return `alt+${key}`;
  const isSign = key.length === 1 && !/[a-z]/i.test(key);
  return shiftKey && !isSign ? `shift+${key}` : key;
}
