// SPDX-License-Identifier: Apache-2.0

// What the server says, and how it is asked. The shapes are those of openapi.json, as far as the page
// uses them.

export interface Limits {
  wall_ms: number;
  cpu_ms: number | null;
  memory_bytes: number;
  cpus: number;
  pids: number;
  disk_bytes: number;
  output_bytes: number;
}

export interface JobLimits {
  total_ms: number;
  compile: Limits;
  run: Limits;
  test: Limits;
}

export interface Policy {
  name: string;
  default: boolean;
  race: boolean;
  limits: JobLimits;
  most?: JobLimits;
}

export interface Toolchain {
  name: string;
  default: boolean;
  race: boolean;
}

export interface Frame {
  function: string;
  file: string;
  line: number;
  user: boolean;
}

export interface GoroutineGroup {
  state: string;
  count: number;
  text: string;
  user_code: boolean;
  system: boolean;
  frames: Frame[];
  created_by: Frame | null;
}

export interface RaceAccess {
  kind?: string;
  write?: boolean;
  goroutine?: number | string;
  frames?: Frame[];
  created_by?: Frame[] | Frame | null;
  [key: string]: unknown;
}

export interface Hint {
  reason?: string | null;
  text: string;
  file?: string | null;
  line?: number | null;
  proved?: { change: string; runs: number; ok: boolean } | null;
}

export interface Diagnosis {
  reason: string | null;
  hints?: Hint[];
  goroutines: GoroutineGroup[] | null;
  goroutine_dump: { total: number; truncated: boolean; at_exit: boolean } | null;
  races: Record<string, unknown>[] | null;
  gc: Record<string, unknown> | null;
  heap: { heap_bytes: number; sites: { bytes: number; objects: number; frames: Frame[] }[] } | null;
}

export interface Leaked {
  pid: number;
  ppid: number;
  command: string;
  state: string;
  age_ms: number;
}

export interface Stage {
  name: string;
  outcome: string;
  message: string;
  exit_code: number | null;
  signal: string | null;
  wall_ms: number;
  wall_limit_ms: number;
  cpu_user_ms: number;
  cpu_system_ms: number;
  cpu_throttled_ms: number | null;
  memory_peak_bytes: number;
  memory_limit_bytes: number;
  oom_kills: number;
  pids_peak: number | null;
  pids_limit: number;
  pids_refused: number;
  output_truncated: boolean;
  leaked_processes: Leaked[];
  diagnosis: Diagnosis | null;
  stdout: string | null;
  stderr: string | null;
}

export interface Point {
  at_ms: number;
  memory_bytes: number;
  anonymous_bytes: number;
  file_bytes: number;
  tmpfs_bytes: number;
  cpu_ms: number;
  throttled_ms: number;
  processes: number;
}

export interface StageTimeline {
  stage: string;
  begin_ms: number;
  wall_ms: number;
  memory_limit_bytes: number;
  points: Point[];
  marks: { kind: string; at_ms: number }[];
}

export interface TestCase {
  name: string;
  outcome: string;
  elapsed_ms: number;
  output: string;
}

export interface RunResult {
  id: string;
  outcome: string;
  stage: string | null;
  message: string;
  exit_code: number | null;
  signal: string | null;
  stdout: string | null;
  stderr: string | null;
  exceeded: { limit: string; limit_ms: number; used_ms: number } | null;
  violation: { syscall: string; arguments: unknown[]; pid: number } | null;
  stages: Stage[];
  diagnosis: Diagnosis | null;
  hints: string[];
  timeline?: StageTimeline[] | null;
  tests?: { package: string; outcome: string; elapsed_ms: number; tests: TestCase[] }[] | null;
  total_ms: number;
  queued_ms: number;
  cached: { compile: boolean };
  toolchain: string;
  policy: string;
}

export interface Usage {
  stage: string;
  wall_ms: number;
  cpu_ms: number;
  throttled_ms?: number | null;
  memory_peak_bytes: number;
  memory_limit_bytes: number;
  memory_bytes?: number | null;
  heap_bytes?: number | null;
  cache_bytes?: number | null;
  files_bytes?: number | null;
  processes?: number | null;
  pids_limit?: number;
}

export interface RunRequest {
  files: Record<string, string>;
  [key: string]: unknown;
}

export class Refusal extends Error {
  constructor(readonly status: number, message: string, readonly pointer = "", readonly retryAfter = 0) {
    super(message);
  }
}

const tokenKey = "gobox.token";
let token = sessionStorage.getItem(tokenKey) ?? "";

