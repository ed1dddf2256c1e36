"""Two hundred files that are no histories of API calls, in the layouts programs really write them.

Many hold the words our formats go by (`id`, `usage`, `model`, `data`, `message`, `response`, `tokens`, `cost`).
Invented, the same at every run: forty kinds, five of each.
"""

from __future__ import annotations

# fmt: off
# A file is easier to compare with the real thing when it stands in one piece.
import json
import sqlite3
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

Maker = Callable[[int], tuple[str, bytes]]
MAKERS: list[Maker] = []
VARIANTS = 5


def unrelated() -> dict[str, bytes]:
    """Name → content of every file."""
    files: dict[str, bytes] = {}
    for maker in MAKERS:
        for variant in range(VARIANTS):
            name, data = maker(variant)
            files[f"{variant}-{name}"] = data
    return files


def kind(maker: Maker) -> Maker:
    MAKERS.append(maker)
    return maker


def digest(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()


def laid_out(value: Any, variant: int) -> bytes:
    """A document as programs write it: compact, pretty, with CRLF, with a BOM, with another order of keys."""
    if variant == 1:
        return json.dumps(value, separators=(",", ":")).encode()
    if variant == 2:
        return json.dumps(value, indent=4).replace("\n", "\r\n").encode()
    if variant == 3:
        return b"\xef\xbb\xbf" + json.dumps(value, indent="\t").encode()
    if variant == 4:
        return json.dumps(value, indent=2, sort_keys=True).encode()
    return json.dumps(value, indent=2).encode() + b"\n"


def lines(values: list[Any]) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in values).encode()


def table(rows: list[list[object]], separator: str = ",") -> bytes:
    return "".join(separator.join(map(str, row)) + "\n" for row in rows).encode()


@kind
def package_json(n: int) -> tuple[str, bytes]:
    names = ["openai", "@anthropic-ai/sdk", "ai", "langfuse", "react"][: n + 1]
    value = {"name": f"app-{n}", "version": f"1.{n}.0", "type": "module", "scripts": {"test": "vitest"}}
    return "package.json", laid_out(value | {"dependencies": dict.fromkeys(names, "^4.0.0")}, n)


@kind
def package_lock(n: int) -> tuple[str, bytes]:
    packages = {f"node_modules/p{i}": {"version": f"{i}.0.0", "resolved": f"https://registry.example/p{i}.tgz", "integrity": f"sha512-{digest(i, n)}", "engines": {"node": ">=18"}} for i in range(10 * (n + 1))}
    return "package-lock.json", laid_out({"name": "app", "lockfileVersion": 3, "requires": True, "packages": packages}, n)


@kind
def composer(n: int) -> tuple[str, bytes]:
    packages = [{"name": f"vendor/p{i}", "version": f"v{i}.1", "source": {"type": "git", "reference": digest(i)}, "type": "library", "time": "2026-02-03T10:00:00+00:00"} for i in range(n + 3)]
    return "composer.lock.json", laid_out({"content-hash": digest(n), "packages": packages, "packages-dev": [], "minimum-stability": "stable"}, n)


@kind
def cargo_metadata(n: int) -> tuple[str, bytes]:
    packages = [{"name": f"crate{i}", "version": "0.1.0", "id": f"crate{i} 0.1.0 (path)", "license": None, "targets": [{"kind": ["lib"], "name": "x"}], "metadata": None} for i in range(n + 2)]
    return "cargo-metadata.json", laid_out({"packages": packages, "workspace_members": [], "resolve": {"nodes": [], "root": None}, "version": 1}, n)


@kind
def cargo_messages(n: int) -> tuple[str, bytes]:
    messages = [{"reason": "compiler-message", "package_id": f"x {i}", "message": {"message": "unused variable", "code": {"code": "unused_variables"}, "level": "warning", "spans": []}} for i in range(4 + n)]
    return "cargo-build.json", lines([*messages, {"reason": "build-finished", "success": True}])


