// The controls of the backward pass: play, step, step back, jump; by contribution, by node or by scope.

const get = id => document.getElementById(id);

class Timeline {
  constructor(pass, changed) {
    Object.assign(this, { pass, changed, timer: 0 });
    get('slider').max = pass.length;
    get('slider').addEventListener('input', event => this.goTo(Number(event.target.value)));
    const buttons = { 'to-start': () => this.goTo(0), back: () => this.step(-1), on: () => this.step(1), 'to-end': () => this.goTo(pass.length), play: () => this.toggle() };
    for (const id in buttons) get(id).addEventListener('click', buttons[id]);
    get('speed').addEventListener('change', () => { if (this.timer) this.play(); });
    this.show();
  }

  get by() {
    return get('by').value;
  }

  goTo(k, playing = false) {
    if (!playing) this.pause();
    const nodes = this.pass.goTo(Math.max(0, Math.min(this.pass.length, k)));
    this.show();
    this.changed(nodes, playing);
  }

  step(direction, by = this.by, playing = false) {
    this.goTo(this.pass.boundary(direction, by), playing);
  }

  play() {
    this.pause();
    if (this.pass.k === this.pass.length) this.goTo(0);
    this.timer = setInterval(() => {
      this.step(1, this.by, true);
      if (this.pass.k === this.pass.length) this.pause();
    }, 1000 / Number(get('speed').value));
    this.show();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.show();
  }

  toggle() {
    if (this.timer) this.pause();
    else this.play();
  }

  show() {
    const { k, length } = this.pass;
    get('slider').value = k;
    get('slider').setAttribute('aria-valuetext', `step ${k} of ${length}`);
    get('counter').textContent = `${many(k)} / ${many(length)}`;
    get('play').classList.toggle('playing', Boolean(this.timer));
    get('play').setAttribute('aria-label', this.timer ? 'Pause' : 'Play');
    for (const id of ['to-start', 'back']) get(id).disabled = k === 0;
    for (const id of ['to-end', 'on']) get(id).disabled = k === length;
    get('play').disabled = length === 0;
  }
}
