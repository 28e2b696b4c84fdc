/** Who wrote the addresses in a Service's status, by the server's own account (metadata.managedFields). Pure. */

/** What of `managedFields` is read. Source: Kubernetes API, ManagedFieldsEntry; field sets as of structured-merge-diff. */
interface Entry {
  readonly manager?: unknown;
  readonly fieldsV1?: { readonly 'f:status'?: { readonly 'f:loadBalancer'?: { readonly 'f:ingress'?: unknown } } };
}

/** More are not kept: they are for people to read. */
const mostOwners = 4;

/** The field managers that own `status.loadBalancer.ingress`: whoever changed it last, and those who applied the same. */
export function ingressOwners(managedFields: unknown): readonly string[] {
  if (!Array.isArray(managedFields)) return [];
  const owners = (managedFields as (Entry | null)[]).flatMap((entry) => {
    const owns = entry?.fieldsV1?.['f:status']?.['f:loadBalancer']?.['f:ingress'] !== undefined;
    return owns && typeof entry?.manager === 'string' ? [entry.manager] : [];
  });
  return [...new Set(owners)].slice(0, mostOwners);
}