@kind
def notebook(n: int) -> tuple[str, bytes]:
    """Its outputs tell of tokens, as text and in the metadata of a cell."""
    printed = [f"CompletionUsage(completion_tokens={n}, prompt_tokens=9, total_tokens=1{n})\n", '{"usage": {"input_tokens": 12}}']
    cell = {"cell_type": "code", "execution_count": n, "id": digest(n)[:8], "metadata": {"usage": {"tokens": n}}, "source": ["client.messages.create(model='claude')"], "outputs": [{"name": "stdout", "output_type": "stream", "text": printed}]}
    return "analysis.ipynb.json", laid_out({"cells": [cell] * (n + 1), "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}, n)


@kind
def tsconfig(n: int) -> tuple[str, bytes]:
    return "tsconfig.json", laid_out({"compilerOptions": {"target": "es2022", "strict": bool(n)}, "include": ["src"], "references": []}, n)


@kind
def commented_settings(n: int) -> tuple[str, bytes]:
    """JSON with comments, as editors keep it."""
    body = "".join(f'  // setting {i}\n  "editor.setting{i}": {i}, /* and */\n' for i in range(n + 2))
    return "settings.json", ("{\n" + body + "}\n").encode()


@kind
def geojson(n: int) -> tuple[str, bytes]:
    features = [{"type": "Feature", "id": i, "properties": {"name": f"place {i}", "usage": "residential"}, "geometry": {"type": "Polygon", "coordinates": [[[i, n], [i, 1.5], [2.25, n], [i, n]]]}} for i in range(20 * (n + 1))]
    return "map.geojson.json", laid_out({"type": "FeatureCollection", "features": features}, n)


@kind
def eslint_report(n: int) -> tuple[str, bytes]:
    messages = [{"ruleId": "no-unused-vars", "severity": 2, "message": "'x' is defined but never used.", "line": i, "column": 1, "messageId": "unusedVar"} for i in range(n + 1)]
    return "eslint.json", laid_out([{"filePath": f"/src/{i}.js", "messages": messages, "errorCount": n, "usedDeprecatedRules": []} for i in range(5)], n)


@kind
def npm_audit(n: int) -> tuple[str, bytes]:
    found = {f"p{i}": {"name": f"p{i}", "severity": "high", "via": [{"source": i, "title": "Prototype pollution", "cvss": {"score": 7.5}}], "effects": [], "range": "<2"} for i in range(n + 1)}
    return "npm-audit.json", laid_out({"auditReportVersion": 2, "vulnerabilities": found, "metadata": {"vulnerabilities": {"high": n + 1, "total": n + 1}, "dependencies": {"prod": 9, "total": 12}}}, n)


@kind
def npm_audit_error(n: int) -> tuple[str, bytes]:
    return "npm-error.json", laid_out({"error": {"code": "ENOAUDIT", "summary": "Your registry doesn't support audit", "detail": f"try {n}"}}, n)


@kind
def openapi(n: int) -> tuple[str, bytes]:
    """The description of an API of this very kind: names and examples of fields, no calls."""
    usage = {"type": "object", "properties": {"prompt_tokens": {"type": "integer", "example": 12}, "completion_tokens": {"type": "integer"}}, "required": ["prompt_tokens"]}
    schemas = {"Usage": usage, "ChatCompletion": {"type": "object", "properties": {"id": {"type": "string"}, "model": {"type": "string"}, "usage": {"$ref": "#/components/schemas/Usage"}}}}
    paths = {"/v1/chat/completions": {"post": {"operationId": f"create{n}", "responses": {"200": {"description": "ok"}}}}}
    return "openapi.json", laid_out({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths, "components": {"schemas": schemas}}, n)


@kind
def json_schema(n: int) -> tuple[str, bytes]:
    value = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "$id": f"x{n}", "properties": {"usage": {"type": "object"}, "model": {"type": "string"}, "choices": {"type": "array"}}}
    return "schema.json", laid_out(value, n)


@kind
def jest_coverage(n: int) -> tuple[str, bytes]:
    entry = {"path": "/src/a.js", "statementMap": {"0": {"start": {"line": 1, "column": 0}, "end": {"line": 1, "column": 9}}}, "fnMap": {}, "branchMap": {}, "s": {"0": n}, "f": {}, "b": {}}
    return "coverage-final.json", laid_out({f"/src/{i}.js": entry for i in range(n + 1)}, n)


@kind
def har_without_models(n: int) -> tuple[str, bytes]:
    """Hosts of shops, one with a path that ends like a model's."""
    urls = ["https://shop.example/cart", "https://cdn.example/app.js", "https://api.example/v2/users", "https://docs.example/responses.html", "https://shop.example/v1/messages/inbox"]
    entries = [{"startedDateTime": "2026-02-03T10:00:00.000Z", "time": 12, "request": {"method": "GET", "url": url, "headers": [], "cookies": []}, "response": {"status": 200, "content": {"mimeType": "application/json", "text": '{"items": []}', "size": 13}}} for url in urls[: n + 1]]
    return "shop.har", laid_out({"log": {"version": "1.2", "creator": {"name": "browser", "version": "1"}, "pages": [], "entries": entries}}, n)


@kind
def bookmarks(n: int) -> tuple[str, bytes]:
    children = [{"date_added": "13400000000000000", "guid": digest(i)[:32], "id": str(i), "name": "ChatGPT", "type": "url", "url": "https://chatgpt.com/"} for i in range(n + 2)]
    return "Bookmarks.json", laid_out({"checksum": digest(n)[:32], "roots": {"bookmark_bar": {"children": children, "type": "folder"}}, "version": 1}, n)


@kind
def web_manifest(n: int) -> tuple[str, bytes]:
    return "manifest.json", laid_out({"manifest_version": 3, "name": "ext", "version": f"{n}.0", "permissions": ["storage"], "background": {"service_worker": "b.js"}}, n)


@kind
def kubernetes(n: int) -> tuple[str, bytes]:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"p{n}", "uid": digest(n), "creationTimestamp": "2026-02-03T10:00:00Z"}, "spec": {"containers": [{"name": "c", "image": "x", "resources": {"requests": {"cpu": "1"}}}]}, "status": {"phase": "Running"}}
    return "pods.json", laid_out({"apiVersion": "v1", "kind": "List", "items": [pod] * (n + 1)}, n)


