/** A rule in CEL (`x-kubernetes-validations`): `self` is the value, `oldSelf` what it was (only on updates of an existing value). */
export interface ServerRule {
  readonly rule: string;
  readonly message: string;
}
