// Where everything stands. Open groups are laid out from the inside out: what is inside one is placed first, and the
// group is then a single box, with a border and a heading, of what it lies in. Places of a column keep their order
// (structure.js) and move towards the middle of their neighbours: the least squares solution under that order, by
// pooling adjacent violators.
//
// All of this is in the words of a computation that runs from left to right; where it is to run down, sizes are turned
// before and places after (turned).

import { trafficOf, waysOf } from "./ways.js";

const GAP = 14; // between boxes of a column
const LANE = 9; // the height of a place of an arrow
const STRANDS = 8; // arrows from different boxes run one beside the other in a place; more run closer
const BORDERS = {
  none: { left: 0, right: 0, top: 0, bottom: 0 },
  across: { left: 12, right: 12, top: 36, bottom: 12 }, // between a heading and boxes there are sheets and "1 of 3"
  down: { left: 38, right: 12, top: 14, bottom: 14 },
};
const ROUNDS = 6;
const ROW = 15; // between two ports of a box, with a number each
const PORTS = 12; // a box grows until it has room for so many

// `sizeIn(id)` gives the width and height of a box, `structureIn(g)` the structure of a group, `labelIn(arrow)` the
// width of the number on an arrow; `down` is true if the computation is to run down.
export function layoutOf(model, cut, { structureIn, sizeIn, labelIn, down }) {
  const ports = new Ports(cut, labelIn, down);
  const { round, before } = trafficOf(model, cut, structureIn);
  const inside = new Map(); // per open group: its size, and the places of its items
  const sizeOfItem = item => {
    const inner = item.group !== undefined && inside.get(item.group);
    if (inner) {
      return { width: inner.width, height: inner.height, entry: inner.entry, exit: inner.exit, margin: GAP + 6 };
    }
    const { width, height } = ports.grown(item.id, turnedSize(sizeIn(item.id), down));
    const room = ports.room(item.id);
    return { width, height, room, entry: height / 2, exit: height / 2, margin: item.slots ? 4 : GAP };
  };
  const open = [0, ...cut.frames.map(frame => frame.group)].sort((a, b) => b - a); // what lies inside is larger
  for (const g of open) {
    const structure = structureIn(g);
    const arriving = column => before.get(`${g}:${column}`) || 0;
    const sizes = new Sizes(structure.items.map(sizeOfItem), round, arriving);
    settleAll(structure, sizes);
    const border = BORDERS[down ? "down" : "across"];
    inside.set(g, finished(structure, sizes, g > 0 ? border : BORDERS.none));
  }
  const found = onPage(model, cut, { inside, structureIn, ports });
  return down ? turned(found) : Object.assign(found, { down: false });
}

// The arrows that arrive at the boxes: each has a port of its own, with its number before it.
class Ports {
  constructor(cut, labelIn, down) {
    this.down = down;
    this.at = new Map(); // per id of a box how many there are, and the width of the widest number
    for (const arrow of cut.arrows) {
      const { id } = cut.boxes[arrow.head];
      const { n, widest } = this.at.get(id) || { n: 0, widest: 0 };
      this.at.set(id, { n: n + 1, widest: Math.max(widest, labelIn(arrow)) });
    }
  }

  // From one port of a box to the next, where there is room.
  row(id) {
    return this.down ? this.at.get(id).widest + 8 : ROW;
  }

  spacing(id, n, height) {
    return Math.min(this.row(id), (height - 10) / n);
  }

  // The size of a box with room for its ports.
  grown(id, { width, height }) {
    const { n } = this.at.get(id) || { n: 0 };
    if (n < 2 || n > PORTS) return { width, height };
    return { width, height: Math.max(height, Math.ceil(n * this.row(id) + 10)) };
  }

  // The room for numbers before a box.
  room(id) {
    const { widest } = this.at.get(id) || { widest: 0 };
    if (!widest) return 0;
    return this.down ? 18 : widest + 8;
  }
}