@kind
def kubernetes_metrics(n: int) -> tuple[str, bytes]:
    items = [{"metadata": {"name": f"p{i}"}, "timestamp": "2026-02-03T10:00:00Z", "window": "30s", "containers": [{"name": "c", "usage": {"cpu": "10m", "memory": f"{n}Mi"}}]} for i in range(3)]
    return "pod-metrics.json", laid_out({"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "items": items}, n)


@kind
def docker_inspect(n: int) -> tuple[str, bytes]:
    value = {"Id": digest(n), "Created": "2026-02-03T10:00:00Z", "Path": "sh", "Args": [], "State": {"Status": "running", "Pid": n}, "Image": "sha256:0", "Config": {"Env": ["OPENAI_MODEL=gpt-5"]}}
    return "inspect.json", laid_out([value] * (n + 1), n)


@kind
def docker_log(n: int) -> tuple[str, bytes]:
    return "container-json.log", lines([{"log": f"request {i} took 12 ms, usage ok\n", "stream": "stdout", "time": "2026-02-03T10:00:00.000000000Z"} for i in range(30 + n)])


@kind
def terraform_state(n: int) -> tuple[str, bytes]:
    resource = {"mode": "managed", "type": "aws_instance", "name": f"r{n}", "provider": "provider[aws]", "instances": [{"schema_version": 1, "attributes": {"id": "i-0", "tags": {}}}]}
    return "terraform.tfstate.json", laid_out({"version": 4, "terraform_version": "1.9.0", "serial": n, "lineage": digest(n), "outputs": {}, "resources": [resource]}, n)


@kind
def elasticsearch_bulk(n: int) -> tuple[str, bytes]:
    values: list[Any] = []
    for i in range(10 + n):
        values.append({"index": {"_index": "logs", "_id": str(i)}})
        values.append({"@timestamp": "2026-02-03T10:00:00Z", "message": f"GET /usage/{i}", "response": 200, "bytes": 512, "model": "sedan"})
    return "bulk.ndjson", lines(values)


@kind
def elasticsearch_hits(n: int) -> tuple[str, bytes]:
    hits = [{"_index": "cars", "_id": str(i), "_score": 1.0, "_source": {"model": "Model 3", "usage": {"km": i}, "id": f"car-{digest(i)[:30]}", "created": 1770112800}} for i in range(n + 2)]
    return "hits.json", laid_out({"took": 3, "timed_out": False, "hits": {"total": {"value": n + 2, "relation": "eq"}, "hits": hits}}, n)


@kind
def slack_export(n: int) -> tuple[str, bytes]:
    """`type: message` is what a reply of a model says too."""
    messages = [{"type": "message", "user": "U01", "text": "have you seen the usage?", "ts": f"17701128{i:02d}.000200", "client_msg_id": digest(i), "team": "T1", "reactions": [{"name": "eyes", "count": n}]} for i in range(10 + n)]
    return "2026-02-03.json", laid_out(messages, n)


@kind
def discord_export(n: int) -> tuple[str, bytes]:
    messages = [{"id": str(10**17 + i), "type": "Default", "timestamp": "2026-02-03T10:00:00+00:00", "content": "hi", "author": {"id": "1", "name": "ana"}, "attachments": []} for i in range(5 + n)]
    return "channel.json", laid_out({"guild": {"id": "1", "name": "g"}, "channel": {"id": "2", "name": "general"}, "messages": messages, "messageCount": 5 + n}, n)


@kind
def telegram_export(n: int) -> tuple[str, bytes]:
    messages = [{"id": i, "type": "message", "date": "2026-02-03T10:00:00", "date_unixtime": "1770112800", "from": "Ana", "text": "hello", "text_entities": []} for i in range(6 + n)]
    return "result.json", laid_out({"name": "chat", "type": "personal_chat", "id": 7, "messages": messages}, n)


@kind
def github_events(n: int) -> tuple[str, bytes]:
    events = [{"id": str(40_000_000_000 + i), "type": "PushEvent", "actor": {"id": 1, "login": "ana"}, "repo": {"id": 2, "name": "a/b"}, "payload": {"push_id": i, "commits": [{"sha": digest(i), "message": "count tokens", "author": {"name": "ana"}}]}, "created_at": "2026-02-03T10:00:00Z"} for i in range(6 + n)]
    return "events.json", laid_out(events, n)


@kind
def github_graphql(n: int) -> tuple[str, bytes]:
    return "graphql.json", laid_out({"data": {"viewer": {"login": "ana", "repositories": {"nodes": [{"id": f"R_{i}", "name": "x", "diskUsage": i} for i in range(n + 1)]}}, "rateLimit": {"cost": 1, "remaining": 4999}}}, n)


@kind
def rest_records(n: int) -> tuple[str, bytes]:
    """An API of anything: every word a history goes by, and none of its counts."""
    shapes: list[dict[str, Any]] = [
        {"id": digest(n), "model": "Corolla", "usage": {"hours": 12, "total": 40}, "data": {"message": {"response": "ok"}}, "created": 1770112800},
        {"request": {"model": "Prius", "messages": ["a"]}, "response": {"status": 200, "body": {"id": digest(n), "usage": None}}, "timestamp": "2026-02-03T10:00:00Z"},
        {"object": "list", "data": [{"id": "x", "object": "model", "created": 1770112800, "owned_by": "org"}], "has_more": False},
        {"message": {"role": "assistant", "content": "hello"}, "usage": {"cpu": 0.5}, "result": {"type": "message", "id": digest(n)}},
        {"output": [{"type": "message", "content": []}], "status": "completed", "id": digest(n), "choices": ["a", "b"], "cost": 1.25, "provider": "dhl"},
    ]
    return "records.jsonl", lines([shapes[(n + i) % 5] | {"seq": i} for i in range(12)])


@kind
def rest_errors(n: int) -> tuple[str, bytes]:
    errors: list[dict[str, Any]] = [
        {"error": "not found"},
        {"error": {"message": "no such user"}, "status": 404},
        {"errors": [{"message": "bad", "path": ["a"], "extensions": {"code": "BAD"}}], "data": None},
        {"type": "https://example.com/probs/out-of-credit", "title": "No credit", "status": 403, "detail": "balance is 30"},
        {"ok": False, "error": "invalid_auth", "response_metadata": {"messages": []}},
    ]
    return "error.json", laid_out(errors[n], n)


@kind
def models_list(n: int) -> tuple[str, bytes]:
    """What a provider lists as its models: prices and limits, no call."""
    data = [{"id": f"maker/model-{i}", "name": "M", "created": 1770112800, "context_length": 200000, "pricing": {"prompt": "0.000001", "completion": "0.00001"}, "top_provider": {"max_completion_tokens": 64000}} for i in range(n + 3)]
    return "models.json", laid_out({"data": data}, n)


@kind
def training_data(n: int) -> tuple[str, bytes]:
    """Conversations to train on, a benchmark's questions, requests of a batch not yet sent."""
    chat = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    shapes: list[dict[str, Any]] = [
        {"messages": chat},
        {"prompt": "2+2?", "completion": "4"},
        {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "hello"}], "id": "c1"},
        {"question": "q", "choices": ["a", "b"], "answer": 1},
        {"custom_id": "row-1", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "gpt-5", "messages": chat, "max_tokens": 100}},
    ]
    return "train.jsonl", lines([shapes[n] | {"n": i} for i in range(25)])


