// "Try it": the rendered service runs in a worker of this page.

import { current, onChange, same } from "./answers.js";
import { bridgeTo, hasBridge, root } from "./bridge.js";
import { byId, el, say } from "./elements.js";
import { Engine } from "./engine.js";
import { operations } from "./examples.js";
import { showProgress } from "./progress.js";
import { runnable, trial } from "./rendering.js";
import { attempt } from "./results.js";
import { logRequest, parsed } from "./service-log.js";
import { t, textOf } from "./texts.js";

let data;
let known = [];
let answers = null;
const engine = new Engine("trial-worker.js", { onLog: (line) => byId("service-log").append(`${line}\n`) });

export function startTrial(given) {
  data = given;
  byId("trial-start").addEventListener("click", startService);
  byId("trial-stop").addEventListener("click", stopService);
  byId("cancel").addEventListener("click", stopService);
  byId("operation").addEventListener("change", chooseOperation);
  byId("request").addEventListener("submit", send);
  onChange(showAge);
}

// One start at a time, however often one clicks.
async function startService() {
  byId("trial-start").disabled = true;
  try {
    stopService();
    const started = await attempt(() => start(current()), "try");
    if (started) await showRunning(started.changed);
  } finally {
    byId("trial-start").disabled = false;
  }
}

async function start(given) {
  answers = given;
  const found = await runnable(given);
  const missing = found.missing.join(", ");
  if (missing) throw Object.assign(new Error(missing), { words: () => t("cannotRun", { missing }) });
  const { zip } = await trial(found.answers);
  showProgress({ stage: "starting" });
  await engine.call("start", { parts: data.parts, zip, root });
  return found;
}

function showAge() {
  byId("trial-aged").hidden = !answers || same(answers, current());
}

function stopService() {
  if (engine.running) engine.cancel();
  bridgeTo(null);
  byId("trial").classList.remove("running");
  for (const id of ["requests", "service-log", "response", "docs"]) say(id);
}

async function showRunning(changed) {
  const told = changed.map(({ question, answer }) => el("li", {}, differs(question, answer)));
  say("trial-changed", ...told);
  showAge();
  bridgeTo(forward);
  known = operations(parsed((await ask("GET", "/openapi.json")).body));
  const options = known.map(({ method, path }, index) => el("option", { value: index }, `${method} ${path}`));
  byId("operation").replaceChildren(...options);
  chooseOperation();
  byId("trial").classList.add("running");
  await showDocs();
}

function differs(name, answer) {
  const question = data.questions.find((each) => each.name === name);
  const choice = question.choices.find((each) => each.value === answer);
  return t("insteadOf", { question: name, answer, text: textOf(question, choice) });
}

async function showDocs() {
  const frame = () => el("iframe", { src: `${root}/docs`, title: t("docsTitle") });
  say("docs", (await hasBridge()) ? frame() : el("p", {}, t("noBridge")));
}

const ask = (method, path, headers = {}, body = null) =>
  engine.call("request", { method, path: withoutRoot(path), headers, body });

const withoutRoot = (path) => (path.startsWith(root) ? path.slice(root.length) : path);

async function forward(request) {
  const response = await ask(request.method, request.path, request.headers, request.body);
  // The files of the page itself are no requests that anyone wants to watch.
  if (!/^\/(docs|openapi\.json)/.test(request.path)) logRequest(request, response, ask);
  return response;
}

function chooseOperation() {
  const { method, path, body } = known[byId("operation").value];
  byId("method").value = method;
  byId("path").value = path;
  byId("body").value = body;
}

async function send(event) {
  event.preventDefault();
  const [method, path, text] = ["method", "path", "body"].map((id) => byId(id).value);
  const headers = text ? { "content-type": "application/json" } : {};
  const body = text ? new TextEncoder().encode(text) : null;
  showResponse(await forward({ method, path, headers, body }));
}

function showResponse({ status, headers, body }) {
  const shown = headers.filter(([name]) => ["content-type", "location", "retry-after"].includes(name));
  const lines = shown.map(([name, value]) => `${name}: ${value}`).join("\n");
  const found = parsed(body);
  const text = found === null ? new TextDecoder().decode(body) : JSON.stringify(found, null, 2);
  say("response", `${status}\n${lines}\n\n${text}`);
}
