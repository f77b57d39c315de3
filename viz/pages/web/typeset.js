// Indices for which Unicode has no small letter, above and below the line, as in pictures (viz/scripts.py), whose
// expression says where they are.

import { html, svg } from "./elements.js";

let scripted = /$^/g;

export function readScripts(expression) {
  scripted = new RegExp(expression, "g");
}

// A text in pieces, with 1 for what is raised, -1 for what is lowered, 0 for the rest.
function piecesOf(text) {
  const found = [];
  let at = 0;
  for (const match of text.matchAll(scripted)) {
    const [whole, before, letter, upper, lower] = match;
    if (!upper && !lower) continue;
    found.push([text.slice(at, match.index + before.length + letter.length), 0], [upper, 1], [lower, -1]);
    at = match.index + whole.length;
  }
  return [...found, [text.slice(at), 0]].filter(([piece]) => piece);
}

// A text for an element of HTML, in pieces to be spread.
const TAGS = { 1: "sup", "-1": "sub" };

export const typeset = text => piecesOf(text).map(([piece, level]) => (level ? html(TAGS[level], piece) : piece));

const SIZE = 0.75;
const HEIGHT = { 1: -0.4, 0: 0, "-1": 0.25 }; // of the size of the letters

// The same for a text of SVG.
export function typesetInSvg(text) {
  let height = 0;
  return piecesOf(text).map(([piece, level]) => {
    const wanted = HEIGHT[level];
    const size = level ? SIZE : 1;
    const attributes = wanted === height ? {} : { dy: `${((wanted - height) / size).toFixed(3)}em` };
    if (level) attributes["font-size"] = `${SIZE * 100}%`;
    height = wanted;
    return Object.keys(attributes).length ? svg("tspan", attributes, piece) : piece;
  });
}
