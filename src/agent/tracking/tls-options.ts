import { readCheckFile } from './check-file.js';

/** How the certificate of a target is verified. */
export interface TlsSettings {
  /** The authorities that may have signed it, PEM; without it, those that Node.js knows. Read at each try, since they are renewed. */
  readonly caFile?: string | undefined;
  /** The name that is asked for and that the certificate must have; without it, the host of the target. */
  readonly serverName?: string | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
}

interface TlsOptions {
  readonly ca?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

const mostCaBytes = 1_048_576;

/** As Node's `tls.connect` has them, or why there are none. */
export async function tlsOptions({
  caFile,
  serverName,
  insecureSkipVerify = false,
}: TlsSettings): Promise<
  { readonly ok: true; readonly options: TlsOptions } | { readonly ok: false; readonly reason: string }
> {
  const file = caFile === undefined ? undefined : await readCheckFile(caFile, mostCaBytes);
  if (file?.ok === false) return file;
  if (file !== undefined && !file.text.includes('-----BEGIN CERTIFICATE-----')) {
    return { ok: false, reason: `${caFile} holds no certificate in PEM` };
  }
  return {
    ok: true,
    options: {
      rejectUnauthorized: !insecureSkipVerify,
      ...(file === undefined ? {} : { ca: file.text }),
      ...(serverName === undefined ? {} : { servername: serverName }),
    },
  };
}
