// The worker that renders: Cookiecutter and the hooks, which know nothing of a browser.

import { readPart, startPython, unpack } from "./python.js";

let parts;
let python;
let desk;
let hasOlder = false;

const progress = (done, total) => postMessage({ progress: { stage: "rendering", done, total } });

async function start(given) {
  parts = given.parts;
  postMessage({ progress: { stage: "loading" } });
  const [started, template] = await Promise.all([
    startPython(parts, ["render.tar.xz"]),
    readPart(parts, "template.tar.xz"),
  ]);
  python = started;
  // The last hook says what to do next in a terminal.
  python.setStdout({ batched: () => {} });
  unpack(python, template, "xztar", "/template");
  postMessage({ progress: { stage: "importing" } });
  desk = python.pyimport("renderer.desk").Desk("/template", progress);
}

async function fetchOlder() {
  if (!hasOlder) unpack(python, await readPart(parts, "older.tar.xz"), "xztar", "/changed");
  hasOlder = true;
}

const withZip = ["render", "trial"];

async function call({ method, given }) {
  if (method === "start") return start(given);
  if (method === "releases") await fetchOlder();
  const said = JSON.parse(desk.call(method, JSON.stringify(given)));
  if (said.refusal !== undefined) throw Object.assign(new Error(said.refusal), { name: "Refusal" });
  return withZip.includes(method) ? { ...said.result, zip: python.FS.readFile("/service.zip") } : said.result;
}

onmessage = async ({ data }) => {
  try {
    postMessage({ id: data.id, result: await call(data) });
  } catch (error) {
    postMessage({ id: data.id, error: { name: error.name, message: error.message } });
  }
};
