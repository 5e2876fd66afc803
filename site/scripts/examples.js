// The operations of a service, and a body for each, from its own OpenAPI document.

export function operations(document) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      summary: operation.summary ?? "",
      body: bodyOf(operation, document),
    })),
  );
}

function bodyOf(operation, document) {
  const schema = operation.requestBody?.content?.["application/json"]?.schema;
  return schema ? JSON.stringify(example(schema, document), null, 2) : "";
}

function example(schema, document) {
  if (schema.$ref) return example(document.components.schemas[schema.$ref.split("/").at(-1)], document);
  const given = schema.examples?.[0] ?? schema.example ?? schema.default ?? schema.const ?? schema.enum?.[0];
  if (given !== undefined) return given;
  const other = [schema.allOf, schema.anyOf, schema.oneOf].find(Boolean);
  if (other) return example(other[0], document);
  return byType(schema, document);
}

const FORMATS = {
  date: "2026-01-31",
  "date-time": "2026-01-31T12:00:00Z",
  uuid: "00000000-0000-0000-0000-000000000000",
};

function byType(schema, document) {
  if (schema.type === "object") {
    const required = schema.required ?? [];
    const entries = required.map((name) => [name, example(schema.properties[name], document)]);
    return Object.fromEntries(entries);
  }
  if (schema.type === "array") return [example(schema.items ?? {}, document)];
  if (schema.type === "integer" || schema.type === "number") return schema.minimum ?? 1;
  if (schema.type === "boolean") return true;
  return FORMATS[schema.format] ?? "example";
}