@kind
def http_log(n: int) -> tuple[str, bytes]:
    return "access.jsonl", lines([{"remote_addr": "10.0.0.1", "time": "2026-02-03T10:00:00Z", "request": "POST /v1/chat/completions HTTP/1.1", "status": 200, "body_bytes_sent": i, "request_time": 0.5, "request_id": digest(n, i)} for i in range(30)])


@kind
def otel_like(n: int) -> tuple[str, bytes]:
    """Traces of a shop in another layout than OTLP: spans with names and attributes, none of a model."""
    spans = [{"traceID": digest(i)[:32], "spanID": digest(i)[:16], "operationName": "GET /cart", "startTime": 1770112800000000, "duration": 120, "tags": [{"key": "http.status_code", "type": "int64", "value": 200}]} for i in range(n + 2)]
    return "jaeger.json", laid_out({"data": [{"traceID": digest(n)[:32], "spans": spans, "processes": {"p1": {"serviceName": "shop"}}}], "total": 0, "limit": 0, "errors": None}, n)


BANKS = [
    (",", ["Date", "Description", "Amount", "Currency", "Balance"], ["2026-02-03", "OPENAI *CHATGPT", "-20.00", "USD", "100.00"]),
    (";", ["Buchungstag", "Verwendungszweck", "Betrag", "Waehrung", "Saldo"], ["03.02.2026", "ANTHROPIC", "-18,00", "EUR", "1.234,56"]),
    ("\t", ["date", "model", "quantity", "cost", "usage"], ["2026-02-03", "sedan", "1", "9000", "daily"]),
    (",", ["id", "user_id", "created_at", "total_cost", "tokens"], ["1", "u1", "2026-02-03", "12.5", "loyalty"]),
    (",", ["Transaction ID", "Type", "Model", "Input", "Output"], ["t1", "sale", "X1", "HDMI", "USB"]),
]


