// As much of a Kubernetes client as the agent needs: list and watch, create and delete.
'use strict';

const fs = require('node:fs');
const https = require('node:https');

class Api {
  constructor(kubeconfig) {
    const text = fs.readFileSync(kubeconfig, 'utf8');
    const value = (key) => text.match(new RegExp(`${key}: "?([^",}]+)`))[1];
    const decoded = (key) => Buffer.from(value(key), 'base64');
    this.server = value('server');
    this.agent = new https.Agent({
      keepAlive: true,
      ca: decoded('certificate-authority-data'),
      cert: decoded('client-certificate-data'),
      key: decoded('client-key-data'),
    });
  }

  send(method, path, body) {
    return new Promise((resolve, reject) => {
      const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
      const request = https.request(this.server + path, { method, headers, agent: this.agent }, resolve);
      // A watch is answered at once and then stays silent for as long as nothing changes; the server ends it in time.
      request.setTimeout(400_000, () => request.destroy(new Error('timed out')));
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async json(method, path, body) {
    const response = await this.send(method, path, body);
    const parts = [];
    for await (const part of response) parts.push(part);
    const answer = JSON.parse(Buffer.concat(parts).toString());
    if (response.statusCode >= 300) {
      throw Object.assign(new Error(`${method} ${path}: ${answer.message}`), { status: response.statusCode });
    }
    return answer;
  }

  // Calls changed(objects) with every object of the collection, first after the list and then after each change.
  async watch(path, changed) {
    for (;;) {
      try {
        const list = await this.json('GET', path);
        const objects = new Map(list.items.map((item) => [item.metadata.uid, item]));
        changed([...objects.values()]);
        await this.follow(`${path}?watch=1&timeoutSeconds=300&resourceVersion=${list.metadata.resourceVersion}`, (event) => {
          if (event.type === 'DELETED') objects.delete(event.object.metadata.uid);
          else objects.set(event.object.metadata.uid, event.object);
          changed([...objects.values()]);
        });
      } catch (error) {
        console.error(`${path}: ${error.message}`);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }

  // Reads one event a line until the server ends the watch; an error event ends it too, and the caller lists anew.
  async follow(path, onEvent) {
    const response = await this.send('GET', path);
    let rest = '';
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        const event = JSON.parse(line);
        if (event.type === 'ERROR') throw new Error(event.object.message);
        onEvent(event);
      }
    }
  }
}

module.exports = { Api };
