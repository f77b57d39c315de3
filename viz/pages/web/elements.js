// Elements of the page, found and made. Text from the data goes into text nodes and attributes only, never into markup.

const SVG = "http://www.w3.org/2000/svg";

export const byId = id => document.getElementById(id);

// An element of HTML, by its name and perhaps a class, 'p.quiet'; children that are null or '' are left out.
export function html(name, ...children) {
  const [tag, style] = name.split(".");
  const element = document.createElement(tag);
  if (style) element.className = style;
  element.append(...children.filter(child => child !== null && child !== ""));
  return element;
}

// An element of SVG.
export function svg(name, attributes = {}, ...children) {
  const element = withAttributes(document.createElementNS(SVG, name), attributes);
  element.append(...children);
  return element;
}

export function svgText(attributes, text) {
  const element = svg("text", attributes);
  element.textContent = text;
  return element;
}

// Give an element attributes; returns it.
export function withAttributes(element, attributes) {
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  return element;
}

export function button(onclick, ...content) {
  const element = withAttributes(html("button", ...content), { type: "button" });
  element.addEventListener("click", onclick);
  return element;
}

export const rowOf = (...cells) => html("tr", ...cells.map(cell => html("td", cell)));

export function tableOf(rows, ...headings) {
  const head = headings.map(text => (text ? withAttributes(html("th", text), { scope: "col" }) : html("td")));
  return html("table", head.length ? html("thead", html("tr", ...head)) : "", html("tbody", ...rows));
}
