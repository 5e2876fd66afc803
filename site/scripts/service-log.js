// Each request that the service got, with what came back; a task is followed to its end.

import { byId, el } from "./elements.js";
import { nothingWhenCancelled } from "./engine.js";
import { t } from "./texts.js";

const ENDED = ["succeeded", "failed", "cancelled"];
const PAUSE = 400;

export function logRequest({ method, path }, { status, headers, body }, ask) {
  const detail = el("td", {}, detailOf(body));
  const badge = el("span", { className: `status s${String(status)[0]}` }, String(status));
  byId("requests").prepend(el("tr", {}, el("td", {}, method), el("td", {}, path), el("td", {}, badge), detail));
  const location = headers.find(([name]) => name === "location")?.[1];
  if (status === 202 && location) void followTask(location, detail, ask).catch(nothingWhenCancelled);
}

const text = (body) => new TextDecoder().decode(body);

export function parsed(body) {
  try {
    return JSON.parse(text(body));
  } catch {
    return null;
  }
}

// A problem has a title, and what is wrong with each field.
function detailOf(body) {
  const found = parsed(body);
  if (!found?.title) return "";
  const errors = (found.errors ?? []).map((error) => error.detail ?? error.message ?? JSON.stringify(error));
  return [found.title, found.detail, ...errors].filter(Boolean).join(" · ");
}

async function followTask(location, detail, ask) {
  let state = "queued";
  while (!ENDED.includes(state)) {
    const response = await ask("GET", location);
    const task = parsed(response.body);
    if (response.status !== 200 || !task) return;
    state = task.state;
    detail.replaceChildren(t("task"), " ", el("span", { className: `badge ${state}`, "data-task": state }, state));
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}