export function setToken(secret: string): void {
  token = secret.trim();
  if (token) sessionStorage.setItem(tokenKey, token);
  else sessionStorage.removeItem(tokenKey);
}

const authorization = (): Record<string, string> => (token ? { Authorization: `Bearer ${token}` } : {});

async function refusal(response: Response): Promise<Refusal> {
  const text = await response.text();
  let detail = text.trim().slice(0, 300) || `the server answered ${response.status}`;
  let pointer = "";
  try {
    const problem = JSON.parse(text) as { detail?: string; pointer?: string };
    detail = problem.detail ?? detail;
    pointer = problem.pointer ?? "";
  } catch {
    // Not a problem document: its text says what there is to say.
  }
  return new Refusal(response.status, detail, pointer, Number(response.headers.get("Retry-After") ?? 0));
}

export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...authorization(), ...(init.headers as Record<string, string> | undefined) };
  const response = await fetch(path, { ...init, headers, cache: "no-store" });
  if (!response.ok) throw await refusal(response);
  return response;
}

export const getJson = async <T>(path: string): Promise<T> => (await call(path)).json() as Promise<T>;

const post = (path: string, body: BodyInit, type: string, signal?: AbortSignal) =>
  call(path, { method: "POST", body, headers: { "Content-Type": type }, signal: signal ?? null });

export async function submit(request: RunRequest): Promise<string> {
  const response = await post("/v1/runs?wait=false", JSON.stringify(request), "application/json");
  return ((await response.json()) as { id: string }).id;
}

export async function runAndWait(request: RunRequest, signal: AbortSignal): Promise<RunResult> {
  const response = await post("/v1/runs", JSON.stringify(request), "application/json", signal);
  return response.json() as Promise<RunResult>;
}

export const cancel = (id: string) => call(`/v1/runs/${id}`, { method: "DELETE" });

export async function feed(id: string, text: string, eof: boolean): Promise<void> {
  let rest = new TextEncoder().encode(text);
  for (;;) {
    const response = await post(`/v1/runs/${id}/stdin${eof ? "?eof=true" : ""}`, rest, "application/octet-stream");
    const { accepted_bytes: taken } = (await response.json()) as { accepted_bytes: number };
    rest = rest.slice(taken);
    if (rest.length === 0) return;
    await pause(100); // the program has not read what waits for it
  }
}

export async function share(text: string): Promise<string> {
  return (await post("/share", text, "text/plain")).text();
}

export async function format(text: string): Promise<string> {
  const form = new URLSearchParams({ body: text, imports: "true" });
  const response = await post("/fmt", form.toString(), "application/x-www-form-urlencoded");
  const answer = (await response.json()) as { Body: string; Error: string };
  if (answer.Error) throw new Refusal(200, answer.Error);
  return answer.Body;
}

export const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

export interface Follower {
  event(kind: string, data: unknown): void;
  connection(lost: boolean): void;
}

// Reads a run's events until its result. A connection that breaks is made again where it broke: the
// server keeps the events, across its own restart too.
export async function follow(id: string, follower: Follower, signal: AbortSignal): Promise<void> {
  let last = "";
  let patience = 250;
  for (;;) {
    try {
      const headers: Record<string, string> = last ? { "Last-Event-ID": last } : {};
      const response = await call(`/v1/runs/${id}/events?omit=stdout,stderr`, { headers, signal });
      follower.connection(false);
      for await (const event of eventsOf(response.body!)) {
        patience = 250;
        last = event.id || last;
        follower.event(event.kind, JSON.parse(event.data));
        if (event.kind === "result") return;
      }
    } catch (error) {
      if (signal.aborted) return;
      const lasting = error instanceof Refusal && error.status !== 503 && error.status !== 502;
      if (lasting) throw error;
    }
    if (signal.aborted) return;
    follower.connection(true);
    await pause(patience);
    patience = Math.min(patience * 2, 4000);
  }
}

interface SentEvent {
  id: string;
  kind: string;
  data: string;
}

// Server-sent events by fetch: EventSource cannot send a token.
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<SentEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let pieces: string[] = [];
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      pieces.push(value);
      if (!value.includes("\n\n") && !(value.startsWith("\n") && pieces.length > 1)) continue;
      const frames = pieces.join("").split("\n\n");
      pieces = [frames.pop()!];
      for (const frame of frames) {
        const event: SentEvent = { id: "", kind: "message", data: "" };
        for (const line of frame.split("\n")) {
          if (line.startsWith("id: ")) event.id = line.slice(4);
          else if (line.startsWith("event: ")) event.kind = line.slice(7);
          else if (line.startsWith("data: ")) event.data += line.slice(6);
        }
        if (event.data) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
