// The editor of domains: rows and lists that write the text of the answer.

import { answer, current, onChange } from "./answers.js";
import { byId, el } from "./elements.js";
import { pluralOf, readDomains, writeDomains } from "./domains.js";
import { t } from "./texts.js";

let types = [];
let domains = [];

export function domainEditor(known) {
  types = known;
  const body = el("div", { id: "domain-rows" });
  const editor = el("details", { id: "domain-editor" }, el("summary", {}, t("editDomains")), body);
  domains = readDomains(current().domains ?? "");
  body.replaceChildren(...rows());
  return editor;
}

// Text that was typed, or came from a preset, is read again; own changes have been made in the rows.
onChange(({ domains: text }) => {
  if (!byId("domain-rows") || text === writeDomains(domains)) return;
  domains = readDomains(text ?? "");
  redraw();
});

function redraw(focus) {
  byId("domain-rows").replaceChildren(...rows());
  if (focus) byId(focus)?.focus();
}

function write(focus) {
  redraw(focus);
  tell();
}

function tell() {
  const text = writeDomains(domains);
  byId("answer-domains").value = text;
  answer("domains", text);
}

function rows() {
  const add = el("button", { type: "button", className: "quiet", onclick: addDomain }, t("addDomain"));
  return [...domains.map(domainRow), add];
}

function addDomain() {
  domains.push({ name: "", plain: true, fields: [], together: "" });
  write(`domain-${domains.length - 1}`);
}

function domainRow(domain, index) {
  const label = t("domainName", { number: index + 1 });
  const name = textInput(`domain-${index}`, label, domain.name, (value) => (domain.name = value));
  const add = () => {
    domain.fields.push({ name: "", type: "text", optional: false, unique: false });
    write(`field-${index}-${domain.fields.length - 1}`);
  };
  const remove = () => {
    domains.splice(index, 1);
    write("domain-editor");
  };
  const head = el("div", { className: "row" }, name, removeButton(t("removeDomain", { name: domain.name }), remove));
  const fields = domain.fields.map((field, place) => fieldRow(domain, index, field, place));
  const more = el("button", { type: "button", className: "quiet", onclick: add }, t("addField"));
  const note = domain.plain && !domain.fields.length ? el("p", { className: "hint" }, t("noFields")) : null;
  return el("div", { className: "domain", role: "group", "aria-label": label }, head, note, ...fields, more);
}

function fieldRow(domain, index, field, place) {
  const id = `field-${index}-${place}`;
  const remove = () => {
    domain.fields.splice(place, 1);
    write(`domain-${index}`);
  };
  return el(
    "div",
    { className: "row field" },
    textInput(id, t("fieldName"), field.name, (value) => (field.name = value)),
    typeSelect(field, id),
    field.type in Object.fromEntries(listed().map((type) => [type, 1])) ? null : valuesInput(field, id),
    checkbox(t("optional"), field.optional, (on) => (field.optional = on)),
    checkbox(t("unique"), field.unique, (on) => (field.unique = on)),
    removeButton(t("removeField", { name: field.name }), remove),
  );
}

const listed = () => [...types, ...domains.map(pluralOf).filter(Boolean)];

function typeSelect(field, id) {
  const option = (value, text) => el("option", { value, selected: value === field.type }, text);
  const references = domains.map(pluralOf).filter(Boolean);
  const known = listed().includes(field.type);
  const select = el(
    "select",
    {
      id: `${id}-type`,
      "aria-label": t("fieldType"),
      onchange: () => {
        field.type = select.value;
        write(`${id}-${select.value === "new|done" ? "values" : "type"}`);
      },
    },
    el("optgroup", { label: t("types") }, types.map((type) => option(type, type))),
    el("optgroup", { label: t("references") }, references.map((name) => option(name, `→ ${name}`))),
    el("option", { value: known ? "new|done" : field.type, selected: !known }, t("values")),
  );
  return select;
}

function valuesInput(field, id) {
  return textInput(`${id}-values`, t("valuesOf"), field.type, (value) => (field.type = value));
}

function textInput(id, label, value, change) {
  const input = el("input", {
    id,
    value,
    "aria-label": label,
    placeholder: label,
    spellcheck: false,
    autocomplete: "off",
    oninput: () => {
      change(input.value);
      tell();
    },
  });
  return input;
}

function checkbox(label, checked, change) {
  const input = el("input", { type: "checkbox", checked });
  input.addEventListener("change", () => {
    change(input.checked);
    tell();
  });
  return el("label", { className: "check" }, input, label);
}

function removeButton(label, onclick) {
  return el("button", { type: "button", className: "quiet remove", "aria-label": label, title: label, onclick }, "×");
}
