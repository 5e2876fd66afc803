// The service worker: the page works without a network after the first visit.

import { byId } from "./elements.js";
import { t } from "./texts.js";

export async function startOffline(data) {
  if (!navigator.serviceWorker) return;
  byId("keep").hidden = false;
  byId("keep").addEventListener("click", () => keepAll(Object.values(data.parts)));
  await navigator.serviceWorker.register("sw.js");
}

// The parts that were not asked for yet: whoever fetches them has them kept.
async function keepAll(paths) {
  byId("keep").disabled = true;
  await navigator.serviceWorker.ready;
  await Promise.all(paths.map(async (path) => (await fetch(path)).arrayBuffer()));
  byId("keep").textContent = t("kept");
}
