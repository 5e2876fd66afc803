// Links that hold answers: #answers=<JSON>. They keep their form for ever: people have shared them.

import { current, replaceAll } from "./answers.js";

export function linked(hash) {
  const text = new URLSearchParams(hash.slice(1)).get("answers");
  if (!text) return null;
  try {
    const given = JSON.parse(text);
    return given && typeof given === "object" ? given : null;
  } catch {
    return null;
  }
}

export const link = () =>
  `${location.origin}${location.pathname}#${new URLSearchParams({ answers: JSON.stringify(current()) })}`;

export function follow() {
  const given = linked(location.hash);
  if (given) replaceAll(given);
}
