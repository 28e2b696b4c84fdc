import type { Agent } from 'node:http';
import type { SecureContextOptions } from 'node:tls';
import type { Destination } from './connection-error.js';

/** Owns: the words for which API server to talk to and as whom. */

export interface Credentials {
  /** A header with several values is sent once for each. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly tls: Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> & {
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** Connects by a proxy, in place of a direct connection. */
  readonly proxy?: Agent;
}

export interface Connection extends Destination {
  /** `https://host:port`, perhaps with a path in front of every request; `http://` only on the loopback. */
  readonly server: URL;
  /** The namespace of the context, or of the pod; 'default' when neither says. */
  readonly namespace: string;
  /** For messages: 'kubeconfig /etc/x, context y' or 'KUBERNETES_SERVICE_HOST and the service account of this pod'. */
  readonly origin: string;
  /** What to present and whom to trust at this moment; cheap, re-reads files and plugins when they are due. */
  credentials(): Promise<Credentials>;
  /** The server refused the credentials: the next `credentials()` gets them afresh. */
  refresh(): void;
}
