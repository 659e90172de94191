/**
 * Which process runs a site: named by each claim together with its epoch, and seen as long as that
 * process lives. A claim of a version that does not know of this leaves `holder_epoch` behind.
 */
export const siteHolders = `
alter table sites
  add column holder text,
  add column holder_epoch bigint,
  add column holder_seen_at timestamptz;
`;
