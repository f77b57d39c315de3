// The findings: what is wrong, in a list above the current contribution. Each goes to its value, and to the last
// contribution to the gradient of that; on the graph the values carry the number of the finding (picture.js).

import { button, byId, html, withAttributes } from "./elements.js";
import { markOf, plural } from "./words.js";
import { andMore } from "./links.js";

const NODES = 6; // values of a finding that are links

export class FindingsView {
  constructor(model, links, act) {
    Object.assign(this, { model, links, act, items: [] });
    const host = byId("findings");
    host.hidden = !model.findings.length;
    if (host.hidden) return;
    this.items = model.findings.map((finding, n) => this.item(finding, n));
    host.append(html("summary", html("h2", plural(model.findings.length, "finding"))), html("ol", ...this.items));
    host.open = byId("panel").clientHeight > 400; // on a phone the contribution comes first
  }

  item(finding, n) {
    const { kind, certainty, message, remedy, place } = finding;
    const go = withAttributes(
      button(() => this.choose(n), html("span.mark", markOf(n)), " ", html("b", kind), ` ${certainty}`),
      { class: "finding" },
    );
    return html(
      "li",
      go,
      html("p", sentence(message)),
      html("p.remedy", "Try: ", sentence(remedy, false)),
      this.where(place),
      this.values(finding),
    );
  }

  where(place) {
    return place ? html("p.source", place) : "";
  }

  values({ nodes }) {
    if (!nodes.length) return html("p.quiet", "in no value of this pass");
    const shown = nodes.slice(0, NODES).flatMap((i, k) => [k ? ", " : "", this.links.toNode(i)]);
    return html("p", "at ", ...shown, andMore(nodes.length - NODES));
  }

  choose(n) {
    this.items.forEach((item, k) => item.classList.toggle("chosen", k === n));
    const [i] = this.model.findings[n].nodes;
    if (i !== undefined) this.act.showGradientOf(i);
  }
}

// A text that ends with a full stop, and perhaps begins with a capital.
function sentence(text, capital = true) {
  const begun = capital ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
