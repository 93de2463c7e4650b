// The provisioner of storage class "local": a folder for each claim, removed with its claim.
// Every node sees the same folders, so a pod finds its volume on whichever node it is started again.
'use strict';

const fs = require('node:fs');
const path = require('node:path');

const PROVISIONER = 'taskrunner.dev/local';

class Volumes {
  #api;
  #root;
  #busy = new Set();

  constructor(api, root) {
    this.#api = api;
    this.#root = root;
  }

  claims(objects) {
    for (const claim of objects) {
      const { annotations = {}, uid } = claim.metadata;
      const ours = annotations['volume.beta.kubernetes.io/storage-provisioner'] === PROVISIONER;
      // The class binds late: the scheduler names a node once a pod needs the claim.
      if (ours && !claim.spec.volumeName && annotations['volume.kubernetes.io/selected-node']) {
        this.#once(uid, () => this.#provision(claim));
      }
    }
  }

  volumes(objects) {
    for (const volume of objects) {
      const { annotations = {}, uid, deletionTimestamp } = volume.metadata;
      const ours = annotations['pv.kubernetes.io/provisioned-by'] === PROVISIONER;
      if (ours && volume.status.phase === 'Released' && !deletionTimestamp && volume.spec.persistentVolumeReclaimPolicy === 'Delete') {
        this.#once(uid, () => this.#remove(volume));
      }
    }
  }

  async #once(uid, act) {
    if (this.#busy.has(uid)) return;
    this.#busy.add(uid);
    try {
      await act();
    } catch (error) {
      // 409: made by an earlier life of this agent. 404: gone already.
      if (error.status !== 409 && error.status !== 404) console.error(error.message);
    } finally {
      this.#busy.delete(uid);
    }
  }

  async #provision(claim) {
    const { name, namespace, uid } = claim.metadata;
    const folder = path.join(this.#root, `pvc-${uid}`);
    fs.mkdirSync(folder, { recursive: true });
    fs.chmodSync(folder, 0o777);
    await this.#api.json('POST', '/api/v1/persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `pvc-${uid}`, annotations: { 'pv.kubernetes.io/provisioned-by': PROVISIONER } },
      spec: {
        capacity: { storage: claim.spec.resources.requests.storage },
        accessModes: claim.spec.accessModes,
        storageClassName: claim.spec.storageClassName,
        persistentVolumeReclaimPolicy: 'Delete',
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid },
        local: { path: folder },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'Exists' }] }] } },
      },
    });
  }

  async #remove(volume) {
    const folder = volume.spec.local.path;
    if (path.dirname(folder) === this.#root) fs.rmSync(folder, { recursive: true, force: true });
    await this.#api.json('DELETE', `/api/v1/persistentvolumes/${volume.metadata.name}`);
  }
}

module.exports = { Volumes };
