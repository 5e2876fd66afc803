// The text of domains as rows, and rows as text. What it means, and what is wrong with it, the hook says.

const parts = (text) => text.split(/,(?![^(]*\))/).filter((part) => part.trim());

export function readDomains(text) {
  if (["", "none"].includes(text.trim().toLowerCase())) return [];
  return parts(text).map(readDomain);
}

function readDomain(text) {
  const [, name, fields, word] = /^\s*([^(]*?)\s*(?:\((.*)\)\s*(.*?)\s*)?$/s.exec(text) ?? [null, text.trim()];
  return {
    name,
    // Without parentheses, the scaffold gives it a field.
    plain: fields === undefined,
    fields: fields === undefined ? [] : parts(fields).map(readField),
    together: word ?? "",
  };
}

function readField(text) {
  const [, before, optional, after] = /^([^?]*)(\?)?(.*)$/s.exec(text.trim());
  const words = `${before}${optional ? " " : ""}${after}`.trim().split(/\s+/);
  const unique = words.length > 1 && words.at(-1).toLowerCase() === "unique";
  const rest = (unique ? words.slice(0, -1) : words).join(" ");
  const colon = rest.indexOf(":");
  const name = (colon < 0 ? rest : rest.slice(0, colon)).trim();
  return { name, type: colon < 0 ? "text" : rest.slice(colon + 1).trim(), optional: !!optional, unique };
}

export function writeDomains(domains) {
  return domains.length ? domains.map(writeDomain).join(", ") : "none";
}

function writeDomain({ name, plain, fields, together }) {
  if (plain && !fields.length) return name;
  return `${name}(${fields.map(writeField).join(", ")})${together ? ` ${together}` : ""}`;
}

function writeField({ name, type, optional, unique }) {
  const mark = optional ? "?" : "";
  // A question mark belongs to a type.
  const typed = type === "text" && !optional && !unique ? "" : `:${type}${mark}`;
  return `${name}${typed}${unique ? " unique" : ""}`;
}

// How a person names what a domain is called by others.
export const pluralOf = ({ name }) => name.split(":").at(-1).trim();
