// Builds the page from /openapi.json.

import { coloured, send, session, tryIt } from "./console.js";
import { make, marked, prose, Schemas } from "./schema.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const by = (id) => document.getElementById(id);

/** An address without what all of them begin with. */
const short = (path) => path.replace(/^\/api\/v\d+/, "");

async function main() {
  const openapi = await (await fetch("/openapi.json")).json();
  const schemas = new Schemas(openapi);
  const operations = Object.entries(openapi.paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method]).map((method) => ({ method, path, ...methods[method] })),
  );
  by("version").textContent = openapi.info.version;
  by("intro").append(
    make("h1", {}, openapi.info.title),
    ...prose(openapi.info.description),
    ...prose(`All addresses below begin with \`${location.origin}${operations[0].path.match(/^\/api\/v\d+/)[0]}\`.`),
    make("p", {}, "The machine-readable form of this page is ", make("a", { href: "/openapi.json" }, "/openapi.json"), "."),
  );
  for (const { name } of openapi.tags) {
    const own = operations.filter((operation) => operation.tags.includes(name));
    by("contents").append(menu(name, own));
    by("operations").append(make("h2", { class: "tag" }, name), ...own.map((one) => card(one, schemas)));
  }
  by("errors").append(...errorTable(openapi["x-errors"]), ...fieldErrorTable(openapi["x-field-errors"]));
  by("filter").addEventListener("input", filter);
  by("login").addEventListener("submit", login);
  by("forget").addEventListener("click", forget);
  document.addEventListener("identity", showIdentity);
  addEventListener("hashchange", reveal);
  await showIdentity();
  reveal();
}

function badge(method) {
  return make("span", { class: `method ${method}` }, method.toUpperCase());
}

function menu(tag, operations) {
  const links = operations.map(({ operationId, method, path, summary }) =>
    make(
      "a",
      { href: `#${operationId}`, title: summary, "data-text": `${method} ${path} ${summary}`.toLowerCase() },
      badge(method),
      make("span", {}, short(path).replaceAll(/\{\w+\}/g, "{…}")),
    ),
  );
  return make("div", { class: "group" }, make("h2", {}, tag), ...links);
}

function card(operation, schemas) {
  const { operationId, method, path, summary, security } = operation;
  const details = make(
    "details",
    { class: "operation", id: operationId },
    make(
      "summary",
      {},
      badge(method),
      make("span", { class: "path" }, short(path)),
      security.length ? make("span", { class: "lock", title: "needs an access token" }, "● token") : null,
      make("span", { class: "about" }, ...marked(summary)),
    ),
  );
  // Built when it is opened first: the page stays quick with hundreds of operations.
  details.addEventListener("toggle", () => {
    if (!details.open || details.children.length > 1) return;
    const form = tryIt(method.toUpperCase(), path, operation, schemas);
    details.append(asked(operation, schemas), form, answered(operation, schemas));
  });
  return details;
}

function asked(operation, schemas) {
  const parts = [...prose(operation.description)];
  if (operation.parameters.length) {
    parts.push(make("h3", {}, "Parameters"), fieldTable(
      operation.parameters.map(({ name, required, schema, description, in: place }) => [
        name, { ...schema, description: [place, description].filter(Boolean).join(": ") }, required,
      ]),
      schemas,
    ));
  }
  const body = operation.requestBody?.content["application/json"].schema;
  if (body) parts.push(make("h3", {}, "Body"), fieldTable(schemas.fields(body), schemas));
  return make("div", { class: "inside" }, ...parts);
}

function answered({ responses }, schemas) {
  return make("div", { class: "inside" }, make("h3", {}, "Answers"), answerTable(responses, schemas));
}

