// Tabs, as the patterns of WAI-ARIA have them: arrows move, the shown one is in the order of Tab.

import { byId } from "./elements.js";

const tabs = () => [...document.querySelectorAll("[role=tab]")];

export function select(name) {
  for (const tab of tabs()) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
  byId(`tab-${name}`).dispatchEvent(new Event("shown", { bubbles: true }));
}

export const onShown = (name, listener) => byId(`tab-${name}`).addEventListener("shown", listener);
export const onTab = (listener) => document.querySelector("[role=tablist]").addEventListener("shown", listener);
export const selected = () => document.querySelector("[role=tab][aria-selected=true]")?.id.slice(4);

export function startTabs() {
  for (const tab of tabs()) tab.addEventListener("click", () => select(tab.id.slice(4)));
  document.querySelector("[role=tablist]").addEventListener("keydown", move);
}

function move({ key }) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (!step) return;
  const all = tabs();
  const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
  next.focus();
  select(next.id.slice(4));
}
