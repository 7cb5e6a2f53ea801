// A person before a browser, as a program: reads pages, fills their forms in, keeps cookies, and goes
// where it is sent, up to the address of a client.

const MAX_REDIRECTS = 10;

const plain = (text) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');

/** A page, or the address of a client to which the browser would go now. */
class Page {
  constructor(address, status, text, client) {
    Object.assign(this, { address, status, text, client });
  }

  /** The parameters with which the client is called. */
  get answer() {
    return Object.fromEntries(new URL(this.client ?? 'about:blank').searchParams);
  }

  /** What a form sends that nobody fills in. */
  get hidden() {
    const fields = this.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
    return Object.fromEntries([...fields].map(([, name, value]) => [name, plain(value)]));
  }

  get action() {
    const action = this.text.match(/<form method="post" action="([^"]*)">/)?.[1];
    return new URL(action ? plain(action) : this.address, this.address).href;
  }

  /** The value of the choice beside which this is written. */
  choice(label) {
    const choices = this.text.matchAll(/<input type="radio" name="([^"]*)" value="([^"]*)".*?<\/label>/gs);
    const [, name, value] = [...choices].find(([whole]) => whole.includes(label)) ?? [];
    return name ? { [name]: plain(value) } : {};
  }
}

export class Person {
  /** `homes`: the origins whose pages are read; every other one is a client's. */
  constructor(homes, email) {
    this.homes = homes;
    this.email = email;
    this.cookies = new Map();
  }

  open(address) {
    return this.#go('GET', address);
  }

  /** Presses a button of a page that asks. */
  press(page, decision) {
    const fields = { ...page.hidden, ...page.choice(this.email), decision };
    return this.#go('POST', page.action, new URLSearchParams(fields));
  }

  /** The whole way: our page, Webex's page, and back to the client. */
  async signIn(address) {
    const asked = await this.press(await this.open(address), 'accept');
    return asked.client ? asked : this.press(asked, 'accept');
  }

  async #go(method, address, body) {
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const { origin } = new URL(address);
      if (!this.homes.includes(origin)) return new Page(address, 0, '', address);
      const jar = this.cookies.get(origin) ?? new Map();
      this.cookies.set(origin, jar);
      const headers = { cookie: [...jar].map((pair) => pair.join('=')).join('; ') };
      if (body) headers.origin = origin;
      const answer = await fetch(address, { method, headers, body, redirect: 'manual' });
      for (const line of answer.headers.getSetCookie()) {
        const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
        jar.set(name, value);
      }
      const to = answer.headers.get('location');
      if (!to) return new Page(address, answer.status, await answer.text());
      await answer.arrayBuffer();
      [method, address, body] = ['GET', new URL(to, address).href, undefined];
    }
    throw new Error('the pages send their reader in circles');
  }
}
