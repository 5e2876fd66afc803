// Dark or light: what the system says, until a person says otherwise.

import { byId } from "./elements.js";

const dark = matchMedia("(prefers-color-scheme: dark)");

export function startTheme() {
  byId("theme").addEventListener("click", () => {
    const isDark = (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
    document.documentElement.dataset.theme = isDark ? "light" : "dark";
  });
}
