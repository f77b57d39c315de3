// The front end of a widget: the page (viz/pages/web) in a frame, where neither its style nor its keys meet those of
// the notebook, and what is said between the two. The model of anywidget has the page without its content, the content
// of a pass, the numbers of a later pass of the same shape, the step and the selected node.

const QUICKEST = 80; // milliseconds between two messages to Python: playing makes sixty steps a second

class View {
  constructor(model, host) {
    Object.assign(this, { model, host, frame: null, coming: null, hearing: false, timer: 0 });
    this.box = document.createElement("div");
    const look = "width:100%;min-width:280px;min-height:260px;resize:vertical;overflow:hidden;position:relative";
    this.box.style.cssText = `${look};border:1px solid #8886;border-radius:6px;box-sizing:border-box`;
    this.box.style.height = `${model.get("height")}px`;
    host.append(this.box);
    this.listeners = {
      "change:_content": () => this.open(),
      "change:_numbers": () => this.later(),
      "change:step": () => this.tell({ step: model.get("step") }),
      "change:_selected": () => this.tell({ selected: model.get("_selected") }),
      "change:height": () => Object.assign(this.box.style, { height: `${model.get("height")}px` }),
    };
    for (const event in this.listeners) model.on(event, this.listeners[event]);
    this.hear = event => this.heard(event);
    addEventListener("message", this.hear);
    this.watcher = new MutationObserver(() => this.coloured());
    for (const element of [document.documentElement, document.body]) {
      this.watcher.observe(element, { attributes: true });
    }
    this.theme = themeAround(host);
    this.open();
  }

  close() {
    for (const event in this.listeners) this.model.off(event, this.listeners[event]);
    removeEventListener("message", this.hear);
    this.watcher.disconnect();
    clearTimeout(this.timer);
    cancelAnimationFrame(this.drawing);
    this.box.remove();
  }

  // The page of another graph. It takes the place of the one before when it is drawn, so that nothing flashes.
  open() {
    this.coming?.remove();
    this.coming = document.createElement("iframe");
    this.coming.title = "Backward pass, step by step";
    this.coming.setAttribute("sandbox", "allow-scripts allow-modals");
    this.coming.style.cssText = "position:absolute;inset:0;width:100%;height:100%;border:0;color-scheme:normal";
    if (this.frame) this.coming.style.visibility = "hidden";
    this.coming.srcdoc = this.model.get("_page").split("%%CONTENT%%").join(this.content());
    this.box.append(this.coming);
  }

  content() {
    const content = JSON.parse(this.model.get("_content"));
    const { columns, ...others } = this.numbers() || {};
    Object.assign(content.columns, columns);
    Object.assign(content, others, this.state(), { theme: this.theme });
    return JSON.stringify(content).replaceAll("<", "\\u003c");
  }

  numbers() {
    const text = this.model.get("_numbers");
    return text ? JSON.parse(text) : null;
  }

  state() {
    return { step: this.model.get("step"), selected: this.model.get("_selected") };
  }

  // --- from Python to the page -------------------------------------------------------------------------------------

  tell(what) {
    if (!this.hearing && this.frame) this.frame.contentWindow?.postMessage({ stepgrad: what }, "*");
  }

  // Of several sets of numbers between two pictures of the screen, the last is drawn.
  later() {
    cancelAnimationFrame(this.drawing);
    this.drawing = requestAnimationFrame(() => {
      const numbers = this.numbers();
      if (numbers) this.tell({ numbers });
    });
  }

  coloured() {
    const theme = themeAround(this.host);
    if (theme === this.theme) return;
    this.theme = theme;
    this.tell({ theme });
  }

  // --- from the page to Python -------------------------------------------------------------------------------------

  heard({ source, data }) {
    if (!data?.stepgrad || !source) return;
    const { ready } = data.stepgrad;
    if (source === this.coming?.contentWindow && ready) this.arrived();
    if (source !== this.frame?.contentWindow) return;
    // A notebook that moves its cells makes their frames load anew.
    if (ready) this.tellAll();
    else this.changed(data.stepgrad);
  }

  arrived() {
    this.frame?.remove();
    this.frame = this.coming;
    this.coming = null;
    this.frame.style.visibility = "";
  }

  tellAll() {
    this.theme = themeAround(this.host);
    this.tell({ theme: this.theme, numbers: this.numbers(), ...this.state() });
  }

  changed({ step, selected }) {
    this.hearing = true;
    this.model.set("step", step);
    this.model.set("_selected", selected);
    this.hearing = false;
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.model.save_changes();
    }, QUICKEST);
  }
}

// Whether a notebook is light or dark, by the first paper under an element, or else by the ink on it.
function themeAround(element) {
  let at = element;
  for (; at; at = at.parentElement || at.getRootNode().host) {
    const paper = read(getComputedStyle(at).backgroundColor);
    if (paper.opaque) return paper.bright ? "light" : "dark";
  }
  return read(getComputedStyle(element).color).bright ? "dark" : "light";
}

// A colour, however it is written: a browser that can paint it knows its parts.
function read(colour) {
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  brush.fillStyle = colour;
  brush.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = brush.getImageData(0, 0, 1, 1).data;
  return { opaque: alpha > 127, bright: 0.3 * red + 0.59 * green + 0.11 * blue > 127 };
}

export default {
  render({ model, el }) {
    const view = new View(model, el);
    return () => view.close();
  },
};
