/** Of the first key and the first owner; more tenants are made by them. */
export const TENANT = 'main';