@kind
def bank_csv(n: int) -> tuple[str, bytes]:
    separator, names, row = BANKS[n]
    return "export.csv", table([names, *[row] * 12], separator)


CLOUD = [["timestamp", "host", "method", "path", "status", "bytes"], ["PassengerId", "Survived", "Pclass", "Name", "Sex", "Age"], ["trace_id", "span_id", "service", "duration_ms", "status"], ["request_id", "user", "model", "spend_limit", "created_at"], ["start_time", "end_time", "project_id", "task", "hours"]]


@kind
def log_csv(n: int) -> tuple[str, bytes]:
    return "log.csv", table([CLOUD[n], *[[f"v{i}-{j}" for j in range(len(CLOUD[n]))] for i in range(20)]])


def database(script: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        connection = sqlite3.connect(path)
        connection.executescript(script)
        connection.close()
        return path.read_bytes()


CHROME = """
    CREATE TABLE meta(key LONGVARCHAR NOT NULL UNIQUE PRIMARY KEY, value LONGVARCHAR);
    CREATE TABLE urls(id INTEGER PRIMARY KEY AUTOINCREMENT, url LONGVARCHAR, title LONGVARCHAR,
      visit_count INTEGER DEFAULT 0 NOT NULL, typed_count INTEGER DEFAULT 0 NOT NULL, last_visit_time INTEGER NOT NULL,
      hidden INTEGER DEFAULT 0 NOT NULL);
    CREATE TABLE visits(id INTEGER PRIMARY KEY, url INTEGER NOT NULL, visit_time INTEGER NOT NULL, from_visit INTEGER,
      transition INTEGER DEFAULT 0 NOT NULL, segment_id INTEGER, visit_duration INTEGER DEFAULT 0 NOT NULL);
    INSERT INTO urls(url, title, last_visit_time) VALUES ('https://chatgpt.com/c/1', 'ChatGPT', 13400000000000000);
"""
FIREFOX = """
    CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url LONGVARCHAR, title LONGVARCHAR, rev_host LONGVARCHAR,
      visit_count INTEGER DEFAULT 0, frecency INTEGER DEFAULT -1 NOT NULL, last_visit_date INTEGER, guid TEXT);
    CREATE TABLE moz_historyvisits (id INTEGER PRIMARY KEY, from_visit INTEGER, place_id INTEGER, visit_date INTEGER,
      visit_type INTEGER, session INTEGER);
    CREATE TABLE moz_meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
    INSERT INTO moz_places(url, title) VALUES ('https://claude.ai/chat/1', 'Claude');
"""
DATABASES = [
    CHROME,
    FIREFOX,
    # A survey tool: the names of our tables, nothing else of them.
    "CREATE TABLE responses (id INTEGER PRIMARY KEY, survey_id INTEGER, answer TEXT); CREATE TABLE surveys (id INTEGER);",
    "CREATE TABLE turns (id INTEGER, game_id INTEGER, player TEXT); CREATE TABLE threads (id INTEGER, name TEXT);",
    # A help desk, with both names.
    """CREATE TABLE conversations (id INTEGER, subject TEXT);
    CREATE TABLE responses (id INTEGER, conversation_id INTEGER, body TEXT, sent_at TEXT);
    INSERT INTO responses VALUES (1, 1, 'Thank you for writing', '2026-02-03');""",
]  # fmt: skip


@kind
def databases(n: int) -> tuple[str, bytes]:
    return "history.db", database(DATABASES[n])


@kind
def streams(n: int) -> tuple[str, bytes]:
    """Events of other services than models."""
    events: list[Any] = [{"price": 12.5, "symbol": "X"}, {"type": "message", "id": n, "text": "hi"}, {"type": "notification", "seq": n}, {"id": "1", "data": {}}, [1, 2]]
    return "capture.sse", b"".join(b"event: tick\ndata: " + json.dumps(events[n]).encode() + b'\n\nevent: ping\ndata: {"type": "ping"}\n\n' for _ in range(9))
