// The beginning: reads the recording that the page holds, and shows it.

import { byId } from "./elements.js";
import { readModel } from "./model.js";
import { fillHelp } from "./help.js";
import { App, systemTheme } from "./app.js";
import { inspection } from "./inspection.js";

function openPage() {
  document.documentElement.dataset.theme = systemTheme();
  const app = new App(readModel(JSON.parse(byId("content").textContent)));
  fillHelp(byId("help"));
  window.stepgrad = inspection(app, performance.now());
}

openPage();