const turnedSize = ({ width, height }, down) => (down ? { width: height, height: width } : { width, height });

const turnedPlace = ({ x, y, width, height }) => ({ x: y, y: x, width: height, height: width });

// The same with the computation running down. The stops of ways stay as they are: `down` says how to read them.
function turned({ boxes, frames, ways, width, height }) {
  const all = places => new Map([...places].map(([id, place]) => [id, turnedPlace(place)]));
  return { boxes: all(boxes), frames: all(frames), ways, width: height, height: width, down: true };
}

// How large the places of one group are, and at which height of a place arrows enter and leave it.
class Sizes {
  constructor(items, round, arriving) {
    Object.assign(this, { items, round, arriving });
  }

  // True if a place is kept for an arrow that is not to be seen.
  idle(place) {
    return place.entering && place.usedIn !== this.round;
  }

  height(place) {
    if (!place.dummy) return this.items[place.item].height;
    return this.idle(place) ? 0 : LANE * this.strands(place);
  }

  // How many arrows run through a place one beside the other.
  strands(place) {
    return place.strandsIn === this.round ? Math.min(STRANDS, place.strands.size) : 1;
  }

  entry(place) {
    return place.dummy ? this.height(place) / 2 : this.items[place.item].entry;
  }

  exit(place) {
    return place.dummy ? this.height(place) / 2 : this.items[place.item].exit;
  }

  margin(a, b) {
    if (this.idle(a) || this.idle(b)) return 0;
    if (a.dummy && b.dummy) return 2;
    const own = place => (place.dummy ? 4 : this.items[place.item].margin);
    return Math.max(own(a), own(b));
  }
}

// Give every place its upper edge, `top`.
function settleAll({ columns }, sizes) {
  for (const column of columns) stackUp(column, sizes);
  for (let round = 0; round < ROUNDS; round++) {
    const forward = round % 2 === 1;
    const last = round === ROUNDS - 1;
    const wanted = place => {
      const { before, after } = place;
      const near = [];
      if (forward || last || !after.length) {
        for (const other of before) near.push(other.top + sizes.exit(other) - sizes.entry(place));
      }
      if (!forward || last || !before.length) {
        for (const other of after) near.push(other.top + sizes.entry(other) - sizes.exit(place));
      }
      return near.length ? median(near) : place.top;
    };
    for (const column of forward ? columns : [...columns].reverse()) {
      settle(column, column.map(wanted), sizes).forEach((y, i) => {
        column[i].top = y;
      });
    }
  }
}

// One below the other, with their middle at 0.
function stackUp(column, sizes) {
  let y = 0;
  column.forEach((place, i) => {
    if (i) y += sizes.margin(column[i - 1], place);
    place.top = y;
    y += sizes.height(place);
  });
  for (const place of column) place.top -= y / 2;
}

function median(numbers) {
  numbers.sort((a, b) => a - b);
  const half = numbers.length >> 1;
  return numbers.length % 2 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
}

// Positions as near as possible to the wanted ones, in the order of the column and without overlap.
function settle(column, wanted, sizes) {
  const offset = [0];
  for (let i = 1; i < column.length; i++) {
    offset.push(offset[i - 1] + sizes.height(column[i - 1]) + sizes.margin(column[i - 1], column[i]));
  }
  const blocks = []; // [mean, weight, how many]
  column.forEach((place, i) => {
    let block = [wanted[i] - offset[i], place.dummy ? 2 : 1, 1];
    while (blocks.length && blocks[blocks.length - 1][0] >= block[0]) {
      const [mean, weight, n] = blocks.pop();
      block = [(mean * weight + block[0] * block[1]) / (weight + block[1]), weight + block[1], n + block[2]];
    }
    blocks.push(block);
  });
  return blocks.flatMap(([mean, , n]) => new Array(n).fill(mean)).map((y, i) => y + offset[i]);
}

