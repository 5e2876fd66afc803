// Keeps the page for when there is no network, and hands requests of a running service to its page.
// SITE is written before this line when the page is built.

const { version, shell, parts } = SITE;
const scope = new URL(self.registration.scope);
const SHELL = `shell-${version}`;
const PARTS = "parts";
const SERVICE = new URL("service/", scope).pathname;

self.addEventListener("install", (event) => event.waitUntil(keepShell()));
self.addEventListener("activate", (event) => event.waitUntil(removeOld()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return;
  if (url.pathname.startsWith(SERVICE)) event.respondWith(fromService(event.request, url));
  else if (event.request.method === "GET") event.respondWith(kept(event.request, url));
});

async function keepShell() {
  const cache = await caches.open(SHELL);
  // The browser's own cache may have a file of an older page: the host is asked.
  await cache.addAll(shell.map((path) => new Request(path, { cache: "no-cache" })));
}

async function removeOld() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => ![SHELL, PARTS].includes(name)).map((name) => caches.delete(name)));
  const cache = await caches.open(PARTS);
  const wanted = new Set(parts.map((path) => new URL(path, scope).href));
  const old = (await cache.keys()).filter((request) => !wanted.has(request.url));
  await Promise.all(old.map((request) => cache.delete(request)));
  await self.clients.claim();
}

async function kept(request, url) {
  const isPart = url.pathname.startsWith(`${scope.pathname}parts/`);
  const cache = await caches.open(isPart ? PARTS : SHELL);
  const found = await cache.match(request, { ignoreSearch: true });
  if (found) return found;
  const response = await fetch(request);
  // The name of a part changes with its content, so what is kept is never too old.
  if (isPart && response.ok) await cache.put(request, response.clone());
  return response;
}

// service/<session>/<path>: the page of this session has the worker in which the service runs.
async function fromService(request, url) {
  const rest = url.pathname.slice(SERVICE.length);
  const session = rest.split("/")[0];
  const path = rest.slice(session.length) + url.search;
  const body = ["GET", "HEAD"].includes(request.method) ? null : new Uint8Array(await request.arrayBuffer());
  const given = { method: request.method, path, headers: Object.fromEntries(request.headers), body };
  const response = await askPages(session, given);
  const empty = [204, 205, 304].includes(response.status) || request.method === "HEAD";
  const headers = new Headers(response.headers);
  // A link brings the answers of another person, and a service shows them: nothing may leave from there.
  headers.set("Content-Security-Policy", "default-src 'self' 'unsafe-inline' data:");
  return new Response(empty ? null : response.body, { status: response.status, headers });
}

// Each open page is asked; one that has another session says so. Pages of services ask, and are not asked.
async function askPages(session, request) {
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const pages = open.filter((page) => !new URL(page.url).pathname.startsWith(SERVICE));
  const gone = { status: 503, headers: [["content-type", "text/plain"]], body: "This service has been stopped." };
  return Promise.any(pages.map((page) => askPage(page, session, request))).catch(() => gone);
}

function askPage(page, session, request) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    port1.onmessage = ({ data }) => (data ? resolve(data) : reject(new Error("another session")));
    page.postMessage({ session, request }, [port2]);
  });
}
