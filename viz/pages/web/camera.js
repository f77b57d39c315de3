// Which part of the picture is on the screen: pan, zoom, fit, and keeping a place where it is while the rest moves.

const ZOOM = { least: 0.04, most: 4, readable: 0.7, first: 0.85 };
const BORDERS = { side: 30, top: 26, bottom: 54 }; // the buttons are at the bottom

class Camera {
  constructor(host, world) {
    Object.assign(this, { host, world, x: 0, y: 0, scale: 1, touched: false });
    host.addEventListener('wheel', event => {
      event.preventDefault();
      const box = host.getBoundingClientRect();
      this.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), event.clientX - box.left, event.clientY - box.top);
    }, { passive: false });
    host.addEventListener('pointerdown', event => this.drag(event));
  }

  drag(down) {
    if (down.button) return;
    const from = { x: this.x, y: this.y };
    const move = event => {
      const dx = event.clientX - down.clientX, dy = event.clientY - down.clientY;
      if (!this.dragged && Math.hypot(dx, dy) < 4) return;
      this.dragged = true;
      this.host.classList.add('dragging');
      this.set(from.x + dx, from.y + dy, this.scale);
    };
    const up = () => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', up);
      this.host.classList.remove('dragging');
      setTimeout(() => { this.dragged = false; });
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', up);
  }

  set(x, y, scale, smooth = false) {
    Object.assign(this, { x, y, scale, touched: true });
    this.world.style.transition = smooth ? 'transform 200ms ease-out' : 'none';
    this.world.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    this.world.classList.toggle('far', scale < ZOOM.readable);
  }

  zoom(by, x = this.host.clientWidth / 2, y = this.host.clientHeight / 2) {
    const scale = Math.min(ZOOM.most, Math.max(ZOOM.least, this.scale * by)), ratio = scale / this.scale;
    this.set(x - (x - this.x) * ratio, y - (y - this.y) * ratio, scale);
  }

  pan(dx, dy) {
    this.set(this.x + dx, this.y + dy, this.scale, false);
  }

  // The scale at which everything is to be seen.
  scaleFor({ width, height }) {
    return Math.min(1.35, (this.host.clientWidth - 2 * BORDERS.side) / width, (this.host.clientHeight - BORDERS.top - BORDERS.bottom) / height);
  }

  fit({ width, height }, smooth) {
    const w = this.host.clientWidth, h = this.host.clientHeight, scale = this.scaleFor({ width, height });
    this.set((w - width * scale) / 2, BORDERS.top + (h - BORDERS.top - BORDERS.bottom - height * scale) / 2, Math.max(ZOOM.least, scale), smooth);
  }

  // At first: everything, unless it would be too small to read; then the end of the computation, where the pass begins.
  begin(layout, root) {
    this.fit(layout, false);
    if (this.scale >= ZOOM.first) return;
    const w = this.host.clientWidth, h = this.host.clientHeight, s = ZOOM.first;
    const x = layout.width * s <= w - 40 ? (w - layout.width * s) / 2 : w - 30 - layout.width * s;
    const y = layout.height * s <= h - 40 ? (h - layout.height * s) / 2 : h / 2 - (root.y + root.height / 2) * s;
    this.set(x, y, s);
  }

  // Where a place of the picture is on the screen.
  screen(place) {
    return { x: place.x * this.scale + this.x, y: place.y * this.scale + this.y, width: place.width * this.scale, height: place.height * this.scale };
  }

  // Move so that a place of the picture is at a point of the screen.
  anchor(place, at, smooth) {
    this.set(at.x - place.x * this.scale, at.y - place.y * this.scale, this.scale, smooth);
  }

  // Move by the least that brings a place into view, and not at all if it is there.
  reveal(place, smooth) {
    const s = this.screen(place), border = 46, w = this.host.clientWidth, h = this.host.clientHeight;
    const shift = (low, size, room) => (size > room - 2 * border ? room / 2 - low - size / 2 : low < border ? border - low : low + size > room - border ? room - border - low - size : 0);
    const dx = shift(s.x, s.width, w), dy = shift(s.y, s.height, h);
    if (dx || dy) this.set(this.x + dx, this.y + dy, this.scale, smooth);
  }

  centre(place, smooth) {
    const scale = Math.max(this.scale, ZOOM.readable);
    this.set(this.host.clientWidth / 2 - (place.x + place.width / 2) * scale, this.host.clientHeight / 2 - (place.y + place.height / 2) * scale, scale, smooth);
  }
}
