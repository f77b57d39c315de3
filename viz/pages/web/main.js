// The beginning: reads the recording that the page holds, and shows it.

import { byId } from "./elements.js";
import { readModel } from "./model.js";
import { fillHelp } from "./help.js";
import { App, systemTheme } from "./app.js";
import { inspection } from "./inspection.js";

function openPage() {
  const model = readModel(JSON.parse(byId("content").textContent));
  document.documentElement.dataset.theme = model.theme || systemTheme();
  const app = new App(model);
  fillHelp(byId("help"));
  window.stepgrad = inspection(app, performance.now());
}

openPage();
