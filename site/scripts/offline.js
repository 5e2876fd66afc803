// The service worker: the page works without a network after the first visit.

import { byId } from "./elements.js";
import { t } from "./texts.js";

const worker = navigator.serviceWorker;
const PATIENCE = 2000;

export async function startOffline(data) {
  if (!worker) return;
  byId("keep").hidden = false;
  byId("keep").addEventListener("click", () => keepAll(Object.values(data.parts)));
  await worker.register("sw.js");
}

// What is loaded from now on is kept. A page that was reloaded by force has no service worker, and goes on without.
export async function controlled() {
  if (!worker || worker.controller) return;
  const taken = new Promise((resolve) => worker.addEventListener("controllerchange", resolve, { once: true }));
  await Promise.race([taken, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
}

// The parts that were not asked for yet.
async function keepAll(paths) {
  byId("keep").disabled = true;
  delete byId("keep-status").dataset.text;
  byId("keep-status").textContent = "";
  try {
    const cache = await caches.open("parts");
    const known = await Promise.all(paths.map((path) => cache.match(path)));
    await cache.addAll(paths.filter((_, index) => !known[index]));
    showText("keep", "kept", t("kept"));
  } catch {
    showText("keep-status", "keepFailed", t("keepFailed"));
    byId("keep").disabled = false;
  }
}

// It stays when the language changes.
function showText(id, key, text) {
  byId(id).dataset.text = key;
  byId(id).textContent = text;
}
