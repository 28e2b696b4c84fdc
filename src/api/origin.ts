/** How an object that the controller made of another one says so. */

/** Label on an Eip, BgpConf or BgpPeer: whose objects it is made from. Objects without it are never changed. */
export const madeFromLabel = 'openelb.io/made-from';
export const madeFromMetallb = 'metallb';

/** Annotation beside it: the object that it is made from, as in `IPAddressPool metallb-system/lan`. */
export const originAnnotation = 'openelb.io/origin';

/**
 * Annotation beside it: a digest of what the controller wrote. Where the object is another by now, somebody has edited it, and it is left
 * alone. Without the annotation it follows its origin again.
 */
export const writtenAnnotation = 'openelb.io/written';
