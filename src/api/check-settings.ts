/** The schema of `vrrp.checks`: conditions under which a node may lead. */
import { duration } from './duration-schema.js';

const fileName = { type: 'string', minLength: 1, maxLength: 255 } as const;

/** One condition. Exactly one of `tcp`, `http`, `grpc`, `command`, `file` and `kubeProxy` says what is asked. */
export const check = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 63, description: 'What messages call the check; once in a list.' },
    tcp: { type: 'string', maxLength: 262, description: 'host:port or [IPv6]:port that must accept a connection.' },
    http: {
      type: 'string',
      maxLength: 2048,
      description: 'URL whose answer to GET must have a status of 200 to 399, or one of statuses.',
    },
    statuses: {
      type: 'array',
      minItems: 1,
      maxItems: 16,
      items: { type: 'integer', minimum: 200, maximum: 599 },
      'x-kubernetes-list-type': 'atomic',
      description: 'Of http: the statuses that pass, such as [200, 401].',
    },
    bearerTokenFile: {
      ...fileName,
      description:
        'Of http: a file below the directory of --checks-dir with a token that is sent along. Only to https, with tls that verifies.',
    },
    grpc: {
      type: 'string',
      maxLength: 262,
      description:
        'host:port or [IPv6]:port of a gRPC server whose grpc.health.v1.Health must say SERVING. In the clear unless tls is there.',
    },
    service: {
      type: 'string',
      maxLength: 255,
      description: 'Of grpc: whose health is asked for. Default: that of the server as a whole.',
    },
    tls: {
      type: 'object',
      properties: {
        caFile: {
          ...fileName,
          description:
            'A file below the directory of --checks-dir with the certificates of the authorities, PEM. Default: those of Node.js.',
        },
        serverName: {
          type: 'string',
          maxLength: 253,
          description: 'The name that the certificate must have. Default: the host of the target.',
        },
        insecureSkipVerify: { type: 'boolean', description: 'Do not verify the certificate. Default false.' },
      },
      description:
        'How the certificate of http (https only) or grpc is verified. Without it that of https is not, as by the probes of the kubelet.',
    },
    command: {
      type: 'string',
      maxLength: 255,
      description: "Name of a program in the directory that the agent's flag --checks-dir gives; it must exit with 0.",
    },
    args: {
      type: 'array',
      maxItems: 32,
      items: { type: 'string', maxLength: 1024 },
      'x-kubernetes-list-type': 'atomic',
      description: 'Arguments of the command.',
    },
    file: {
      ...fileName,
      description:
        "A file below the directory of --checks-dir with an integer that is added to the node's priority, like a track_file of keepalived.",
    },
    multiplier: {
      type: 'integer',
      minimum: -254,
      maximum: 254,
      description:
        'Of file: what the integer is multiplied with. Default 1. With 0 it must be 0 for the check to pass, and adds nothing.',
    },
    kubeProxy: {
      type: 'boolean',
      description: 'That kube-proxy of the node is healthy: http://127.0.0.1:10256/healthz.',
    },
    interval: { ...duration, maxLength: 32, description: 'Time between two tries, 100ms to 1h. Default 1s.' },
    timeout: { ...duration, maxLength: 32, description: 'How long a try may take, 10ms to 1m. Default 1s.' },
    rise: {
      type: 'integer',
      minimum: 1,
      maximum: 100,
      description: 'Successes in a row until it passes again. Default 2.',
    },
    fall: { type: 'integer', minimum: 1, maximum: 100, description: 'Failures in a row until it fails. Default 3.' },
    weight: {
      type: 'integer',
      minimum: 1,
      maximum: 253,
      description: "What a failed check takes off the node's priority. Without it the node leaves the election.",
    },
  },
} as const;
