/**
 * The shapes of Kubernetes' own objects, as far as they are read here: which fields, of which types, how large. What another program or
 * a tenant wrote beyond that is not kept.
 */

const text = { type: 'string', maxLength: 1024 } as const;
const name = { type: 'string', maxLength: 253 } as const;
const labels = { type: 'object', additionalProperties: text } as const;

/** Everything but annotations, of which each kind keeps its own. */
export const metadataShape = {
  type: 'object',
  required: ['name'],
  properties: {
    name,
    namespace: name,
    uid: text,
    resourceVersion: text,
    generation: { type: 'integer' },
    creationTimestamp: text,
    deletionTimestamp: text,
    labels,
    finalizers: { type: 'array', maxItems: 64, items: text },
    ownerReferences: {
      type: 'array',
      maxItems: 64,
      items: {
        type: 'object',
        required: ['apiVersion', 'kind', 'name', 'uid'],
        properties: { apiVersion: text, kind: text, name, uid: text },
      },
    },
  },
} as const;

export const serviceShape = {
  type: 'object',
  required: ['metadata'],
  properties: {
    metadata: metadataShape,
    spec: {
      type: 'object',
      properties: {
        type: text,
        loadBalancerClass: text,
        loadBalancerIP: text,
        clusterIP: text,
        clusterIPs: { type: 'array', maxItems: 2, items: text },
        externalIPs: { type: 'array', maxItems: 256, keptItems: 256, items: text },
        ipFamilies: { type: 'array', maxItems: 2, items: { type: 'string', enum: ['IPv4', 'IPv6'] } },
        ipFamilyPolicy: text,
        externalTrafficPolicy: text,
        publishNotReadyAddresses: { type: 'boolean' },
        selector: { ...labels, maxProperties: 64 },
        ports: {
          type: 'array',
          maxItems: 1024,
          keptItems: 1024,
          items: {
            type: 'object',
            required: ['port'],
            properties: { protocol: text, port: { type: 'integer' } },
          },
        },
      },
    },
    status: {
      type: 'object',
      properties: {
        loadBalancer: {
          type: 'object',
          properties: {
            ingress: {
              type: 'array',
              // However many others write, it is no fault of the Service: all of it is put back.
              keptItems: 64,
              items: { type: 'object', properties: { ip: text, hostname: text, ipMode: text } },
            },
          },
        },
        // All of it: what others have written into it is written back as it was.
        conditions: {
          type: 'array',
          maxItems: 64,
          items: {
            type: 'object',
            required: ['type', 'status'],
            properties: {
              type: text,
              status: text,
              observedGeneration: { type: 'integer' },
              lastTransitionTime: text,
              reason: text,
              message: { type: 'string', maxLength: 32768 },
            },
          },
        },
      },
    },
  },
} as const;

export const nodeShape = {
  type: 'object',
  required: ['metadata'],
  properties: {
    metadata: metadataShape,
    spec: {
      type: 'object',
      properties: {
        unschedulable: { type: 'boolean' },
        podCIDR: text,
        podCIDRs: { type: 'array', maxItems: 16, items: text },
      },
    },
    status: {
      type: 'object',
      properties: {
        addresses: {
          type: 'array',
          items: { type: 'object', required: ['type', 'address'], properties: { type: text, address: text } },
        },
        conditions: {
          type: 'array',
          items: { type: 'object', required: ['type', 'status'], properties: { type: text, status: text } },
        },
      },
    },
  },
} as const;

export const metadataOnly = {
  type: 'object',
  required: ['metadata'],
  properties: { metadata: metadataShape },
} as const;

export const endpointSliceShape = {
  type: 'object',
  required: ['metadata'],
  properties: {
    metadata: metadataShape,
    endpoints: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          nodeName: name,
          conditions: {
            type: 'object',
            properties: { ready: { type: 'boolean' }, serving: { type: 'boolean' }, terminating: { type: 'boolean' } },
          },
          topology: labels,
        },
      },
    },
  },
} as const;

export const endpointsShape = {
  type: 'object',
  required: ['metadata'],
  properties: {
    metadata: metadataShape,
    subsets: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          addresses: { type: 'array', items: { type: 'object', properties: { nodeName: name } } },
          notReadyAddresses: { type: 'array', items: { type: 'object', properties: {} } },
        },
      },
    },
  },
} as const;
