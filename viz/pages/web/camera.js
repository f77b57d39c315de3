// Which part of the picture is on the screen: pan, zoom, fit, and keeping a place where it is while the rest moves.

export const ZOOM = { least: 0.04, most: 4, readable: 0.7, first: 0.85 };
const MARGIN = 46; // what is to be seen stays so far from the edges
const BORDERS = { side: 30, top: 26, bottom: 54 }; // the buttons are at the bottom

export class Camera {
  constructor(host, world) {
    Object.assign(this, { host, world, x: 0, y: 0, scale: 1 });
    const wheel = event => {
      event.preventDefault();
      const box = host.getBoundingClientRect();
      const speed = event.deltaMode ? 0.05 : 0.0016;
      this.zoom(Math.exp(-event.deltaY * speed), event.clientX - box.left, event.clientY - box.top);
    };
    host.addEventListener("wheel", wheel, { passive: false });
    host.addEventListener("pointerdown", event => this.drag(event));
  }

  drag(down) {
    if (down.button) return;
    const from = { x: this.x, y: this.y };
    const move = event => {
      const dx = event.clientX - down.clientX;
      const dy = event.clientY - down.clientY;
      if (!this.dragged && Math.hypot(dx, dy) < 4) return;
      this.dragged = true;
      this.host.classList.add("dragging");
      this.set(from.x + dx, from.y + dy, this.scale);
    };
    const up = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
      this.host.classList.remove("dragging");
      setTimeout(() => {
        this.dragged = false;
      });
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
  }

  set(x, y, scale, smooth = false) {
    Object.assign(this, { x, y, scale });
    this.world.style.transition = smooth ? "transform 200ms ease-out" : "none";
    this.world.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    this.world.classList.toggle("far", scale < ZOOM.readable);
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
  scaleFor({ width, height }) {
    const { clientWidth, clientHeight } = this.host;
    const across = (clientWidth - 2 * BORDERS.side) / width;
    const down = (clientHeight - BORDERS.top - BORDERS.bottom) / height;
    return Math.min(1.35, across, down);
  }

  fit({ width, height }, smooth) {
    const { clientWidth, clientHeight } = this.host;
    const scale = this.scaleFor({ width, height });
    const x = (clientWidth - width * scale) / 2;
    const y = BORDERS.top + (clientHeight - BORDERS.top - BORDERS.bottom - height * scale) / 2;
    this.set(x, y, Math.max(ZOOM.least, scale), smooth);
  }

  // At first: everything, unless it would be too small to read; then the end of the computation, where the pass begins.
  begin(layout, root) {
    this.fit(layout, false);
    if (this.scale >= ZOOM.first) return;
    const { clientWidth, clientHeight } = this.host;
    const scale = ZOOM.first;
    const width = layout.width * scale;
    const height = layout.height * scale;
    const x = width <= clientWidth - 40 ? (clientWidth - width) / 2 : clientWidth - 30 - width;
    const middle = root.y + root.height / 2;
    const y = height <= clientHeight - 40 ? (clientHeight - height) / 2 : clientHeight / 2 - middle * scale;
    this.set(x, y, scale);
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

// How far to move what begins at `low`, so that it lies inside the margins of a window; to the middle if it is too
// large.
function shiftIntoView(low, size, room) {
  const high = low + size;
  if (size > room - 2 * MARGIN) return room / 2 - low - size / 2;
  if (low < MARGIN) return MARGIN - low;
  return high > room - MARGIN ? room - MARGIN - high : 0;
}
