// The local cluster's agent: keeps cluster DNS true to the API, and gives and takes volumes.
'use strict';

const path = require('node:path');
const { Api } = require('./api');
const { Names } = require('./names');
const { Volumes } = require('./volumes');

const state = process.argv[2];
const api = new Api(path.join(state, 'agent.kubeconfig'));
const names = new Names(path.join(state, 'hosts', 'cluster'), path.join(state, 'hosts.new'));
const volumes = new Volumes(api, path.join(state, 'volumes'));

api.watch('/api/v1/services', (objects) => names.services(objects));
api.watch('/api/v1/endpoints', (objects) => names.endpoints(objects));
api.watch('/api/v1/persistentvolumeclaims', (objects) => volumes.claims(objects));
api.watch('/api/v1/persistentvolumes', (objects) => volumes.volumes(objects));