// Columns side by side, everything moved so that it begins at (0, 0) or inside the border.
function finished(structure, sizes, border) {
  const { items, places, into, out } = structure;
  const { lead, left, right, width } = columnsBeside(structure, sizes, border);
  const all = structure.columns.flat();
  const low = all.reduce((least, place) => Math.min(least, place.top), Infinity);
  const high = all.reduce((most, place) => Math.max(most, place.top + sizes.height(place)), -Infinity);
  const shift = border.top - low;
  const topOf = place => place.top + shift;
  const boxes = items.map((_, k) => {
    const size = sizes.items[k];
    const c = places[k].column;
    const x = (left[c] + right[c] - size.width) / 2;
    return { x, y: topOf(places[k]), width: size.width, height: size.height };
  });
  const middleOf = heights => {
    if (!heights.length) return (high - low) / 2 + border.top;
    return heights.reduce((a, b) => a + b) / heights.length;
  };
  const first = into.flatMap(rows => [...rows.values()].map(row => row[0]));
  const last = out.filter(row => row.length).map(row => row[row.length - 1]);
  return {
    boxes,
    lead,
    right,
    // The height of an arrow that runs through a place.
    laneOf(place, tail) {
      const strands = place.strandsIn === sizes.round && place.strands.has(tail) ? place.strands : null;
      const share = strands ? (strands.get(tail) + 0.5) / strands.size : 0.5;
      return topOf(place) + share * sizes.height(place);
    },
    width,
    height: high - low + border.top + border.bottom,
    entry: middleOf(first.map(place => place.top + sizes.entry(place) + shift)),
    exit: middleOf(last.map(place => place.top + sizes.exit(place) + shift)),
  };
}

// The left and the right edge of every column, the place before it from which arrows are level, so that none runs
// through the numbers of others, and the width of all.
function columnsBeside({ columns, links, into }, sizes, border) {
  const lead = [];
  const left = [];
  const right = [];
  const roomFor = place => (place.dummy ? 0 : sizes.items[place.item].room || 0);
  const roomBefore = column => column.reduce((most, place) => Math.max(most, roomFor(place)), 0);
  const arrived = (column, c) => (c ? column : column.filter(place => into[place.item].size));
  let x = border.left;
  columns.forEach((column, c) => {
    lead.push(x);
    x += roomBefore(arrived(column, c));
    const widthOf = place => (place.dummy ? 0 : sizes.items[place.item].width);
    left.push(x);
    x += column.reduce((most, place) => Math.max(most, widthOf(place)), 0);
    right.push(x);
    if (c < columns.length - 1) x += gapAfter(links[c], sizes.arriving(c + 1));
  });
  return { lead, left, right, width: x + border.right };
}

// Room for the arrows between two columns: more where they are many or steep.
function gapAfter(links, arriving) {
  const steep = links.reduce((most, [a, b]) => Math.max(most, Math.abs(a.top - b.top)), 0);
  return 22 + Math.min(40, steep * 0.06) + Math.min(50, 2 * arriving);
}

// From positions inside their groups to positions on the page, and the way of every arrow.
function onPage(model, cut, { inside, structureIn, ports }) {
  const origin = new Map([[0, { x: 0, y: 0 }]]);
  const placeOf = thing => {
    const { x, y, width, height } = inside.get(thing.inside).boxes[structureIn(thing.inside).index.get(thing.id)];
    const from = origin.get(thing.inside);
    return { x: from.x + x, y: from.y + y, width, height };
  };
  const frames = new Map(); // from the outside in
  for (const frame of cut.frames) {
    const place = placeOf(frame);
    origin.set(frame.group, { x: place.x, y: place.y });
    frames.set(frame.id, place);
  }
  const boxes = new Map(cut.boxes.map(box => [box.id, placeOf(box)]));
  const spacingAt = (id, n) => ports.spacing(id, n, boxes.get(id).height);
  const ways = waysOf(model, cut, { inside, origin, boxes, structureIn }, spacingAt);
  const { width, height } = inside.get(0);
  return { boxes, frames, ways, width, height };
}
