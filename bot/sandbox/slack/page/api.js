/**
 * The people's side of local Slack, as functions. Every call returns the server's JSON, or
 * throws an ApiError with the server's error.
 */

/** The server refused a request, or could not be reached (status 0). */
export class ApiError extends Error {
  constructor(message, status) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

async function request(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError("Local Slack does not answer.", 0);
  }
  const data = await response.json().catch(() => ({}));
  if (!response.ok) {
    const reason = data.error ?? `Local Slack answered ${response.status}.`;
    throw new ApiError(reason, response.status);
  }
  return data;
}

const get = (path, query = {}) => {
  const search = new URLSearchParams(query).toString();
  return request("GET", search ? `${path}?${search}` : path);
};
const post = (path, body) => request("POST", path, body);

/** The workspace: {people, channels, commands}; apps are not people. */
export const people = () => get("/sandbox/people").then((data) => ({
  ...data, people: data.people.filter((person) => !person.is_bot),
}));

/** All that this person can see, oldest first. */
export const messages = (user) =>
  get("/sandbox/messages", { user }).then((data) => data.messages);

/** Types a slash command (the text includes it): {ack, ack_ms, error}. */
export const command = (user, channel, text) => post("/sandbox/commands", { user, channel, text });

/** Posts a message in a channel or a DM. */
export const say = (user, channel, text) => post("/sandbox/messages", { user, channel, text });

/**
 * Clicks a button or picks an option: {ack, ack_ms, error}.
 * `action` has action_id, block_id, value? and its place: channel and ts, view or home.
 */
export const act = (user, action) => post("/sandbox/actions", { user, ...action });

/** The open modal on top of the stack, or null. */
export const view = (user) => get("/sandbox/view", { user }).then((data) => data.view ?? null);

/** Submits the modal; values by action_id: {ack, errors: {block_id: text} | null, error}. */
export const submitView = (user, values) => post("/sandbox/view", { user, values });

/** Closes the modal on top of the stack. */
export const closeView = (user) => post("/sandbox/view/close", { user });

/** Opens the app's Home tab; the app gets an event. */
export const visitHome = (user) => post("/sandbox/home", { user });

/** The app's Home view as last published for this person, or null. */
export const home = (user) => get("/sandbox/home", { user }).then((data) => data.view ?? null);

/** Requests in both directions, from entry `after` on: {entries, next}. */
export const traffic = (after, limit) => get("/sandbox/traffic", { after, limit });

/** The address of a file. */
export const fileUrl = (id) => `/sandbox/files/${encodeURIComponent(id)}`;

/** Server-sent events that name what has changed for this person. */
export const stream = (user) => new EventSource(`/sandbox/stream?${new URLSearchParams({ user })}`);
