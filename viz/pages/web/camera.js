// Which part of the picture is on the screen: pan, zoom, fit, and keeping a place where it is while the rest moves.

// `first` is the least scale at which a window shows everything at first, `text` that of a small window, where text is
// to be read without zooming.
export const ZOOM = { least: 0.04, most: 4, readable: 0.7, first: 0.5, labelled: 0.5, text: 0.92 };
const SMALL = { width: 600, height: 400 };
const MARGIN = 46; // what is brought into view is so far from the edges
const NEAR = 10; // and what is nearer counts as out of view
// The buttons are at the bottom, or at the side of a picture that runs down.
const EDGES = { across: { side: 18, top: 22, bottom: 54 }, down: { side: 54, top: 16, bottom: 16 } };

export class Camera {
  constructor(host, world) {
    Object.assign(this, { host, world, x: 0, y: 0, scale: 1, fingers: new Map(), shy: false, fitted: false });
    const wheel = event => {
      if (this.shy && !document.hasFocus() && !event.ctrlKey) return; // it scrolls what is around the page
      event.preventDefault();
      const box = host.getBoundingClientRect();
      const slow = event.deltaMode ? 0.05 : 0.0016;
      const speed = event.ctrlKey ? 0.01 : slow; // two fingers on a touch pad
      this.zoom(Math.exp(-event.deltaY * speed), event.clientX - box.left, event.clientY - box.top);
    };
    host.addEventListener("wheel", wheel, { passive: false });
    host.addEventListener("pointerdown", event => this.hold(event));
  }

  // One finger, or the mouse, moves the picture; two fingers move and scale it.
  hold(down) {
    if (down.button) return;
    this.fingers.set(down.pointerId, pointOf(down));
    if (this.fingers.size > 1) return;
    const move = event => this.pull(event, down);
    const up = event => {
      this.fingers.delete(event.pointerId);
      if (this.fingers.size) return;
      removeEventListener("pointermove", move);
      for (const end of ["pointerup", "pointercancel"]) removeEventListener(end, up);
      this.host.classList.remove("dragging");
      setTimeout(() => {
        this.dragged = false;
      });
    };
    addEventListener("pointermove", move);
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, up);
  }

  pull(event, down) {
    const from = this.fingers.get(event.pointerId);
    if (!from) return;
    const to = pointOf(event);
    if (!this.dragged && Math.hypot(to.x - down.clientX, to.y - down.clientY) < 4) return;
    this.dragged = true;
    this.host.classList.add("dragging");
    const before = middleOf(this.fingers);
    this.fingers.set(event.pointerId, to);
    const after = middleOf(this.fingers);
    const box = this.host.getBoundingClientRect();
    this.set(this.x + after.x - before.x, this.y + after.y - before.y, this.scale);
    if (before.apart > 0) this.zoom(after.apart / before.apart, after.x - box.left, after.y - box.top);
  }

  set(x, y, scale, smooth = false) {
    Object.assign(this, { x, y, scale, fitted: false });
    this.world.style.transition = smooth ? "transform 200ms ease-out" : "none";
    this.world.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    this.world.classList.toggle("far", scale < ZOOM.labelled);
  }

  zoom(by, x = this.host.clientWidth / 2, y = this.host.clientHeight / 2) {
    const scale = Math.min(ZOOM.most, Math.max(ZOOM.least, this.scale * by));
    const ratio = scale / this.scale;
    this.set(x - (x - this.x) * ratio, y - (y - this.y) * ratio, scale);
  }

  pan(dx, dy) {
    this.set(this.x + dx, this.y + dy, this.scale, false);
  }

  // The scale at which everything is to be seen.
  scaleFor({ width, height, down }) {
    const { clientWidth, clientHeight } = this.host;
    const { side, top, bottom } = EDGES[down ? "down" : "across"];
    return Math.min(1.35, (clientWidth - 2 * side) / width, (clientHeight - top - bottom) / height);
  }

  // The scale from which on everything can be read.
  get leastScale() {
    const { clientWidth, clientHeight } = this.host;
    return clientWidth < SMALL.width || clientHeight < SMALL.height ? ZOOM.text : ZOOM.first;
  }

  // Show a place, with text of a size that can be read, and as much of the picture around it as there is room for.
  read(layout, place) {
    const { clientWidth, clientHeight } = this.host;
    const { side, top, bottom } = EDGES[layout.down ? "down" : "across"];
    const middle = { x: place.x + place.width / 2, y: place.y + place.height / 2 };
    const x = offsetOf(middle.x, layout.width, side, clientWidth - 2 * side);
    const y = offsetOf(middle.y, layout.height, top, clientHeight - top - bottom);
    this.set(x, y, ZOOM.text);
  }

  fit(layout, smooth) {
    const { clientWidth, clientHeight } = this.host;
    const { top, bottom } = EDGES[layout.down ? "down" : "across"];
    const scale = this.scaleFor(layout);
    const x = (clientWidth - layout.width * scale) / 2;
    const y = top + (clientHeight - top - bottom - layout.height * scale) / 2;
    this.set(x, y, Math.max(ZOOM.least, scale), smooth);
    this.fitted = true; // until somebody moves it
  }

  // Where a place of the picture is on the screen.
  screen({ x, y, width, height }) {
    const { scale } = this;
    return { x: x * scale + this.x, y: y * scale + this.y, width: width * scale, height: height * scale };
  }

  // Move so that a place of the picture is at a point of the screen.
  anchor(place, at, smooth) {
    this.set(at.x - place.x * this.scale, at.y - place.y * this.scale, this.scale, smooth);
  }

  // Move by the least that brings a place into view, and not at all if it is there.
  reveal(place, smooth) {
    const { x, y, width, height } = this.screen(place);
    const dx = shiftIntoView(x, width, this.host.clientWidth);
    const dy = shiftIntoView(y, height, this.host.clientHeight);
    if (dx || dy) this.set(this.x + dx, this.y + dy, this.scale, smooth);
  }

  centre(place, smooth) {
    const { clientWidth, clientHeight } = this.host;
    const scale = Math.max(this.scale, ZOOM.readable);
    const x = clientWidth / 2 - (place.x + place.width / 2) * scale;
    const y = clientHeight / 2 - (place.y + place.height / 2) * scale;
    this.set(x, y, scale, smooth);
  }
}

const pointOf = ({ clientX, clientY }) => ({ x: clientX, y: clientY });

// The middle of the fingers, and how far the first two are apart.
function middleOf(fingers) {
  const [a, b = a] = fingers.values();
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) };
}

// Where a picture of a size begins, so that a point in it is in the middle of the room, or nearer to an edge beyond
// which there is nothing.
function offsetOf(point, size, edge, room) {
  const long = size * ZOOM.text;
  if (long <= room) return edge + (room - long) / 2;
  return Math.min(edge, Math.max(edge + room - long, edge + room / 2 - point * ZOOM.text));
}

// How far to move what begins at `low`, so that it lies inside the margins of a window; to the middle if it is too
// large.
function shiftIntoView(low, size, room) {
  const high = low + size;
  if (low >= NEAR && high <= room - NEAR) return 0;
  if (size > room - 2 * MARGIN) return room / 2 - low - size / 2;
  return low < NEAR ? MARGIN - low : room - MARGIN - high;
}
