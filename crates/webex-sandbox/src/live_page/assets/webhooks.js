// The webhooks, and what was sent to them: status, body, signature, and once more.

import { ask, order } from './ask.js';
import { at, copyable, count, emptyState, facts, make, oneStop, precise, reconcile } from './dom.js';

const settleWebhooks = oneStop(at('webhooks'));
const settleDeliveries = oneStop(at('deliveries'));

/** Shows both lists; `opened` is `webhook-<id>` or `delivery-<number>`. */
export async function showWebhooks(viewer, opened, open, refresh) {
  const query = viewer ? `?${new URLSearchParams({ as: viewer })}` : '';
  const { webhooks, deliveries } = await ask(`webhooks${query}`);
  const webhook = webhooks.find(({ id }) => opened === `webhook-${id}`);
  const shown = webhook ? deliveries.filter(({ webhookId }) => webhookId === webhook.id) : deliveries;
  const rows = webhooks.map((one) => ({ ...one, isCurrent: one === webhook }));
  reconcile(at('webhooks'), rows, ({ id }) => id, (one) => make('li', {}, webhookRow(one, open)));
  if (webhooks.length === 0) {
    emptyState(at('webhooks'), viewer ? 'This person has no webhooks.' : 'There are no webhooks.',
      'A bot registers one with POST /v1/webhooks. It is listed here with everything that is sent to it.');
  }
  const sent = shown.map((one) => ({ ...one, isCurrent: opened === `delivery-${one.number}` }));
  at('deliveries-title').textContent = webhook ? `Sent to ${webhook.name}` : 'Sent';
  reconcile(at('deliveries'), sent, ({ number }) => String(number), (one) => make('li', {}, deliveryRow(one, open)));
  if (sent.length === 0) emptyState(at('deliveries'), 'Nothing was sent yet.', webhooks.length > 0 ? 'Do what a webhook waits for, such as writing a message.' : '');
  settleWebhooks();
  settleDeliveries();
  const delivery = deliveries.find(({ number }) => opened === `delivery-${number}`);
  if (delivery) return { title: `${delivery.resource} ${delivery.event}`, body: wholeDelivery(delivery, open, refresh) };
  return webhook ? { title: webhook.name, body: wholeWebhook(webhook) } : null;
}

const host = (address) => {
  try {
    return new URL(address).host;
  } catch {
    return address;
  }
};

function webhookRow(webhook, open) {
  const made = make('button', { type: 'button', className: 'row', 'aria-current': webhook.isCurrent ? 'true' : null },
    make('span', { className: 'first' }, make('bdi', { className: 'title', text: webhook.name }),
      make('span', { className: webhook.isActive ? 'good' : 'bad', text: webhook.isActive ? 'active' : 'disabled' })),
    make('span', { className: 'second', text: `${webhook.resource} ${webhook.event}, to ${host(webhook.targetUrl)}` }));
  made.addEventListener('click', () => open(webhook.isCurrent ? '' : `webhook-${webhook.id}`));
  return made;
}

const outcome = ({ status, error }) => (status === null ? error : String(status));
const tone = ({ status }) => (status !== null && status < 300 ? 'good' : 'bad');

function deliveryRow(delivery, open) {
  const made = make('button', { type: 'button', className: 'row call', 'aria-current': delivery.isCurrent ? 'true' : null },
    make('span', { className: 'first' },
      make('span', { className: `status ${tone(delivery)}`, text: delivery.status === null ? 'failed' : String(delivery.status) }),
      make('span', { className: 'path', text: `${delivery.resource} ${delivery.event}` }),
      make('span', { className: 'at', text: precise(delivery.sent) })),
    make('span', { className: 'second' }, make('bdi', { text: delivery.webhookName }), make('span', { text: `${delivery.durationMs} ms` })));
  made.addEventListener('click', () => open(`delivery-${delivery.number}`));
  return made;
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function wholeDelivery(delivery, open, refresh) {
  const error = make('p', { className: 'error', role: 'alert' });
  const again = make('button', { type: 'button', text: 'Send again' });
  again.addEventListener('click', async () => {
    again.disabled = true;
    try {
      await order('deliveries', { number: delivery.number });
      refresh();
    } catch (refused) {
      error.textContent = refused.message;
    }
    again.disabled = false;
  });
  return make('div', {},
    facts([
      ['Time', new Date(delivery.sent).toLocaleString()],
      ['Status', make('span', { className: tone(delivery), text: outcome(delivery) })],
      ['Duration', `${delivery.durationMs} ms`],
      ['Target', copyable(delivery.targetUrl, { whole: true })],
      ['Webhook', delivery.webhookName],
      ['X-Spark-Signature', delivery.signature ? copyable(delivery.signature, { whole: true }) : 'none: the webhook has no secret'],
    ]),
    make('div', { className: 'buttons' }, again), error,
    make('h3', { text: 'Body' }),
    make('pre', { className: 'body-text', text: pretty(delivery.body), tabindex: 0, 'aria-label': 'Body' }));
}

function wholeWebhook(webhook) {
  const failures = webhook.failureCount > 0 && `${count(webhook.failureCount, 'delivery', 'deliveries')} failed in the last minutes`;
  return facts([
    ['Id', copyable(webhook.id)],
    ['Owner', webhook.isOrgWide ? `${webhook.owner}, for the organization` : webhook.owner],
    ['What', `${webhook.resource} ${webhook.event}`],
    ['Filter', webhook.filter],
    ['Target', copyable(webhook.targetUrl, { whole: true })],
    ['Secret', webhook.secret ? copyable(webhook.secret) : 'none: deliveries are not signed'],
    ['State', webhook.isActive ? 'active' : 'disabled after too many failures; update it with status=active'],
    ['Failures', failures || 'none'],
  ]);
}
