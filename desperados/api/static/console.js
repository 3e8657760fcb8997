// The form that sends a request and shows its answer.

import { make } from "./schema.js";

const TOKEN = "desperados.accessToken";
const remembered = new Map(); // path parameters by name: one character id serves all its forms

export const session = {
  get token() {
    return sessionStorage.getItem(TOKEN);
  },
  set token(value) {
    if (value) sessionStorage.setItem(TOKEN, value);
    else sessionStorage.removeItem(TOKEN);
    document.dispatchEvent(new CustomEvent("identity"));
  },
};

/** Send a request as this page does everywhere; answers {status, headers, text, data, seconds}. */
export async function send(method, url, { headers = {}, body } = {}) {
  const all = { ...headers };
  if (session.token) all.Authorization = `Bearer ${session.token}`;
  if (body !== undefined) all["Content-Type"] = "application/json";
  const began = performance.now();
  const response = await fetch(url, { method, headers: all, body, cache: "no-store" });
  const text = await response.text();
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    data = undefined;
  }
  const milliseconds = performance.now() - began;
  // Whoever gets a token through this page means to use it here.
  if (response.ok && typeof data?.accessToken === "string") session.token = data.accessToken;
  return { status: response.status, headers: response.headers, text, data, milliseconds };
}

export function tryIt(method, path, operation, schemas) {
  const inputs = (operation.parameters ?? []).map((parameter) => field(parameter));
  const content = operation.requestBody?.content["application/json"];
  const body = content && make("textarea", { spellcheck: "false", "aria-label": "Body" });
  if (body) body.value = JSON.stringify(content.example, null, 2);
  const outcome = make("div", { class: "outcome", "aria-live": "polite" });
  const button = make("button", { class: "send", type: "submit" }, "Send");
  const copy = make("button", { type: "button" }, "Copy as curl");
  const form = make(
    "form",
    { class: "console" },
    ...inputs.map(({ row }) => row),
    body && make("div", { class: "field" }, make("label", {}, "body"), body),
    make("div", { class: "actions" }, button, copy),
    outcome,
  );

  const request = () => {
    let url = path;
    const query = new URLSearchParams();
    const headers = {};
    for (const { parameter, input } of inputs) {
      const value = input.value.trim();
      if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(value));
      else if (value && parameter.in === "query") query.set(parameter.name, value);
      else if (value && parameter.in === "header") headers[parameter.name] = value;
    }
    if ([...query].length) url += `?${query}`;
    return { url, headers, body: body?.value };
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    const { url, headers, body: text } = request();
    try {
      show(outcome, await send(method, url, { headers, body: text }));
    } catch (error) {
      outcome.replaceChildren(make("p", { class: "status bad" }, `No answer: ${error.message}`));
    }
    button.disabled = false;
  });
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(curl(method, request()));
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy as curl"), 1500);
  });
  return form;
}

function field(parameter) {
  const id = `f${Math.random().toString(36).slice(2)}`;
  const { schema } = parameter;
  const options = schema.enum ?? schema.anyOf?.find((kind) => kind.enum)?.enum;
  let input;
  if (options) {
    const choices = parameter.required ? options : ["", ...options];
    input = make("select", { id }, ...choices.map((value) => make("option", {}, value)));
  } else {
    const hint = schema.default ?? schema.examples?.[0] ?? parameter.schema.type ?? "";
    input = make("input", { id, placeholder: hint, required: parameter.required, spellcheck: "false" });
  }
  let shown = input;
  if (parameter.in === "path" && !options) {
    input.value = remembered.get(parameter.name) ?? "";
    input.dataset.remember = parameter.name;
    input.addEventListener("input", () => remember(parameter.name, input.value));
  } else if (parameter.name === "Idempotency-Key") {
    input.value = newKey();
    const another = make("button", { type: "button" }, "New key");
    another.addEventListener("click", () => (input.value = newKey()));
    shown = make("div", { class: "with-button" }, input, another);
  }
  return { parameter, input, row: make("div", { class: "field" }, make("label", { for: id }, parameter.name), shown) };
}

function remember(name, value) {
  remembered.set(name, value);
  for (const input of document.querySelectorAll("input[data-remember]")) {
    if (input.dataset.remember === name) input.value = value;
  }
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function show(outcome, { status, headers, text, data, milliseconds }) {
  const mark = status < 400 ? "good" : "bad";
  const facts = [`${milliseconds.toFixed(0)} ms`];
  const id = headers.get("X-Request-Id");
  const wait = headers.get("Retry-After");
  if (id) facts.push(`request ${id}`);
  if (wait) facts.push(`try again in ${wait} s`);
  outcome.replaceChildren(
    make(
      "div",
      { class: "line" },
      make("span", { class: `status ${mark}` }, String(status)),
      ...facts.map((fact) => make("span", {}, fact)),
    ),
    ...(text ? [make("pre", {}, ...(data === undefined ? [text] : coloured(data)))] : []),
  );
}

const TOKENS = /("(?:\\.|[^"\\])*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)/g;

/** JSON as text and coloured spans. */
export function coloured(data) {
  const text = JSON.stringify(data, null, 2);
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    parts.push(text.slice(end, match.index));
    const [all, string, colon, number] = match;
    const kind = string ? (colon ? "key" : "string") : number ? "number" : "word";
    parts.push(make("span", { class: `json-${kind}` }, string ?? all));
    if (colon) parts.push(colon);
    end = match.index + all.length;
  }
  parts.push(text.slice(end));
  return parts;
}

function curl(method, { url, headers, body }) {
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const parts = ["curl", "-X", method, quote(location.origin + url)];
  for (const [name, value] of Object.entries(headers)) parts.push("-H", quote(`${name}: ${value}`));
  // The token itself stays out of the clipboard.
  if (session.token) parts.push("-H", '"Authorization: Bearer $TOKEN"');
  if (body !== undefined) parts.push("-H", quote("Content-Type: application/json"), "-d", quote(body));
  return parts.join(" ");
}
