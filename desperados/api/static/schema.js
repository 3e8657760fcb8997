// Reads JSON Schemas: what a type is called, what an example of it looks like.

/** Make an element. `attributes` are set as attributes, children are elements or plain text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

/** Text with `code` marks in it, as paragraphs and lists. */
export function prose(text) {
  const blocks = [];
  for (const block of text.split(/\n\n+/)) {
    const lines = block.split("\n");
    if (lines.every((line) => line.startsWith("- "))) {
      blocks.push(make("ul", {}, ...lines.map((line) => make("li", {}, ...marked(line.slice(2))))));
    } else {
      blocks.push(make("p", {}, ...marked(lines.join(" "))));
    }
  }
  return blocks;
}

/** Text with `code` marks in it, in one line. */
export function marked(text) {
  return text
    .split(/(``[^`]+``|`[^`]+`)/)
    .filter(Boolean)
    .map((part) => (part.startsWith("`") ? make("code", {}, part.replaceAll("`", "")) : part));
}

export class Schemas {
  constructor(openapi) {
    this.components = openapi.components.schemas;
  }

  resolve(schema) {
    if (!schema.$ref) return schema;
    const { $ref, ...own } = schema;
    return { ...this.components[$ref.split("/").pop()], ...own };
  }

  /** The schema without its null alternative. */
  present(schema) {
    const resolved = this.resolve(schema);
    const kinds = (resolved.anyOf ?? []).filter((kind) => kind.type !== "null");
    if (kinds.length !== 1) return resolved;
    const { anyOf, ...own } = resolved;
    return { ...this.resolve(kinds[0]), ...own };
  }

  /** A type in words: "string, 3 to 30 characters". */
  describe(schema) {
    const shown = this.present(schema);
    if (shown.enum) return shown.enum.map((value) => JSON.stringify(value)).join(" | ");
    if (shown.const !== undefined) return JSON.stringify(shown.const);
    if (shown.type === "array") return `list of ${this.describe(shown.items ?? {})}`;
    const name = shown.format ? `${shown.type} (${shown.format})` : (shown.type ?? "anything");
    const bounds = span(shown.minLength, shown.maxLength, "characters")
      ?? span(shown.minimum, shown.maximum, "")
      ?? span(shown.exclusiveMinimum, shown.exclusiveMaximum, "(excluded)");
    return bounds ? `${name}, ${bounds}` : name;
  }

  /** The fields of an object: [name, schema, whether it is needed]. */
  fields(schema) {
    const shown = this.present(schema);
    const needed = new Set(shown.required ?? []);
    return Object.entries(shown.properties ?? {}).map(([name, field]) => [name, field, needed.has(name)]);
  }

  /** What an answer of this type looks like. Requests have examples of their own. */
  example(schema, depth = 0) {
    const shown = this.present(schema);
    if (shown.examples?.length) return shown.examples[0];
    if (shown.default !== undefined && shown.default !== null) return shown.default;
    if (shown.enum) return shown.enum[0];
    if (shown.const !== undefined) return shown.const;
    if (shown.anyOf) return this.example(shown.anyOf[0], depth);
    switch (shown.type) {
      case "object": {
        if (depth > 4) return {};
        return Object.fromEntries(
          this.fields(shown).map(([name, field]) => [name, this.example(field, depth + 1)]),
        );
      }
      case "array":
        return depth > 4 ? [] : [this.example(shown.items ?? {}, depth + 1)];
      case "integer":
      case "number":
        return Math.max(1, shown.minimum ?? 1);
      case "boolean":
        return true;
      case "string":
        return shown.format === "date-time" ? "1876-08-02T12:00:00Z" : "text";
      default:
        return {};
    }
  }
}

function span(low, high, unit) {
  const huge = Number.MAX_SAFE_INTEGER;
  const least = low !== undefined && low > -huge ? low : undefined;
  const most = high !== undefined && high < huge ? high : undefined;
  if (least === undefined && most === undefined) return undefined;
  if (least === undefined) return `up to ${most} ${unit}`.trim();
  if (most === undefined) return `from ${least} ${unit}`.trim();
  return `${least} to ${most} ${unit}`.trim();
}
