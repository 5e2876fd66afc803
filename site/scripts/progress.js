// How far the work has come, and a way to stop it.

import { byId } from "./elements.js";
import { t } from "./texts.js";

export function showProgress({ stage, done, total, size }) {
  byId("progress-text").textContent = t(stage, { done, total, size });
  const bar = byId("progress-bar");
  if (total) [bar.max, bar.value] = [total, done];
  else bar.removeAttribute("value");
}

// While it lasts, what is shown stays, and the button is one to cancel.
export async function whileWorking(work) {
  document.body.classList.add("working");
  byId("progress").hidden = false;
  // On a phone it is below the form.
  byId("progress").scrollIntoView({ block: "nearest" });
  showProgress({ stage: "working" });
  byId("render").disabled = true;
  try {
    return await work();
  } finally {
    document.body.classList.remove("working");
    byId("progress").hidden = true;
    byId("render").disabled = false;
  }
}
