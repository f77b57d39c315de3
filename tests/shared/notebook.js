// What a notebook does around a front end of anywidget: a model with get, set, on, off and save_changes, whose changes
// are kept in `sent`, and keys that it takes for itself.

class Model {
  constructor(state) {
    Object.assign(this, { state, listeners: [], dirty: {} });
  }

  get(name) {
    return this.state[name];
  }

  set(name, value) {
    if (this.state[name] === value) return;
    this.dirty[name] = value;
    this.update({ [name]: value });
  }

  // From Python: first all that has changed, then the events.
  update(changes) {
    const names = Object.keys(changes).filter(name => this.state[name] !== changes[name]);
    Object.assign(this.state, changes);
    for (const name of names) for (const [event, act] of [...this.listeners]) if (event === `change:${name}`) act();
  }

  on(event, act) {
    this.listeners.push([event, act]);
  }

  off(event, act) {
    this.listeners = this.listeners.filter(([name, one]) => name !== event || one !== act);
  }

  save_changes() {
    window.sent.push(this.dirty);
    this.dirty = {};
  }
}

window.sent = [];
window.keys = [];
addEventListener("keydown", event => window.keys.push(event.key), true);
window.begin = async (script, state) => {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const front = (await import(url)).default;
  window.model = new Model(state);
  window.end = front.render({ model: window.model, el: document.getElementById("cell") });
};
