/** Who the server's managedFields say has written. */
export const fieldManager = 'openelb-controller';
