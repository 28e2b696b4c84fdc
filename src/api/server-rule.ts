/** What the API server itself checks (`x-kubernetes-validations`): `rule` is CEL: `self` is the value, `oldSelf` what it was (updates only). */
export interface ServerRule {
  readonly rule: string;
  readonly message: string;
}