function fieldTable(fields, schemas) {
  return make("table", {}, make("tbody", {}, ...fields.map(([name, schema, needed]) => make(
    "tr",
    {},
    make("td", {}, make("code", {}, name), needed ? make("span", { class: "needed" }, " required") : ""),
    make("td", {}, schemas.describe(schema)),
    make("td", {}, schemas.present(schema).description ?? "",
      schema.default !== undefined && schema.default !== null ? ` (default ${JSON.stringify(schema.default)})` : ""),
  ))));
}

function answerTable(responses, schemas) {
  const rows = Object.entries(responses).map(([status, response]) => {
    const cell = make("td", {});
    const schema = response.content?.["application/json"]?.schema;
    if (schema) cell.append(make("pre", {}, ...coloured(schemas.example(schema))));
    else cell.append(...prose(response.description));
    return make("tr", {}, make("td", { class: `status ${status < 400 ? "good" : "bad"}` }, status), cell);
  });
  return make("table", {}, make("tbody", {}, ...rows));
}

/** Every code that the API answers with: what problem documents link to. */
function errorTable(errors) {
  const rows = errors.map(({ code, status, description }) => make(
    "tr",
    { id: `error-${code}` },
    make("td", {}, make("code", {}, code)),
    make("td", {}, String(status)),
    make("td", {}, ...marked(description)),
  ));
  return [
    make("h2", { class: "tag" }, "Errors"),
    ...prose("Every refusal is a problem document (RFC 9457, `application/problem+json`). Its `code` never changes; `detail` is for people."),
    make("table", {}, make("tbody", {}, ...rows)),
  ];
}

/** What `errors` of a problem document may say of a field, beside the codes of services. */
function fieldErrorTable(errors) {
  const rows = errors.map(({ code, description }) => make(
    "tr",
    { id: `field-error-${code}` },
    make("td", {}, make("code", {}, code)),
    make("td", {}, ...marked(description)),
  ));
  return [make("h2", { class: "tag" }, "Errors in fields"), make("table", {}, make("tbody", {}, ...rows))];
}

function filter({ target }) {
  const wanted = target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const group of document.querySelectorAll(".group")) {
    const links = [...group.querySelectorAll("a")];
    for (const link of links) link.hidden = !wanted.every((word) => link.dataset.text.includes(word));
    group.hidden = links.every((link) => link.hidden);
  }
}

async function login(event) {
  event.preventDefault();
  const form = event.target;
  const { login: name, password } = Object.fromEntries(new FormData(form));
  const answer = await send("POST", "/api/v1/sessions", { body: JSON.stringify({ login: name, password }) });
  if (answer.status >= 400) {
    form.elements.password.setCustomValidity(answer.data?.detail ?? `refused (${answer.status})`);
    form.reportValidity();
    form.elements.password.addEventListener("input", () => form.elements.password.setCustomValidity(""), { once: true });
    return;
  }
  form.reset();
}

/** Log out: what this page forgets must not be good any more for whoever has seen it. */
async function forget() {
  const answer = await send("DELETE", "/api/v1/sessions/current").catch((error) => ({ status: 0, data: { detail: error.message } }));
  // 401: it was no good already, or its account is shut out (403).
  if (answer.status < 400 && answer.status > 0 || answer.status === 401 || answer.status === 403) {
    session.token = null;
    return;
  }
  by("who").classList.add("refused");
  by("who").textContent = `still logged in: ${answer.data?.detail ?? answer.status}`;
}

async function showIdentity() {
  const { token } = session;
  by("login").hidden = Boolean(token);
  by("identity").hidden = !token;
  if (!token) return;
  const answer = await send("GET", "/api/v1/account");
  by("who").classList.toggle("refused", answer.status !== 200);
  by("who").textContent = answer.status === 200
    ? `${answer.data.username} · ${answer.data.role}`
    : (answer.data?.detail ?? `token refused (${answer.status})`);
}

/** Open the operation that the address names. */
function reveal() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (!target) return;
  if (target instanceof HTMLDetailsElement) target.open = true;
  target.scrollIntoView();
}

main();
