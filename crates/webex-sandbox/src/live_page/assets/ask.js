// What the page asks: the administration beside it, and Webex's API as the person one looks as.

/** A refusal in the words of the sandbox. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function read(answer) {
  if (answer.status === 204) return null;
  const text = await answer.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    // A fault may answer anything.
  }
  if (answer.ok && body !== undefined) return body;
  const reason = body?.errors?.[0]?.description ?? body?.message;
  throw new Refused(answer.status, reason ? `${answer.status}: ${reason}` : `The answer was ${answer.status} without a reason.`);
}

async function send(address, options) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch {
    throw new Refused(0, 'No answer came.');
  }
  return read(answer);
}

const withBody = (method, body, headers = {}) => ({
  method,
  headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
  body: body === undefined ? undefined : JSON.stringify(body),
});

export const ask = (path) => send(path);
export const order = (path, body) => send(path, withBody('POST', body));
export const withdraw = (path) => send(path, withBody('DELETE'));

/** Webex's API, with the token of a person. */
export const actAs = (person, path, body) =>
  send(`../v1/${path}`, withBody('POST', body, { authorization: `Bearer ${person.token}` }));

/** Sends a form once: the button says so while it works, and a refusal is shown below. */
export async function submitting(button, error, work) {
  const words = button.textContent;
  button.disabled = true;
  button.textContent = 'Sending…';
  error.textContent = '';
  try {
    await work();
    return true;
  } catch (refused) {
    error.textContent = refused.message;
    return false;
  } finally {
    button.disabled = false;
    button.textContent = words;
  }
}
