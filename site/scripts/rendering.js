// The engine that renders, from the first time that a service is asked for.

import { current } from "./answers.js";
import { Cancelled, Engine } from "./engine.js";
import { controlled } from "./offline.js";
import { showProgress } from "./progress.js";

let data;
export const engine = new Engine("render-worker.js", {
  onProgress: (progress) => showProgress({ ...progress, size: data.size }),
});
engine.started = false;
let loading = null;
let cancelled = 0;

export function useData(given) {
  data = given;
}

export function load() {
  loading ??= start().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function start() {
  const before = cancelled;
  await controlled();
  if (cancelled !== before) throw new Cancelled();
  await engine.call("start", { parts: data.parts });
  engine.started = true;
}

export async function ask(method, given) {
  await load();
  return engine.call(method, given);
}

export function cancel() {
  cancelled += 1;
  loading = null;
  engine.started = false;
  engine.cancel();
}

// The service, with the answers that it was made of.
export async function render() {
  const answers = current();
  const source = { template: data.template, commit: data.releases.new.commit };
  return { answers, ...(await ask("render", { answers, source })) };
}

export const releases = (answers) =>
  ask("releases", { answers, changed: "/changed/template", removed: data.releases.removed });
export const changes = () => ask("changes", {});
export const trial = (answers) => ask("trial", { answers });
export const runnable = (answers) => ask("runnable", { answers, available: data.available });
