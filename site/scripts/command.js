// The command that makes the same service in a terminal.

import { changed } from "./answers.js";

const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);

export function command(template) {
  const given = changed().map(([name, value]) => `${name}=${quoted(value)}`);
  return ["uvx cookiecutter", template, ...(given.length ? ["--no-input", ...given] : [])].join(" ");
}
