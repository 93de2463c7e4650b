// Writes the hosts file that cluster DNS serves: services, headless services and their pods.
'use strict';

const fs = require('node:fs');

const DOMAIN = 'svc.cluster.local';
const SETTLE_MS = 20;

class Names {
  #file;
  #draft;
  #services = [];
  #endpoints = [];
  #written = '';
  #timer;

  // The draft lies beside the served folder: a rename makes the change visible in one piece.
  constructor(file, draft) {
    this.#file = file;
    this.#draft = draft;
  }

  services(objects) {
    this.#services = objects;
    this.#schedule();
  }

  endpoints(objects) {
    this.#endpoints = objects;
    this.#schedule();
  }

  // Several changes come together when a release is installed; they become one write.
  #schedule() {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const text = hosts(this.#services, this.#endpoints);
      if (text === this.#written) return;
      fs.writeFileSync(this.#draft, text);
      fs.renameSync(this.#draft, this.#file);
      this.#written = text;
    }, SETTLE_MS);
  }
}

function hosts(services, endpoints) {
  const lines = new Set();
  const headless = new Set();
  for (const { metadata, spec } of services) {
    const name = `${metadata.name}.${metadata.namespace}.${DOMAIN}`;
    if (spec.clusterIP === 'None') headless.add(name);
    else if (spec.clusterIP) lines.add(`${spec.clusterIP} ${name}`);
  }
  for (const { metadata, subsets } of endpoints) {
    const name = `${metadata.name}.${metadata.namespace}.${DOMAIN}`;
    if (!headless.has(name)) continue;
    for (const { ip, hostname } of (subsets ?? []).flatMap((subset) => subset.addresses ?? [])) {
      lines.add(`${ip} ${name}`);
      if (hostname) lines.add(`${ip} ${hostname}.${name}`);
    }
  }
  return [...lines].sort().join('\n') + '\n';
}

module.exports = { Names };
