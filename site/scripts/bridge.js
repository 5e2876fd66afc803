// Requests that the browser makes below service/<session>/: they come from the service worker, and go to the service.

export const session = crypto.randomUUID();
export const root = new URL(`../service/${session}`, import.meta.url).pathname;

let answerRequest = null;

export function bridgeTo(handler) {
  answerRequest = handler;
}

export function startBridge() {
  navigator.serviceWorker?.addEventListener("message", async ({ data, ports: [port] }) => {
    const isOurs = data.session === session && answerRequest;
    port.postMessage(isOurs ? await answerRequest(data.request).catch(() => null) : null);
  });
  navigator.serviceWorker?.startMessages();
}

export async function hasBridge() {
  // At the first visit it may still be on its way; where it may not come at all, there is no registration.
  if (!(await navigator.serviceWorker?.getRegistration())) return false;
  return Boolean((await navigator.serviceWorker.ready).active);
}
